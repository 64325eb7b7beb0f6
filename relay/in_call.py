"""InCallDigits: recognises door codes in a call, lets them pass or withholds them, and logs.

The door itself switches the relay when it hears its code; what is decided here is whether it gets
to hear it. Each digit from another party to a door is tried on the door's trail: if it may
complete the code of a relay this party may not open, the message is withheld as a whole; else it
is passed on, and a code that it completes is written to the door log and to the call's timeline.
Digits and codes appear in neither, nor in what is returned.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from directory.queries.dial import DialAccount, DialDirectory, DialRelay
from relay.actor import actor_of
from relay.burst import NO_CODE, NOT_UNDERSTOOD, Burst, burst_detail
from relay.decision import Actor, Decision, Question, decide
from relay.digits import carries_digits, is_about_something_else, media_type, parse_digits
from relay.door_log import DoorLogEntry
from relay.release import release_detail, release_entry
from relay.sequence import DigitSequence, Trail

MAX_CALLS = 20_000
"""Calls whose digits are remembered; the oldest is forgotten first."""

NO_DIGITS = "no_digits"
"""The body is not about digits, or carries none."""
NO_DOOR = "no_door"
"""The digits do not go to a door of ours."""
REPEATED = "repeated"
"""A copy, by another way, of a digit that was dealt with."""
DIGITS = "digits"
"""Digits that complete no code."""
MAX_BURSTS = 20
"""Entries in a call's timeline about digits that opened nothing; further ones are left out."""

Told = Callable[[str, float, Mapping[str, object]], None]
"""Takes an entry for a call's timeline: call id, moment, and JSON-able detail."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one message with digits."""

    forward: bool
    """Whether the message may go on to the other leg."""
    opened: DialRelay | None
    """The relay whose code was completed with permission."""
    reason: str
    """Machine-readable: one of the reasons of this module or of a decision."""


class DoorLogSink(Protocol):
    """Takes door log rows without waiting; `door_log_writer` makes one."""

    def write(self, entry: DoorLogEntry) -> None:
        """Keep one row."""


@dataclass(slots=True)
class _Heard:
    """What is remembered of one call."""

    doors: dict[str, DigitSequence] = field(default_factory=dict)
    """What each door has heard so far."""
    burst: tuple[DialAccount, Burst] | None = None
    """Digits to a door that have completed no code yet."""
    told: int = 0
    """Entries about digits that opened nothing."""


@dataclass(frozen=True, slots=True)
class _Message:
    """One message with digits to a door."""

    call_id: str
    actor: Actor
    door: DialAccount
    relays: tuple[DialRelay, ...]
    at: float


