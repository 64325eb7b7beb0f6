"""The timeline of one call as lines of text: `doorline trace` and `make demo` print it.

Times are seconds after the button was pressed. Names come from the records, so they are stripped
of control characters: what a phone sends must not move the cursor of an operator's terminal.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sipcore.calls.explain import sentence
from sipcore.message.status import reason_phrase
from sipcore.storage.call_queries import CallRecord, CallSummary, LegRecord

_LANDLINE = "landline"
_INDENT = " " * 13
"""As far as the words of an entry are from the left."""

Detail = Mapping[str, Any]


class Legs:
    """The two sides of the call, to name who an entry speaks of."""

    def __init__(self, record: CallRecord) -> None:
        self._caller = record.call
        self._legs = {leg.leg: leg for leg in record.legs}

    def get(self, number: int) -> LegRecord | None:
        """The leg of that number, None when it is not on record."""
        return self._legs.get(number)

    def name(self, user: str) -> str:
        """The party with that account; the account itself when nobody here has it."""
        if user == self._caller.caller_user:
            return _caller(self._caller)
        found = [leg for leg in self._legs.values() if leg.user == user]
        return _leg(found[0]) if found else user


_WORDS: Mapping[str, str] = {
    "all_failed": "nobody could take the call",
    "answered_elsewhere": "answered elsewhere",
    "callee_hung_up": "the called side hung up",
    "caller_hung_up": "the caller hung up",
    "cancelled": "the call ended before",
    "declined": "somebody declined for all",
    "door_may_not_open": "a door phone opens no door",
    "expired": "the caller's phone had limited how long it may ring",
    "foreign_site": "it belongs to another site",
    "fork_limit": "too many phones ring already",
    "hung_up": "it hung up before the key",
    "in_call_off": "this relay does not open in calls",
    "interrupted": "the server ended in the middle of it",
    "key_refused": "declined by a key",
    "kind_may_not_open": "who this is may not open doors",
    "late_answer": "answered too late",
    "leg_lost": "the other side could not be reached any more",
    "max_breadth": "the caller's phone allows fewer phones than would ring at once",
    "no_ack": "the answer was never confirmed: ACK missing",
    "no_key": "no key was pressed, as no mailbox presses one",
    "no_prack": "the ringing was never confirmed: PRACK missing",
    "no_end_reported": "nobody reported its end",
    "nobody_reachable": "nobody in it can be reached",
    "not_answered": "the phone reports a missed call",
    "not_joined": "the two phones found no common sound",
    "other_door": "the relay belongs to another door",
    "other_household": "the door belongs to another household",
    "ring_limit": "it has rung as long as it may",
    "session_expired": "the session was not refreshed",
    "shutdown": "the server stops",
    "stage_timeout": "the ring time is over",
    "time_limit": "the longest call time was reached",
    "timeout": "the ring time is over",
    "transferred": "the call was passed on",
    "unregistered": "it is not registered any more",
}
"""Reasons of calls in words; those of planning are in `sipcore.calls.explain`."""

_OUTCOMES: Mapping[str, str] = {
    "abandoned": "the caller gave up",
    "answered": "answered",
    "busy": "busy",
    "failed": "failed",
    "interrupted": "interrupted by the end of the server",
    "missed": "nobody answered",
    "refused": "refused",
}


_TRANSFERS = (
    ("the call is passed on", "the call is not passed on"),
    ("the place is taken", "the place is not taken"),
)
"""What became of a transfer, and of a pick-up: done, and failed."""


def render(record: CallRecord) -> tuple[str, ...]:
    """The call's head, its timeline, and how it ended, as lines without line ends."""
    return tuple(_printable(line) for line in _lines(record))


def _lines(record: CallRecord) -> Iterator[str]:
    call = record.call
    legs = Legs(record)
    yield f"{'visit' if call.is_visit else 'call'} {call.id}"
    yield f"{_moment(call.started_at)}  {_caller(call)} dials {call.dialled}{_callee(call)}"
    yield ""
    for event in record.events:
        text = _text(event.kind, event.detail, legs)
        yield f"{event.at - call.started_at:+z9.3f} s  {text}"
        if event.kind == "planned":
            yield from _stages_planned(event.detail)
    yield ""
    yield _summary(call)


def _text(kind: str, detail: Detail, legs: Legs) -> str:
    """One entry in words; a kind nobody wrote a sentence for shows its name."""
    write = _TEXTS.get(kind)
    return kind.replace("_", " ") if write is None else write(detail, legs)


def _started(detail: Detail, _legs: Legs) -> str:
    caller = detail["caller"]
    does = "presses" if caller["kind"] == "door" else "dials"
    return f"{_party(caller)} {does} {detail['dialled']} ({detail['call_type']})"


