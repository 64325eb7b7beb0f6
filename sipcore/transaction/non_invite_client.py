"""Non-INVITE client transaction: RFC 3261 figure 6, unchanged."""

from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import Any, ClassVar, Final

from sipcore.kernel.flow import Flow
from sipcore.kernel.timers import T1, T2, T4, TIMEOUT
from sipcore.transaction.actions import FLOW_LOST, NO_RESPONSE, Action, Deliver, Send
from sipcore.transaction.events import Event, FlowFailed, ResponseReceived
from sipcore.transaction.machine import Machine, Table, compile_rows


class State(StrEnum):
    """Where the transaction is."""

    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    TERMINATED = "Terminated"


class Input(StrEnum):
    """What can happen to it."""

    PROVISIONAL = "1xx"
    FINAL = "200-699"
    TIMER_E = "Timer E"
    TIMER_F = "Timer F"
    TIMER_K = "Timer K"
    FLOW_FAILED = "Transport Err."


class Effect(StrEnum):
    """What the machine does about it."""

    SEND = "send request"
    PASS = "resp. to TU"  # noqa: S105 - a verb, not a secret
    INFORM_TIMEOUT = "inform TU (no response)"
    INFORM_FLOW = "inform TU"
    DOUBLE_E = "reset E doubled"
    RESET_E = "reset E to T2"
    START_K = "start K"


_E = Effect
TABLE: Table = MappingProxyType(
    {
        (State.TRYING, Input.TIMER_E): ((_E.SEND, _E.DOUBLE_E), State.TRYING),
        (State.TRYING, Input.TIMER_F): ((_E.INFORM_TIMEOUT,), State.TERMINATED),
        (State.TRYING, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.TERMINATED),
        (State.TRYING, Input.PROVISIONAL): ((_E.PASS,), State.PROCEEDING),
        (State.TRYING, Input.FINAL): ((_E.PASS, _E.START_K), State.COMPLETED),
        (State.PROCEEDING, Input.TIMER_E): ((_E.SEND, _E.RESET_E), State.PROCEEDING),
        (State.PROCEEDING, Input.TIMER_F): ((_E.INFORM_TIMEOUT,), State.TERMINATED),
        (State.PROCEEDING, Input.FLOW_FAILED): ((_E.INFORM_FLOW,), State.TERMINATED),
        (State.PROCEEDING, Input.PROVISIONAL): ((_E.PASS,), State.PROCEEDING),
        (State.PROCEEDING, Input.FINAL): ((_E.PASS, _E.START_K), State.COMPLETED),
        (State.COMPLETED, Input.TIMER_K): ((), State.TERMINATED),
    }
)
_FIRST: Final = compile_rows(TABLE)[State.TRYING]
# By names of the module, which cost less than those of a class.
_TRYING: Final = State.TRYING
_PROVISIONAL: Final = Input.PROVISIONAL
_FINAL: Final = Input.FINAL
_SEND: Final = Effect.SEND
_PASS: Final = Effect.PASS
_INFORM_TIMEOUT: Final = Effect.INFORM_TIMEOUT
_INFORM_FLOW: Final = Effect.INFORM_FLOW
_DOUBLE_E: Final = Effect.DOUBLE_E
_RESET_E: Final = Effect.RESET_E
_START_K: Final = Effect.START_K


class NonInviteClient(Machine):
    """One request other than INVITE and ACK that we sent."""

    __slots__ = ("_request", "data")

    TIMERS: ClassVar = {
        State.TRYING: (Input.TIMER_E, Input.TIMER_F),
        State.PROCEEDING: (Input.TIMER_E, Input.TIMER_F),
        State.COMPLETED: (None, Input.TIMER_K),
    }

    def __init__(self, key: bytes, data: bytes, flow: Flow, owner: object, now: float) -> None:
        super().__init__(key, flow, _TRYING, _FIRST, owner)
        self.data = data
        """The request as it is sent."""
        self._request = Send(data)
        self._end_at = self.deadline = now + TIMEOUT
        if not flow.reliable:
            self._interval = T1
            self._repeat_at = self.deadline = now + T1

    @property
    def method(self) -> bytes:
        """Method of the request."""
        return self.data.partition(b" ")[0]

    def start(self) -> tuple[Action, ...]:
        """Send the request for the first time; call once, at the time given to the constructor."""
        return (self._request,)

    def handle(self, event: Event, now: float) -> tuple[Action, ...]:
        """Take one event; what the table does not list yields no action."""
        if isinstance(event, ResponseReceived):
            response = event.message
            stimulus = _PROVISIONAL if response.status < 200 else _FINAL
            return self._step(stimulus, response, now)
        if isinstance(event, FlowFailed):
            return self._step(Input.FLOW_FAILED, None, now)
        return ()

    def _do(self, effect: StrEnum, matter: Any, now: float) -> Action | None:
        """Perform one effect; the matter is a response."""
        # The most frequent first.
        if effect is _PASS:
            return Deliver(matter)
        if effect is _START_K:
            self._repeat_at = inf
            self._end_at = now if self.flow.reliable else now + T4
        elif effect is _SEND:
            return self._request
        elif effect is _DOUBLE_E:
            self._interval = min(2 * self._interval, T2)
            self._repeat_at = now + self._interval
        elif effect is _RESET_E:
            self._repeat_at = now + T2
        elif effect is _INFORM_TIMEOUT:
            return NO_RESPONSE
        elif effect is _INFORM_FLOW:
            return FLOW_LOST
        else:
            raise LookupError(f"nobody knows how to {effect}")
        return None
