"""INVITE server transaction: RFC 3261 figure 7 as replaced by RFC 6026 §8.6.

The shell creates the machine for a new INVITE and passes that INVITE to the transaction user
itself; the table begins with what comes after. Differences from the figure:

- The `100 Trying` that §17.2.1 wants when the user is silent for 200 ms is a row of its own.
- An error of the transport never ends the transaction (RFC 6026 §7.1).
- Accepted absorbs the repeated INVITE; repeating the 2xx is the work of `dialog.accepted`.
"""

from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import Any, ClassVar, Final

from sipcore.kernel.flow import Flow
from sipcore.kernel.timers import T1, T2, T4, TIMEOUT
from sipcore.message import build
from sipcore.message.message import Request
from sipcore.transaction.actions import FLOW_LOST, NO_ACK, Action, Deliver, Send
from sipcore.transaction.events import (
    AckReceived,
    Event,
    FlowFailed,
    RequestReceived,
    ResponseOffered,
)
from sipcore.transaction.machine import Machine, Table, compile_rows

TRYING_AFTER: Final = 0.2
"""Seconds after which the machine says 100 by itself (RFC 3261 §17.2.1)."""


class State(StrEnum):
    """Where the transaction is."""

    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    CONFIRMED = "Confirmed"
    ACCEPTED = "Accepted"
    TERMINATED = "Terminated"


class Input(StrEnum):
    """What can happen to it."""

    INVITE = "INVITE"
    ACK = "ACK"
    PROVISIONAL = "101-199 from TU"
    SUCCESS = "2xx from TU"
    FAILURE = "300-699 from TU"
    SILENCE = "200 ms without response"
    TIMER_G = "Timer G fires"
    TIMER_H = "Timer H fires"
    TIMER_I = "Timer I fires"
    TIMER_L = "Timer L fires"
    FLOW_FAILED = "Transport Err."


class Effect(StrEnum):
    """What the machine does about it."""

    SEND = "send response"
    REPEAT = "send last response"
    SEND_TRYING = "send 100"
    PASS = "ACK to TU"  # noqa: S105 - a verb, not a secret
    INFORM_FLOW = "inform TU"
    INFORM_NO_ACK = "inform TU (no ACK)"
    START_G = "start G"
    RESET_G = "reset G"
    START_H = "start H"
    START_I = "start I"
    START_L = "start L"


_E = Effect
TABLE: Table = MappingProxyType(
    {
        (State.PROCEEDING, Input.INVITE): ((_E.REPEAT,), State.PROCEEDING),
        (State.PROCEEDING, Input.PROVISIONAL): ((_E.SEND,), State.PROCEEDING),
        (State.PROCEEDING, Input.SILENCE): ((_E.SEND_TRYING,), State.PROCEEDING),
        (State.PROCEEDING, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.PROCEEDING),
        (State.PROCEEDING, Input.SUCCESS): ((_E.SEND, _E.START_L), State.ACCEPTED),
        (State.PROCEEDING, Input.FAILURE): ((_E.SEND, _E.START_G, _E.START_H), State.COMPLETED),
        (State.COMPLETED, Input.INVITE): ((_E.REPEAT,), State.COMPLETED),
        (State.COMPLETED, Input.TIMER_G): ((_E.REPEAT, _E.RESET_G), State.COMPLETED),
        (State.COMPLETED, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.COMPLETED),
        (State.COMPLETED, Input.ACK): ((_E.START_I,), State.CONFIRMED),
        (State.COMPLETED, Input.TIMER_H): ((_E.INFORM_NO_ACK,), State.TERMINATED),
        (State.CONFIRMED, Input.ACK): ((), State.CONFIRMED),
        (State.CONFIRMED, Input.TIMER_I): ((), State.TERMINATED),
        (State.ACCEPTED, Input.INVITE): ((), State.ACCEPTED),
        (State.ACCEPTED, Input.ACK): ((_E.PASS,), State.ACCEPTED),
        (State.ACCEPTED, Input.SUCCESS): ((_E.SEND,), State.ACCEPTED),
        (State.ACCEPTED, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.ACCEPTED),
        (State.ACCEPTED, Input.TIMER_L): ((), State.TERMINATED),
    }
)
_FIRST: Final = compile_rows(TABLE)[State.PROCEEDING]
# By names of the module, which cost less than those of a class.
_PROCEEDING: Final = State.PROCEEDING
_ACK: Final = Input.ACK
_PROVISIONAL: Final = Input.PROVISIONAL
_SUCCESS: Final = Input.SUCCESS
_FAILURE: Final = Input.FAILURE
_SEND: Final = Effect.SEND
_REPEAT: Final = Effect.REPEAT
_SEND_TRYING: Final = Effect.SEND_TRYING
_PASS: Final = Effect.PASS
_INFORM_FLOW: Final = Effect.INFORM_FLOW
_INFORM_NO_ACK: Final = Effect.INFORM_NO_ACK
_START_G: Final = Effect.START_G
_RESET_G: Final = Effect.RESET_G
_START_H: Final = Effect.START_H
_START_I: Final = Effect.START_I
_START_L: Final = Effect.START_L