def _planned(detail: Detail, _legs: Legs) -> str:
    stages = detail["stages"]
    return f"the plan: {len(stages)} stage{'' if len(stages) == 1 else 's'}"


def _stages_planned(detail: Detail) -> Iterator[str]:
    """Under the plan's line: who would ring how long, and who not and why."""
    for stage in detail["stages"]:
        rings = ", ".join(map(_planned_target, stage["rings"])) or "nobody"
        limit = "" if stage["timeout"] is None else f" for {stage['timeout']:g} s"
        yield f"{_INDENT}{stage['number'] + 1}. {stage['name']}{limit}: {rings}"
        for party in stage["left_out"]:
            without = "without " if _is_somebody(party) else ""
            yield f"{_INDENT}   {without}{_party(party)}: {_reason(party['reason'])}"
    for note in detail["notes"]:
        yield f"{_INDENT}({note})"


def _planned_target(target: Detail) -> str:
    more = [f"through trunk {target['trunk']}"] if target.get("trunk") else []
    more += [f"after {target['delay']:g} s"] if target.get("delay") else []
    more += ["woken by a push"] if target.get("wakes") else []
    more += ["answers with a key"] if target.get("confirms") else []
    return ", ".join([_party(target), *more])


def _refused(detail: Detail, _legs: Legs) -> str:
    return f"refused with {detail['status']}: {_reason(detail['reason'])}"


def _stage_started(detail: Detail, _legs: Legs) -> str:
    contacts = "1 contact" if detail["legs"] == 1 else f"{detail['legs']} contacts"
    return f"{_stage(detail)} begins: {detail['name']}, {contacts}"


def _stage_skipped(detail: Detail, _legs: Legs) -> str:
    return f"{_stage(detail)} is skipped: {detail['name']}, {_reason(detail['reason'])}"


def _stage_ended(detail: Detail, _legs: Legs) -> str:
    return f"{_stage(detail)} ends: {_reason(detail['reason'])}"


def _target_skipped(detail: Detail, _legs: Legs) -> str:
    out = " is left out" if _is_somebody(detail["party"]) else ""
    return f"  {_party(detail['party'])}{out}: {_reason(detail['reason'])}"


def _target_woken(detail: Detail, _legs: Legs) -> str:
    return f"  {_party(detail['party'])} is woken by a push"


def _wake_failed(detail: Detail, _legs: Legs) -> str:
    return f"  {_party(detail['party'])} cannot be woken: {_reason(detail['reason'])}"


def _leg_started(detail: Detail, _legs: Legs) -> str:
    # A leg that was handed over or came by itself has no contact that was rung.
    party, contact = detail["party"], detail.get("contact")
    does = "is called" if contact else "comes in"
    if contact and party["kind"] == _LANDLINE:  # which of the trunks
        does += f" over {contact.rpartition('@')[2].partition(';')[0]}"
    return f"  {_party(party)} {does}"


def _leg_rang(detail: Detail, legs: Legs) -> str:
    return f"  {_of_leg(detail, legs)} rings"


def _key_awaited(detail: Detail, legs: Legs) -> str:
    return f"  {_of_leg(detail, legs)} is answered and waits for the key"


def _key_pressed(detail: Detail, legs: Legs) -> str:
    what = "the key is pressed" if detail["accepted"] else "another key is pressed"
    return f"  {_of_leg(detail, legs)}: {what}"


def _leg_answered(detail: Detail, legs: Legs) -> str:
    leg = legs.get(detail["leg"])
    does = "answers" if leg is None or leg.contact else "takes the call"
    return f"  {_of_leg(detail, legs)} {does}"


def _leg_failed(detail: Detail, legs: Legs) -> str:
    does = "declines" if detail.get("declined") else "fails"
    return f"  {_of_leg(detail, legs)} {does}: {detail['status']} {_reason(detail['reason'])}"


def _leg_rerouted(detail: Detail, legs: Legs) -> str:
    why = f"{detail['status']} {_reason(detail['reason'])}"
    return f"  {_of_leg(detail, legs)} is called again over {detail['to']}: {why}"


def _leg_released(detail: Detail, legs: Legs) -> str:
    return f"  {_of_leg(detail, legs)} is released: {_reason(detail['reason'])}"


def _door_digits(detail: Detail, _legs: Legs) -> str:
    who, relay, door = detail["by"], detail["relay"], detail["door"]
    if detail["allowed"]:
        return f"{who} opens {relay} of {door}: the code goes on to the door"
    return f"{who} may not open {relay} of {door}: {_reason(detail['reason'])}; code withheld"


