"""Quiet hours and do-not-disturb: who of a plan is not rung at this moment (G09, pain 25).

Whom a number means is decided before; here parties are only taken out of the plan, and guards put
in. The clock on the wall of the site decides (`directory.quiet_windows`).

    who is quiet            its monitors and apps   its telephones   guard phones
    account                 that one is skipped     ring             ring as the chain says
    apartment, person: skip skipped                 ring             ring as the chain says
    apartment, person: guard skipped                skipped          ring, at once

Whoever is left with nobody to ring gets the guards, a visitor where the site has any; else a
refusal that says why. The household's own calls pass what the apartment or person has set, not what
a phone has. Emergency and guard numbers are never looked at.
"""

from bisect import bisect_right
from datetime import datetime, tzinfo
from typing import Final, final

from directory.queries.dial import DialOwner
from directory.queries.dial_quiet import DialQuiet, account_key
from sipcore.b2bua.plan import (
    NOT_REGISTERED,
    Party,
    Refusal,
    RingPlan,
    RingStage,
    SkippedTarget,
    Target,
)
from sipcore.calls.guard import guard_stages
from sipcore.calls.inquiry import Answer, Inquiry

QUIET_HOURS = "quiet_hours"
"""It is within the party's quiet hours."""
DO_NOT_DISTURB = "do_not_disturb"
"""Do-not-disturb is switched on."""
ALWAYS: Final = frozenset({"emergency", "guard"})
"""Call types that quiet hours never touch."""
GUARDS_INSTEAD: Final = "the visit goes straight to the guard phones"
NOBODY_LEFT: Final = "nobody else is left to ring, so the guard phones do"
PRESSED_AGAIN: Final = (
    "pressed again within a minute: quiet hours and do-not-disturb are overridden"
)
"""Notes of plans; why stands before the first two."""

_WORDS: Final = {QUIET_HOURS: "quiet hours", DO_NOT_DISTURB: "do-not-disturb"}
_REASONS: Final = frozenset(_WORDS)
_DAY: Final = 24 * 60


def why_silent(quiet: DialQuiet, at: float, minute: int) -> str | None:
    """The reason not to ring at that moment; None when the party may be rung.

    `minute` is the moment's minute of the week on the site's clocks.
    """
    if quiet.do_not_disturb:
        until = quiet.do_not_disturb_until
        if until is None or at < until:
            return DO_NOT_DISTURB
    return QUIET_HOURS if bisect_right(quiet.boundaries, minute) % 2 else None


def minute_of_week(at: float, zone: tzinfo) -> int:
    """Minutes since Monday 00:00 that the clock on the wall shows."""
    local = datetime.fromtimestamp(at, zone)
    return local.weekday() * _DAY + local.hour * 60 + local.minute


def is_for_help(answer: Answer) -> bool:
    """Whether it is a call for guards or an emergency, which always passes."""
    return isinstance(answer, RingPlan) and answer.call_type in ALWAYS


def is_hushed(answer: Answer) -> bool:
    """Whether quiet hours took somebody out of it, or refused it."""
    if isinstance(answer, Refusal):
        return answer.reason in _REASONS
    for stage in answer.stages:
        for skipped in stage.skipped:
            if skipped.reason in _REASONS:
                return True
    return False


def hush(inquiry: Inquiry, answer: Answer, owner: DialOwner | None) -> Answer:
    """The answer as it is at this moment: `owner` is the apartment or person that was dialled.

    The plan was made for this inquiry alone, and is changed in place.
    """
    if isinstance(answer, Refusal) or is_for_help(answer):
        return answer
    silence = _Silence(inquiry, owner)
    stages = tuple([silence.left_of(stage) for stage in answer.stages])
    if silence.reason is None:
        return answer
    if inquiry.override:
        answer.notes += (PRESSED_AGAIN,)
        return answer
    answer.stages = stages
    return _filled_up(inquiry, answer, silence)