class InviteServer(Machine):
    """One INVITE that we answer."""

    __slots__ = ("_response", "request")

    TIMERS: ClassVar = {
        State.PROCEEDING: (None, Input.SILENCE),
        State.COMPLETED: (Input.TIMER_G, Input.TIMER_H),
        State.CONFIRMED: (None, Input.TIMER_I),
        State.ACCEPTED: (None, Input.TIMER_L),
    }

    def __init__(self, key: bytes, request: Request, flow: Flow, now: float) -> None:
        super().__init__(key, flow, _PROCEEDING, _FIRST, None)
        self.request = request
        """The INVITE that created the transaction."""
        self._response: Send | None = None
        self._end_at = self.deadline = now + TRYING_AFTER

    @property
    def has_final(self) -> bool:
        """Whether the INVITE was answered for good, so that a CANCEL comes too late (§9.2)."""
        return self.state is not _PROCEEDING

    @property
    def response(self) -> bytes:
        """The response that was sent last, empty before the first one."""
        return b"" if self._response is None else self._response.data

    def handle(self, event: Event, now: float) -> tuple[Action, ...]:
        """Take one event; what the table does not list yields no action."""
        if isinstance(event, ResponseOffered):
            status = event.status
            if status < 200:
                return self._step(_PROVISIONAL, event.data, now)
            return self._step(_SUCCESS if status < 300 else _FAILURE, event.data, now)
        if isinstance(event, RequestReceived):
            return self._step(Input.INVITE, None, now)
        if isinstance(event, AckReceived):
            return self._step(_ACK, event.message, now)
        if isinstance(event, FlowFailed):
            return self._step(Input.FLOW_FAILED, None, now)
        return ()

    def release(self) -> None:
        """A call keeps the INVITE that began it; of its message only the identity is left."""
        self._response = None
        self.request.release()

    def _do(self, effect: StrEnum, matter: Any, now: float) -> Action | None:
        """Perform one effect; the matter is a response as octets, or an ACK."""
        # The most frequent first.
        if effect is _SEND:
            return self._send(matter)
        if effect is _START_L or effect is _START_H:
            self._end_at = now + TIMEOUT
        elif effect is _START_G:
            if not self.flow.reliable:
                self._interval = T1
                self._repeat_at = now + T1
        elif effect is _START_I:
            self._repeat_at = inf
            self._end_at = now if self.flow.reliable else now + T4
        elif effect is _PASS:
            return Deliver(matter)
        elif effect is _SEND_TRYING:
            # No tag in To: §17.2.1 downgrades it to SHOULD NOT for this response.
            source = (self.flow.host, self.flow.port)
            return self._send(build.response(self.request, 100, source=source))
        elif effect is _REPEAT:
            return self._response
        elif effect is _RESET_G:
            self._interval = min(2 * self._interval, T2)
            self._repeat_at = now + self._interval
        elif effect is _INFORM_NO_ACK:
            return NO_ACK
        elif effect is _INFORM_FLOW:
            return FLOW_LOST
        else:
            raise LookupError(f"nobody knows how to {effect}")
        return None

    def _send(self, data: bytes) -> Action:
        self._response = response = Send(data)
        if self.state is _PROCEEDING:
            self._end_at = inf
        return response
