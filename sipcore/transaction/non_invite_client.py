"""Non-INVITE client transaction: RFC 3261 figure 6, unchanged."""

from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import Any, ClassVar

from sipcore.kernel.flow import Flow
from sipcore.kernel.timers import T1, T2, T4, TIMEOUT
from sipcore.transaction.actions import NO_RESPONSE, Action, Send
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


class NonInviteClient(Machine):
    """One request other than INVITE and ACK that we sent."""

    __slots__ = ("_request", "data")

    TIMERS: ClassVar = {
        State.TRYING: (Input.TIMER_E, Input.TIMER_F),
        State.PROCEEDING: (Input.TIMER_E, Input.TIMER_F),
        State.COMPLETED: (None, Input.TIMER_K),
    }

    def __init__(self, key: bytes, data: bytes, flow: Flow, owner: object, now: float) -> None:
        super().__init__(key, flow, State.TRYING, owner)
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
            stimulus = Input.PROVISIONAL if response.status < 200 else Input.FINAL
            return self._step(stimulus, response, now)
        if isinstance(event, FlowFailed):
            return self._step(Input.FLOW_FAILED, None, now)
        return ()

    def _send(self, matter: Any, now: float) -> Action | None:
        return self._request

    def _inform_timeout(self, matter: Any, now: float) -> Action | None:
        return NO_RESPONSE

    def _double_e(self, matter: Any, now: float) -> Action | None:
        self._interval = min(2 * self._interval, T2)
        self._repeat_at = now + self._interval
        return None

    def _reset_e(self, matter: Any, now: float) -> Action | None:
        self._repeat_at = now + T2
        return None

    def _start_k(self, matter: Any, now: float) -> Action | None:
        self._repeat_at = inf
        self._end_at = now if self.flow.reliable else now + T4
        return None


NonInviteClient.ROWS = compile_rows(
    TABLE,
    {
        Effect.SEND: NonInviteClient._send,
        Effect.PASS: Machine._pass_to_user,
        Effect.INFORM_TIMEOUT: NonInviteClient._inform_timeout,
        Effect.INFORM_FLOW: Machine._inform_flow_lost,
        Effect.DOUBLE_E: NonInviteClient._double_e,
        Effect.RESET_E: NonInviteClient._reset_e,
        Effect.START_K: NonInviteClient._start_k,
    },
)