@final
class _Silence:
    """Looks at one party after the other; remembers the first reason that it found."""

    __slots__ = ("_inquiry", "_is_at_home", "_minute", "_owner", "reason", "wants_guards")

    def __init__(self, inquiry: Inquiry, owner: DialOwner | None) -> None:
        self._inquiry = inquiry
        self._owner = owner
        self._minute = minute_of_week(inquiry.at, inquiry.site.zone)
        self.reason: str | None = None
        self.wants_guards: str | None = None
        """The reason why what was dialled wants its visits to go straight to the guards, if any."""

    def left_of(self, stage: RingStage) -> RingStage:
        """The stage without those who are not rung; the first of the others ring at once."""
        targets: list[Target] = []
        skipped: list[SkippedTarget] = []
        is_changed = False
        for out in stage.skipped:
            # Whoever registers while others ring joins them: that phone must be silent as well.
            reason = self._why(out.party) if out.reason == NOT_REGISTERED else None
            is_changed |= reason is not None
            skipped.append(out if reason is None else SkippedTarget(out.party, reason))
        for target in stage.targets:
            reason = self._why(target.party)
            is_changed |= reason is not None
            if reason is None:
                targets.append(target)
            else:
                skipped.append(SkippedTarget(target.party, reason))
        if not is_changed:
            return stage
        early = min([target.delay for target in targets], default=0.0)
        if early:
            targets = [target.at(target.delay - early) for target in targets]
            skipped = [
                SkippedTarget(out.party, out.reason, max(0.0, out.delay - early)) for out in skipped
            ]
        return RingStage(stage.name, tuple(targets), stage.timeout, tuple(skipped))

    def _why(self, party: Party) -> str | None:
        reason = self._found(party)
        self.reason = self.reason or reason
        return reason

    def _found(self, party: Party) -> str | None:
        is_landline = party.kind == "landline"
        if not is_landline and party.kind not in ("indoor", "app"):
            return None
        if not is_landline:
            reason = self._of(account_key(party.user))
            if reason is not None:
                return reason
        if self._is_of_the_household(party):
            return None
        person, apartment = f"person:{party.person_id}", f"apartment:{party.apartment_id}"
        keys = (person, apartment) if self._owner is None else (self._owner.key, person, apartment)
        for key in keys:
            # A resident's own wish takes the own app out of the apartment's calls, no more.
            is_of_callee = self._owner is not None and key in (self._owner.key, apartment)
            reason = self._of(key, is_landline=is_landline, is_of_callee=is_of_callee)
            if reason is not None:
                return reason
        return None

    def _of(self, key: str, *, is_landline: bool = False, is_of_callee: bool = False) -> str | None:
        quiet = self._inquiry.site.quiet.get(key)
        if quiet is None or (is_landline and quiet.action != "guard"):
            return None
        reason = why_silent(quiet, self._inquiry.at, self._minute)
        if reason is not None and is_of_callee and quiet.action == "guard":
            self.wants_guards = reason
        return reason

    def _is_of_the_household(self, party: Party) -> bool:
        """A visitor before a private door is none of it."""
        caller = self._inquiry.caller
        if self._inquiry.is_visit:
            return False
        if caller.apartment_id is not None and caller.apartment_id == party.apartment_id:
            return True
        return caller.person_id is not None and caller.person_id == party.person_id


def _filled_up(inquiry: Inquiry, plan: RingPlan, silence: _Silence) -> Answer:
    """The plan with guards where they are wanted or nobody else is left; else why there is none."""
    left = [target for stage in plan.stages for target in stage.targets]
    if left and not (silence.wants_guards and inquiry.is_visit):
        return plan
    if inquiry.is_visit and not any(target.party.kind == "guard" for target in left):
        # One round is told in full; ringing nobody at home again would be of no use.
        a_round = len(plan.stages) // max(plan.rounds, 1)
        plan.stages = plan.stages[:a_round] + guard_stages(inquiry, inquiry.site.guards)
        plan.rounds = 1
        left += [target for stage in plan.stages for target in stage.targets]
    if not left:
        return inquiry.refuse(480, silence.reason or QUIET_HOURS)
    why = _WORDS[silence.wants_guards or silence.reason or QUIET_HOURS]
    plan.notes += (f"{why}: {GUARDS_INSTEAD if silence.wants_guards else NOBODY_LEFT}",)
    return plan