class InCallDigits:
    """Digits of all calls; one memory of what each door has heard, forgotten with the call."""

    def __init__(
        self,
        directory: DialDirectory,
        log: DoorLogSink,
        opened: Told,
        pressed: Told | None = None,
    ) -> None:
        """`opened` is told of every completed code, `pressed` of digits that completed none."""
        self._directory = directory
        self._log = log
        self._opened = opened
        self._pressed = pressed
        self._calls: dict[str, _Heard] = {}

    def __len__(self) -> int:
        """Calls whose digits are remembered."""
        return len(self._calls)

    def digits(
        self,
        call_id: str,
        sender_user: str,
        receiver_user: str,
        content_type: str,
        body: bytes,
        at: float,
    ) -> Outcome:
        """Deal with the body of one message; `at` is UTC seconds. Total: never raises.

        Users are user parts of accounts, or the telephone number of a landline.
        """
        is_readable = carries_digits(content_type)
        if not is_readable and is_about_something_else(content_type, body):
            return Outcome(True, None, NO_DIGITS)
        door = self._directory.account(receiver_user)
        site = self._directory.site_of(receiver_user)
        if door is None or site is None or door.kind != "door":
            return Outcome(True, None, NO_DOOR)
        relays = () if door.device_id is None else site.relays.get(door.device_id, ())
        actor = actor_of(self._directory, site, sender_user, at)
        message = _Message(call_id, actor, door, relays, at)
        if not is_readable:
            return self._unreadable(message)
        digits = parse_digits(content_type, body)
        if digits is None:
            return self._unreadable(message)
        if not digits:
            return Outcome(True, None, NO_DIGITS)
        heard = self._heard(call_id)
        sequence = heard.doors.setdefault(receiver_user, DigitSequence())
        fresh = sequence.without_echoes(digits, media_type(content_type), at)
        if not fresh:
            return Outcome(False, None, REPEATED)
        outcome = self._try(message, sequence, fresh)
        if outcome.reason == DIGITS:
            self._count(message, heard, len(fresh))
        else:
            # These digits have an entry of their own, with the door's relay.
            heard.burst = None
        return outcome

    def call_ended(self, call_id: str) -> None:
        """Tell of the last digits of a call, and forget it."""
        heard = self._calls.pop(call_id, None)
        if heard is not None:
            self._tell_burst(call_id, heard)

    def _heard(self, call_id: str) -> _Heard:
        """What is remembered of that call."""
        heard = self._calls.get(call_id)
        if heard is None:
            while len(self._calls) >= MAX_CALLS:
                del self._calls[next(iter(self._calls))]
            heard = self._calls[call_id] = _Heard()
        return heard

    def _count(self, message: _Message, heard: _Heard, count: int) -> None:
        """Digits that completed no code, or not yet."""
        burst = heard.burst
        if burst is not None and not (
            burst[0] == message.door and burst[1].goes_on(message.actor, message.at)
        ):
            self._tell_burst(message.call_id, heard)
        if heard.burst is None:
            heard.burst = (message.door, Burst(message.actor, 0, message.at))
        heard.burst[1].count += count
        heard.burst[1].last_at = message.at

    def _tell_burst(self, call_id: str, heard: _Heard) -> None:
        if heard.burst is not None:
            door, burst = heard.burst
            heard.burst = None
            detail = burst_detail(burst.actor, door, NO_CODE, count=burst.count)
            self._tell(call_id, heard, burst.last_at, detail)

    def _tell(self, call_id: str, heard: _Heard, at: float, detail: Mapping[str, object]) -> None:
        heard.told += 1
        if self._pressed is not None and heard.told <= MAX_BURSTS:
            self._pressed(call_id, at, detail)

    def _unreadable(self, message: _Message) -> Outcome:
        """Pass on what we cannot read only if nothing it may say is forbidden to this party."""
        harmless = all(
            _decide(message, relay).allowed for relay in message.relays if relay.dtmf_code
        )
        heard = self._heard(message.call_id)
        detail = burst_detail(message.actor, message.door, NOT_UNDERSTOOD, forwarded=harmless)
        self._tell(message.call_id, heard, message.at, detail)
        return Outcome(harmless, None, NOT_UNDERSTOOD)

    def _try(self, message: _Message, sequence: DigitSequence, digits: str) -> Outcome:
        """Try the digits one by one on the door's trail; they count only if all may pass."""
        trail = sequence.trail
        opened: list[tuple[DialRelay, Decision]] = []
        for digit in digits:
            trail = trail.press(digit, message.at)
            denied = _denied(message, trail)
            if denied is not None:
                self._write(message, *denied)
                return Outcome(False, None, denied[1].reason)
            completed = _completed(message, trail)
            if completed:
                trail = trail.opened()
                opened += [(relay, _decide(message, relay)) for relay in completed]
        sequence.trail = trail
        for relay, decision in opened:
            self._write(message, relay, decision)
        if not opened:
            return Outcome(True, None, DIGITS)
        return Outcome(True, opened[0][0], opened[0][1].reason)

    def _write(self, message: _Message, relay: DialRelay, decision: Decision) -> None:
        """One row in the door log and one event in the call's timeline."""
        site = self._directory.sites[message.door.site_id]
        actor, door = message.actor, message.door
        self._log.write(
            release_entry(
                site, actor, door, relay, decision, call_id=message.call_id, at=message.at
            )
        )
        self._opened(message.call_id, message.at, release_detail(actor, door, relay, decision))


def _decide(message: _Message, relay: DialRelay) -> Decision:
    return decide(Question(message.actor, message.door, relay))


def _denied(message: _Message, trail: Trail) -> tuple[DialRelay, Decision] | None:
    """The first relay these digits may open at the door although this party may not."""
    for relay in message.relays:
        if trail.may_complete(relay.dtmf_code):
            decision = _decide(message, relay)
            if not decision.allowed:
                return relay, decision
    return None


def _completed(message: _Message, trail: Trail) -> list[DialRelay]:
    """Relays whose code was pressed: the longest one; all of them if several share it."""
    found = [relay for relay in message.relays if trail.completes(relay.dtmf_code)]
    longest = max((len(relay.dtmf_code) for relay in found), default=0)
    return [relay for relay in found if len(relay.dtmf_code) == longest]
