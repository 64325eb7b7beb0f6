"""Non-INVITE server transaction: RFC 3261 figure 8, amended by RFC 4320 and RFC 6026.

Differences from the figure:

- RFC 4320 §4.1: only 100 is ever sent before the final response, over UDP not before the
  client's timer E has reached T2, and by the machine itself at that moment.
- RFC 4320 §4.2: a 408 is never sent; the request stays unanswered and its repetitions absorbed.
- A client gives up after 64*T1 (timer F), so an unanswered transaction ends then: a table of
  transactions cannot fill up with requests that nobody answered.
- RFC 6026 §8.8: an error of the transport never ends a server transaction.
"""

from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import Any, ClassVar, Final

from sipcore.kernel.flow import Flow
from sipcore.kernel.timers import T1, TIMEOUT
from sipcore.message import build
from sipcore.message.message import Request
from sipcore.transaction.actions import FLOW_LOST, Action, Send
from sipcore.transaction.events import Event, FlowFailed, RequestReceived, ResponseOffered
from sipcore.transaction.machine import Machine, Table, compile_rows

TRYING_AFTER: Final = 7 * T1
"""Seconds until a client's timer E is reset to T2: 0.5 + 1 + 2 (RFC 4320 §4.1)."""


class State(StrEnum):
    """Where the transaction is."""

    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    TERMINATED = "Terminated"


class Input(StrEnum):
    """What can happen to it."""

    REQUEST = "Request"
    TRYING = "100 from TU"
    FORBIDDEN = "other 1xx or early 100 from TU"
    FINAL = "200-699 from TU"
    TIMEOUT = "408 from TU"
    SILENCE = "Timer E of the client reaches T2"
    TIMER_F = "Timer F of the client fires"
    TIMER_J = "Timer J"
    FLOW_FAILED = "Trnsprt Err"


class Effect(StrEnum):
    """What the machine does about it."""

    SEND = "send response"
    REPEAT = "send last response"
    SEND_TRYING = "send 100"
    INFORM_FLOW = "inform TU"
    START_J = "start J"


_E = Effect
TABLE: Table = MappingProxyType(
    {
        (State.TRYING, Input.REQUEST): ((), State.TRYING),
        (State.TRYING, Input.TRYING): ((_E.SEND,), State.PROCEEDING),
        (State.TRYING, Input.FORBIDDEN): ((), State.TRYING),
        (State.TRYING, Input.SILENCE): ((_E.SEND_TRYING,), State.PROCEEDING),
        (State.TRYING, Input.FINAL): ((_E.SEND, _E.START_J), State.COMPLETED),
        (State.TRYING, Input.TIMEOUT): ((_E.START_J,), State.COMPLETED),
        (State.TRYING, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.TRYING),
        (State.TRYING, Input.TIMER_F): ((), State.TERMINATED),
        (State.PROCEEDING, Input.REQUEST): ((_E.REPEAT,), State.PROCEEDING),
        (State.PROCEEDING, Input.TRYING): ((_E.SEND,), State.PROCEEDING),
        (State.PROCEEDING, Input.FORBIDDEN): ((), State.PROCEEDING),
        (State.PROCEEDING, Input.FINAL): ((_E.SEND, _E.START_J), State.COMPLETED),
        (State.PROCEEDING, Input.TIMEOUT): ((_E.START_J,), State.COMPLETED),
        (State.PROCEEDING, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.PROCEEDING),
        (State.PROCEEDING, Input.TIMER_F): ((), State.TERMINATED),
        (State.COMPLETED, Input.REQUEST): ((_E.REPEAT,), State.COMPLETED),
        (State.COMPLETED, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.COMPLETED),
        (State.COMPLETED, Input.TIMER_J): ((), State.TERMINATED),
    }
)
_FIRST: Final = compile_rows(TABLE)[State.TRYING]
# By names of the module, which cost less than those of a class.
_TRYING: Final = State.TRYING
_FINAL: Final = Input.FINAL
_SEND: Final = Effect.SEND
_REPEAT: Final = Effect.REPEAT
_SEND_TRYING: Final = Effect.SEND_TRYING
_INFORM_FLOW: Final = Effect.INFORM_FLOW
_START_J: Final = Effect.START_J


class NonInviteServer(Machine):
    """One request other than INVITE and ACK that we answer."""

    __slots__ = ("_opened_at", "_response", "request")

    TIMERS: ClassVar = {
        State.TRYING: (Input.SILENCE, Input.TIMER_F),
        State.PROCEEDING: (None, Input.TIMER_F),
        State.COMPLETED: (None, Input.TIMER_J),
    }

    def __init__(self, key: bytes, request: Request, flow: Flow, now: float) -> None:
        super().__init__(key, flow, _TRYING, _FIRST, None)
        self.request = request
        """The request that created the transaction."""
        self._response: Send | None = None
        self._opened_at = now
        self._repeat_at = self.deadline = now + TRYING_AFTER
        self._end_at = now + TIMEOUT

    @property
    def response(self) -> bytes:
        """The response that was sent last, empty before the first one."""
        return b"" if self._response is None else self._response.data

    def handle(self, event: Event, now: float) -> tuple[Action, ...]:
        """Take one event; what the table does not list yields no action."""
        if isinstance(event, ResponseOffered):
            return self._step(self._kind_of(event.status, now), event.data, now)
        if isinstance(event, RequestReceived):
            return self._step(Input.REQUEST, None, now)
        if isinstance(event, FlowFailed):
            return self._step(Input.FLOW_FAILED, None, now)
        return ()

    def _kind_of(self, status: int, now: float) -> Input:
        if status >= 200:
            return Input.TIMEOUT if status == 408 else _FINAL
        is_late = now >= self._opened_at + TRYING_AFTER
        if status == 100 and (is_late or self.flow.reliable):
            return Input.TRYING
        return Input.FORBIDDEN

    def _do(self, effect: StrEnum, matter: Any, now: float) -> Action | None:
        """Perform one effect; the matter is a response as octets."""
        # The most frequent first.
        if effect is _SEND:
            return self._send(matter)
        if effect is _START_J:
            self._repeat_at = inf
            self._end_at = now if self.flow.reliable else now + TIMEOUT
        elif effect is _REPEAT:
            return self._response
        elif effect is _SEND_TRYING:
            source = (self.flow.host, self.flow.port)
            return self._send(build.response(self.request, 100, source=source))
        elif effect is _INFORM_FLOW:
            return FLOW_LOST
        else:
            raise LookupError(f"nobody knows how to {effect}")
        return None

    def _send(self, data: bytes) -> Action:
        self._response = response = Send(data)
        self._repeat_at = inf
        return response
