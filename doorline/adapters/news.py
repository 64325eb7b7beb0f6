"""News: what happens in the engine, in the words of the live events.

It is told of facts only while somebody listens, so nothing is kept here about calls: whose call it
is, is asked of the engine, which knows every call that goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from directory.queries.dial import DialDirectory
from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallRefused,
    CallStarted,
    CodeAnswered,
    KeyAwaited,
    LegAnswered,
    LegRang,
    StageSkipped,
    StageStarted,
    TargetWoken,
    WakeFailed,
)
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.kernel.clock import Clock
from sipcore.registrar.binding import BindingFact, BindingRemoved

Publish = Callable[[int | None, str, float, dict[str, object]], None]
"""Site, name, moment (UTC seconds) and detail of an event."""


class _Leg(Protocol):
    @property
    def number(self) -> int:
        """From 1."""

    @property
    def party(self) -> Party:
        """Who is called."""


class _Ringing(Protocol):
    @property
    def legs(self) -> Sequence[_Leg]:
        """B-legs in the order of their numbers."""


class OpenCall(Protocol):
    """What is asked of a call that goes on."""

    @property
    def plan(self) -> RingPlan:
        """Its plan."""

    @property
    def ringing(self) -> _Ringing:
        """Its B-legs."""


class News:
    """Listener of calls' facts, of doors and of registrations."""

    def __init__(
        self,
        publish: Publish,
        directory: DialDirectory,
        clock: Clock,
        call: Callable[[str], OpenCall | None],
    ) -> None:
        """`call` finds a call that goes on."""
        self._publish = publish
        self._directory = directory
        self._clock = clock
        self._call = call

    # -- calls --------------------------------------------------------------------------------

    def heard(self, fact: CallFact) -> None:
        """Something happened to a call; facts of other kinds are no news."""
        if isinstance(fact, CallRefused):
            told: dict[str, object] = {
                "caller": _named(fact.caller),
                "dialled": fact.dialled,
                "status": fact.status,
                "reason": fact.reason,
            }
            self._tell(fact, fact.caller, fact.is_visit, "refused", told)
            return
        call = self._call(fact.call_id)
        if call is None:
            return
        news = _news(fact, call)
        if news is not None:
            name, detail = news
            self._tell(fact, call.plan.caller, call.plan.is_visit, name, detail)

    def _tell(
        self,
        fact: CallFact,
        caller: Party,
        is_visit: bool,
        name: str,
        detail: dict[str, object],
    ) -> None:
        kind = "door" if isinstance(fact, CodeAnswered) else "visit" if is_visit else "call"
        told = {"call_id": fact.call_id, **detail}
        self._publish(caller.site_id, f"{kind}.{name}", fact.at, told)

    # -- doors --------------------------------------------------------------------------------

    def door(self, call_id: str, at: float, detail: Mapping[str, object]) -> None:
        """A code was completed: the door is opened, or may not be."""
        self._door(call_id, at, "opened" if detail.get("allowed") else "denied", detail)

    def digits(self, call_id: str, at: float, detail: Mapping[str, object]) -> None:
        """Digits completed no code."""
        self._door(call_id, at, "digits", detail)

    def _door(self, call_id: str, at: float, name: str, detail: Mapping[str, object]) -> None:
        call = self._call(call_id)
        site_id = None if call is None else call.plan.caller.site_id
        self._publish(site_id, f"door.{name}", at, {"call_id": call_id, **detail})

    # -- registrations ------------------------------------------------------------------------

    def binding(self, fact: BindingFact) -> None:
        """A phone registered, or is registered no longer. Refreshes are no news."""
        binding, at = fact.binding, self._clock.utc()
        account = self._directory.account(binding.user)
        detail: dict[str, object] = {
            "user": binding.user,
            "kind": "" if account is None else account.kind,
            "display": "" if account is None else account.display,
            "contact": _without_parameters(binding.contact),
            "transport": binding.flow.transport.lower(),
            "user_agent": binding.user_agent,
        }
        name = "registration.changed"
        if isinstance(fact, BindingRemoved):
            name, detail["reason"] = "registration.removed", fact.reason
        self._publish(None if account is None else account.site_id, name, at, detail)


def unchanged(_user: str, _record: bytes) -> None:
    """A refresh that changed nothing but times."""


def _news(fact: CallFact, call: OpenCall) -> tuple[str, dict[str, object]] | None:
    """Name and detail of a fact that is news."""
    match fact:
        case CallStarted(plan=plan):
            return "started", {
                "caller": _named(plan.caller),
                "dialled": plan.dialled,
                "callee": plan.callee,
                "apartment_id": plan.apartment_id,
                "call_type": plan.call_type,
                "stages": [stage.name for stage in plan.stages],
            }
        case StageStarted():
            return "stage", {"stage": fact.stage, "name": fact.name, "legs": fact.legs}
        case StageSkipped():
            return "stage_skipped", {
                "stage": fact.stage,
                "name": fact.name,
                "reason": fact.reason,
            }
        case TargetWoken():
            return "woken", {"stage": fact.stage, "party": _named(fact.party)}
        case WakeFailed():
            return "wake_failed", {
                "stage": fact.stage,
                "party": _named(fact.party),
                "reason": fact.reason,
            }
        case LegRang():
            return "rang", {"leg": fact.leg, "party": _of_leg(call, fact.leg)}
        case KeyAwaited():
            return "key_awaited", {"leg": fact.leg, "party": _of_leg(call, fact.leg)}
        case LegAnswered():
            return "answered", {"leg": fact.leg, "party": _of_leg(call, fact.leg)}
        case CodeAnswered():
            return "answered", {"party": _named(fact.party), "status": fact.status}
        case CallEnded():
            return "ended", {
                "outcome": fact.outcome,
                "by": fact.by,
                "reason": fact.reason,
                "status": fact.status,
            }
        case _:
            return None


def _of_leg(call: OpenCall, number: int) -> dict[str, str] | None:
    for leg in call.ringing.legs:
        if leg.number == number:
            return _named(leg.party)
    return None


def _named(party: Party) -> dict[str, str]:
    return {"kind": party.kind, "user": party.user, "display": party.display}


def _without_parameters(contact: str) -> str:
    """Push tokens stand among the URI's parameters (RFC 8599): they are nobody's news."""
    return contact.partition(";")[0]
