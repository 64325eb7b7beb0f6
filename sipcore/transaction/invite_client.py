"""INVITE client transaction: RFC 3261 figure 5 as replaced by RFC 6026 §8.4.

Differences from the figure:

- RFC 3261 §9.1: an INVITE that was cancelled ends after 64*T1 even if no final response comes;
  the user tells by `CancelSent`. In Calling, where no CANCEL may be sent yet, it means that the
  user gave up: the time counts as soon as a provisional response has stopped timer B.
- A flow that breaks in Proceeding ends the transaction too: its response cannot arrive any more.
"""

from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import Any, ClassVar, Final

from sipcore.kernel.flow import Flow
from sipcore.kernel.timers import T1, TIMEOUT, TIMER_D
from sipcore.transaction.actions import FLOW_LOST, NO_RESPONSE, Action, Deliver, Send
from sipcore.transaction.derived import ack_for
from sipcore.transaction.events import CancelSent, Event, FlowFailed, ResponseReceived
from sipcore.transaction.machine import Machine, Table, compile_rows


class State(StrEnum):
    """Where the transaction is."""

    CALLING = "Calling"
    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    ACCEPTED = "Accepted"
    TERMINATED = "Terminated"


class Input(StrEnum):
    """What can happen to it."""

    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    CANCEL_SENT = "CANCEL from TU"
    TIMER_A = "Timer A fires"
    TIMER_B = "Timer B fires"
    TIMER_D = "Timer D fires"
    TIMER_M = "Timer M fires"
    CANCEL_LOST = "64*T1 since CANCEL"
    FLOW_FAILED = "Transport Err."


class Effect(StrEnum):
    """What the machine does about it."""

    SEND_INVITE = "INVITE sent"
    SEND_ACK = "ACK sent"
    REPEAT_ACK = "ACK sent again"
    PASS = "resp. to TU"  # noqa: S105 - a verb, not a secret
    INFORM_TIMEOUT = "inform TU (no response)"
    INFORM_FLOW = "inform TU"
    RESET_A = "reset A"
    STOP = "stop A and B"
    START_D = "start D"
    START_M = "start M"
    START_CANCEL = "start 64*T1"


_E = Effect
TABLE: Table = MappingProxyType(
    {
        (State.CALLING, Input.TIMER_A): ((_E.SEND_INVITE, _E.RESET_A), State.CALLING),
        (State.CALLING, Input.TIMER_B): ((_E.INFORM_TIMEOUT,), State.TERMINATED),
        (State.CALLING, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.TERMINATED),
        (State.CALLING, Input.CANCEL_SENT): ((_E.START_CANCEL,), State.CALLING),
        (State.CALLING, Input.PROVISIONAL): ((_E.STOP, _E.PASS), State.PROCEEDING),
        (State.CALLING, Input.SUCCESS): ((_E.PASS, _E.START_M), State.ACCEPTED),
        (State.CALLING, Input.FAILURE): ((_E.SEND_ACK, _E.PASS, _E.START_D), State.COMPLETED),
        (State.PROCEEDING, Input.PROVISIONAL): ((_E.PASS,), State.PROCEEDING),
        (State.PROCEEDING, Input.SUCCESS): ((_E.PASS, _E.START_M), State.ACCEPTED),
        (State.PROCEEDING, Input.FAILURE): ((_E.SEND_ACK, _E.PASS, _E.START_D), State.COMPLETED),
        (State.PROCEEDING, Input.CANCEL_SENT): ((_E.START_CANCEL,), State.PROCEEDING),
        (State.PROCEEDING, Input.CANCEL_LOST): ((_E.INFORM_TIMEOUT,), State.TERMINATED),
        (State.PROCEEDING, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.TERMINATED),
        (State.COMPLETED, Input.FAILURE): ((_E.REPEAT_ACK,), State.COMPLETED),
        (State.COMPLETED, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.TERMINATED),
        (State.COMPLETED, Input.TIMER_D): ((), State.TERMINATED),
        (State.ACCEPTED, Input.SUCCESS): ((_E.PASS,), State.ACCEPTED),
        (State.ACCEPTED, Input.TIMER_M): ((), State.TERMINATED),
    }
)
_FIRST: Final = compile_rows(TABLE)[State.CALLING]
# By names of the module, which cost less than those of a class.
_CALLING: Final = State.CALLING
_PROCEEDING: Final = State.PROCEEDING
_PROVISIONAL: Final = Input.PROVISIONAL
_SUCCESS: Final = Input.SUCCESS
_FAILURE: Final = Input.FAILURE
_SEND_INVITE: Final = Effect.SEND_INVITE
_SEND_ACK: Final = Effect.SEND_ACK
_REPEAT_ACK: Final = Effect.REPEAT_ACK
_PASS: Final = Effect.PASS
_INFORM_TIMEOUT: Final = Effect.INFORM_TIMEOUT
_INFORM_FLOW: Final = Effect.INFORM_FLOW
_RESET_A: Final = Effect.RESET_A
_STOP: Final = Effect.STOP
_START_D: Final = Effect.START_D
_START_M: Final = Effect.START_M
_START_CANCEL: Final = Effect.START_CANCEL


