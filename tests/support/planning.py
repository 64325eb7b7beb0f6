"""Planning a call in one line, and looking at the answer at a glance."""

from collections.abc import Collection

from directory.queries.dial import DialSite
from sipcore.b2bua.plan import CallRequest, Refusal, RingPlan
from sipcore.calls.inquiry import Answer, CallRule, Inquiry, Meant, Reach
from sipcore.calls.planner import Planner
from tests.support.dial_site import directory_of, foreign_site


def reach(
    online: Collection[str] | None = None,
    trunk: str | None = "pstn",
    wakes: Collection[str] = (),
) -> Reach:
    """What can be reached: everybody, or only these users; the trunk's name; whom a push wakes."""
    return Reach(
        lambda user: online is None or user in online,
        lambda _site: trunk,
        wakes=wakes.__contains__,
    )


def inquiry(
    site: DialSite,
    caller: str,
    dialled: str,
    online: Collection[str] | None = None,
    trunk: str | None = "pstn",
    wakes: Collection[str] = (),
) -> Inquiry:
    """What a call type is asked."""
    return Inquiry(site.accounts[caller], site, dialled, reach(online, trunk, wakes))


def planner(
    site: DialSite, online: Collection[str] | None = None, trunk: str | None = "pstn"
) -> Planner:
    """The planner of a server that holds this site and a foreign one."""
    asked = reach(online, trunk)
    return Planner(directory_of(foreign_site(), site), asked)


def plan(
    site: DialSite,
    caller: str,
    dialled: str,
    online: Collection[str] | None = None,
    trunk: str | None = "pstn",
) -> Answer:
    """What the planner answers when that account dials that text."""
    return planner(site, online, trunk).plan(CallRequest(caller, dialled, at=1_800_000_000.0))


def rung(rule: CallRule, asked: Inquiry) -> Answer | None:
    """What becomes of a call when this rule alone is asked; None when the number is not its own."""
    found = rule(asked)
    return found.ring(asked) if isinstance(found, Meant) else found


def ringing(answer: Answer | None) -> list[tuple[str, list[str]]]:
    """Stage names with the users they ring; a refusal or no answer fails the test."""
    assert isinstance(answer, RingPlan), answer
    return [
        (stage.name, [target.party.user for target in stage.targets]) for stage in answer.stages
    ]


def left_out(answer: Answer | None) -> list[tuple[str, str, str]]:
    """Stage name, user and reason of everybody who is left out."""
    assert isinstance(answer, RingPlan), answer
    return [
        (stage.name, skipped.party.user, skipped.reason)
        for stage in answer.stages
        for skipped in stage.skipped
    ]


def refusal(answer: Answer | None) -> tuple[int, str]:
    """Status and reason; a plan fails the test."""
    assert isinstance(answer, Refusal), answer
    return answer.status, answer.reason