def _digits(detail: Detail, _legs: Legs) -> str:
    who, door = detail["by"], detail["door"]
    if detail["reason"] == "not_understood":
        what = "passed on" if detail["forwarded"] else "withheld"
        return f"{who} sends {door} something that cannot be read as digits; {what}"
    count = detail["count"]
    keys = "a key that is" if count == 1 else f"{count} keys that are"
    return f"{who} presses {keys} no code of {door}"


def _code_answered(detail: Detail, _legs: Legs) -> str:
    door, status = _party(detail["party"]), detail["status"]
    if status < 300:
        return f"{door} takes the code: {status}"
    return f"{door} does not take the code: {status} {reason_phrase(status).decode()}"


def _transfer_started(detail: Detail, legs: Legs) -> str:
    who, target = _party(detail["by"]), detail["target"]
    if detail["kind"] == "pick_up":
        return f"{who} takes the place of {legs.name(target)}"
    how = ", having asked there first" if detail["kind"] == "attended" else ""
    return f"{who} passes the call on to {target}{how}"


def _transfer_ended(detail: Detail, _legs: Legs) -> str:
    status = detail["status"]
    done, failed = _TRANSFERS[detail["kind"] == "pick_up"]
    if status < 300:
        return done
    return f"{failed}: {status} {reason_phrase(status).decode()}"


def _ended(detail: Detail, _legs: Legs) -> str:
    outcome = _OUTCOMES.get(detail["outcome"], detail["outcome"])
    # The status is what the caller was told; an answered call has told it long ago.
    status = f", {detail['status']}" if detail["status"] >= 300 else ""
    if "noticed_at" in detail:
        return f"over: {outcome}; this is the last that is known, {_found(detail)}"
    return f"over: {outcome} ({_reason(detail['reason'])}{status})"


def _found(detail: Detail) -> str:
    return f"found at the next start, {_moment(detail['noticed_at'])}"


_TEXTS: Mapping[str, Callable[[Detail, Legs], str]] = {
    "started": _started,
    "planned": _planned,
    "refused": _refused,
    "stage_started": _stage_started,
    "stage_skipped": _stage_skipped,
    "stage_ended": _stage_ended,
    "target_skipped": _target_skipped,
    "target_woken": _target_woken,
    "wake_failed": _wake_failed,
    "leg_started": _leg_started,
    "leg_rang": _leg_rang,
    "key_awaited": _key_awaited,
    "key_pressed": _key_pressed,
    "leg_answered": _leg_answered,
    "leg_failed": _leg_failed,
    "leg_released": _leg_released,
    "leg_rerouted": _leg_rerouted,
    "door_digits": _door_digits,
    "digits": _digits,
    "code_answered": _code_answered,
    "transfer_started": _transfer_started,
    "transfer_ended": _transfer_ended,
    "ended": _ended,
}


def _summary(call: CallSummary) -> str:
    if call.outcome is None:
        return "the call is going on"
    parts = [_OUTCOMES.get(call.outcome, call.outcome)]
    if call.answered_by_user:
        parts.append(f"by {_answerer(call)}")
    if call.duration is not None:
        parts.append(f"talked {call.duration:.1f} s")
    if call.opened_by:
        parts.append(f"door opened by {call.opened_by}")
    return ", ".join(parts)


def _caller(call: CallSummary) -> str:
    return _party(
        {"kind": call.caller_kind, "user": call.caller_user, "display": call.caller_display}
    )


def _answerer(call: CallSummary) -> str:
    """By name; a telephone also by number, as several may have the name of the flat."""
    kind, user, display = call.answered_by_kind, call.answered_by_user, call.answered_by_display
    if kind == _LANDLINE:
        return _party({"kind": kind, "user": user, "display": display})
    return display or user or ""


def _callee(call: CallSummary) -> str:
    named = [call.callee] if call.callee and call.callee != call.dialled else []
    named += [call.call_type] if call.call_type and call.call_type not in named else []
    return f" ({', '.join(named)})" if named else ""


def _party(party: Detail) -> str:
    kind, user, name = party["kind"], party["user"], party.get("display")
    if not _is_somebody(party):
        return str(kind)
    if kind == _LANDLINE and name:
        return f"{name} ({kind} {user})"
    return f"{name or user} ({kind})"


def _is_somebody(party: Detail) -> bool:
    """False of a kind that a stage asks for and the household has none of."""
    return bool(party.get("display") or party["user"])


def _of_leg(detail: Detail, legs: Legs) -> str:
    leg = legs.get(detail["leg"])
    if leg is None:
        return f"leg {detail['leg']}"
    return _leg(leg)


def _leg(leg: LegRecord) -> str:
    return _party({"kind": leg.kind, "user": leg.user, "display": leg.display})


def _stage(detail: Detail) -> str:
    return f"stage {detail['stage'] + 1}"


def _reason(reason: str) -> str:
    return _WORDS.get(reason) or sentence(reason)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _printable(line: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)