class InviteClient(Machine):
    """One INVITE that we sent."""

    __slots__ = ("_abandon_at", "_ack", "_request", "data")

    TIMERS: ClassVar = {
        State.CALLING: (Input.TIMER_A, Input.TIMER_B),
        State.PROCEEDING: (None, Input.CANCEL_LOST),
        State.COMPLETED: (None, Input.TIMER_D),
        State.ACCEPTED: (None, Input.TIMER_M),
    }

    def __init__(self, key: bytes, data: bytes, flow: Flow, owner: object, now: float) -> None:
        super().__init__(key, flow, _CALLING, _FIRST, owner)
        self.data = data
        """The INVITE as it is sent."""
        self._request = Send(data)
        self._ack: Send | None = None
        self._abandon_at = inf
        self._end_at = self.deadline = now + TIMEOUT
        if not flow.reliable:
            self._interval = T1
            self._repeat_at = self.deadline = now + T1

    @property
    def method(self) -> bytes:
        """`INVITE`."""
        return b"INVITE"

    def start(self) -> tuple[Action, ...]:
        """Send the INVITE for the first time; call once, at the time given to the constructor."""
        return (self._request,)

    def give_up_at(self, at: float) -> None:
        """Let timer B fire earlier: somebody else can be asked (RFC 3263 §4.3)."""
        if self.state is _CALLING and at < self._end_at:
            self._end_at = at
            self.deadline = min(self.deadline, at)

    def handle(self, event: Event, now: float) -> tuple[Action, ...]:
        """Take one event; what the table does not list yields no action."""
        if isinstance(event, ResponseReceived):
            response = event.message
            status = response.status
            if status < 200:
                return self._step(_PROVISIONAL, response, now)
            return self._step(_SUCCESS if status < 300 else _FAILURE, response, now)
        if isinstance(event, FlowFailed):
            return self._step(Input.FLOW_FAILED, None, now)
        if isinstance(event, CancelSent):
            return self._step(Input.CANCEL_SENT, None, now)
        return ()

    def _do(self, effect: StrEnum, matter: Any, now: float) -> Action | None:
        """Perform one effect; the matter is a response."""
        # The most frequent first.
        if effect is _PASS:
            return Deliver(matter)
        if effect is _STOP:
            self._repeat_at = inf
            self._end_at = self._abandon_at
        elif effect is _SEND_ACK:
            self._ack = Send(ack_for(self.data, matter))
            return self._ack
        elif effect is _START_D:
            self._repeat_at = inf
            self._end_at = now if self.flow.reliable else now + TIMER_D
        elif effect is _START_M:
            self._repeat_at = inf
            self._end_at = now + TIMEOUT
        elif effect is _START_CANCEL:
            self._abandon_at = now + TIMEOUT
            if self.state is _PROCEEDING:
                self._end_at = self._abandon_at
        elif effect is _REPEAT_ACK:
            return self._ack
        elif effect is _SEND_INVITE:
            return self._request
        elif effect is _RESET_A:
            # Doubles without the cap of T2 that timers E and G have (§17.1.1.2).
            self._interval *= 2
            self._repeat_at = now + self._interval
        elif effect is _INFORM_TIMEOUT:
            return NO_RESPONSE
        elif effect is _INFORM_FLOW:
            return FLOW_LOST
        else:
            raise LookupError(f"nobody knows how to {effect}")
        return None
