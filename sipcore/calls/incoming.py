"""Calls that come in from a trunk: whom a telephone number of ours reaches (RFC 3325 §5).

A number leads to the guard phones or an apartment of one site, as the settings say, and nowhere
else. Whoever calls from outside has no account: it may not reach a door, and never another
telephone, for then anybody could telephone at the site's expense.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, final

from directory.queries.dial import DialAccount, DialDirectory, DialSite
from sipcore.b2bua.facts import CallEnded, CallFact
from sipcore.b2bua.plan import IncomingCall, Refusal, RingPlan
from sipcore.calls.inquiry import Answer, Inquiry, Reach, party_of
from sipcore.calls.planner import ask
from sipcore.calls.toll import LANDLINE
from sipcore.kernel.value import Value

UNKNOWN_LINE: Final = "unknown_line"
"""The trunk's settings know no such number."""
MISSING_SITE: Final = "missing_site"
"""No site has the name that the settings give for that number."""
REPEATED_SITE: Final = "repeated_site"
"""Several sites have the name that the settings give: nobody can say whose number it is."""
LINE_BUSY: Final = "line_busy"
"""The trunk has as many incoming calls as it may have at a time."""
NO_DOOR: Final = "door_not_by_telephone"
"""A door phone may not be called from outside."""
UNNAMED: Final = "+anonymous"
"""User of a caller that shows no number; no account can have it."""
_MOST_DIGITS: Final = 32


@final
class Line(Value):
    """Where one number of ours leads."""

    __slots__: ClassVar = ("dialled", "site")

    def __init__(self, site: str, dialled: str) -> None:
        self.site = site
        """Name of the site."""
        self.dialled = dialled
        """What a door phone at the gate of that site would dial."""


@final
class TrunkLines(Value):
    """What may come in over one trunk."""

    __slots__: ClassVar = ("at_once", "lines")

    def __init__(self, at_once: int, lines: Mapping[str, Line]) -> None:
        self.at_once = at_once
        """Incoming calls at the same time."""
        self.lines = lines
        """By number as `digits_of` writes it."""


class IncomingCalls:
    """Plans the calls that come in, and counts them."""

    __slots__ = ("_directory", "_open", "_reach", "_trunks")

    def __init__(
        self, trunks: Mapping[str, TrunkLines], directory: DialDirectory, reach: Reach
    ) -> None:
        self._trunks = trunks
        self._directory = directory
        self._reach = reach.without_telephones()
        self._open: dict[str, str] = {}
        """Trunk of each incoming call that is not over, by its id."""

    def __len__(self) -> int:
        """Incoming calls that are not over."""
        return len(self._open)

    def at_once(self, trunk: str) -> int:
        """Incoming calls of a trunk that are not over."""
        return sum(name == trunk for name in self._open.values())

    def plan(self, call: IncomingCall) -> Answer:
        """Who rings, or the refusal; total, from memory."""
        lines = self._trunks.get(call.trunk)
        line = None if lines is None else lines.lines.get(digits_of(call.dialled))
        sites: tuple[DialSite, ...] = ()
        if line is not None:
            sites = self._directory.named(line.site)
        site = sites[0] if len(sites) == 1 else None
        caller = _caller(call, site)
        if lines is None or line is None:
            return Refusal(404, UNKNOWN_LINE, party_of(caller), call.dialled)
        if site is None:
            reason = REPEATED_SITE if sites else MISSING_SITE
            return Refusal(404, reason, party_of(caller), call.dialled)
        if self.at_once(call.trunk) >= lines.at_once:
            return Refusal(486, LINE_BUSY, party_of(caller), call.dialled)
        answer = ask(Inquiry(caller, site, line.dialled, self._reach, call.at))
        if isinstance(answer, RingPlan) and _reaches_a_door(answer):
            return Refusal(403, NO_DOOR, party_of(caller), call.dialled)
        answer.dialled = call.dialled  # it was made just now; the record names the number of ours
        return answer

    def began(self, call_id: str, trunk: str) -> None:
        """An incoming call was planned and begins; it counts until its end is told."""
        self._open[call_id] = trunk

    def failed(self, call_id: str) -> None:
        """It did not begin after all: nobody will tell of its end."""
        self._open.pop(call_id, None)

    @property
    def by_kind(self) -> Mapping[type[CallFact], Callable[[Any], None]]:
        """Who hears of which facts of calls."""
        return {CallEnded: self._ended}

    def _ended(self, fact: CallEnded) -> None:
        self._open.pop(fact.call_id, None)


def digits_of(number: str) -> str:
    """A number without what is written differently: `+49…` and `0049…` are one."""
    digits = "".join(sign for sign in number if sign.isascii() and sign.isalnum())
    return digits.removeprefix("00")


def _reaches_a_door(plan: RingPlan) -> bool:
    """Whether a door is among the plan's parties; who is not registered yet may be by its turn."""
    parties = [target.party for stage in plan.stages for target in stage.targets]
    parties += [skipped.party for stage in plan.stages for skipped in stage.skipped]
    return any(party.kind == "door" for party in parties)


def _caller(call: IncomingCall, site: DialSite | None) -> DialAccount:
    """Whoever calls, as plans and records name it: never the user of an account."""
    digits = "".join(sign for sign in call.number if sign.isascii() and sign.isdigit())
    number = f"+{digits.removeprefix('00')[:_MOST_DIGITS]}" if digits else UNNAMED
    site_id = 0 if site is None else site.site_id
    return DialAccount(0, number, LANDLINE, call.display[:_MOST_DIGITS], site_id)
