"""Why a leg is released, and the Reason header that tells the other side (RFC 3326)."""

from enum import Enum


class ReleaseReason(Enum):
    """The value is what the records say; `header` is the Reason line on CANCEL and BYE."""

    ANSWERED_ELSEWHERE = "answered_elsewhere"
    CALLER_HUNG_UP = "caller_hung_up"
    CALLEE_HUNG_UP = "callee_hung_up"
    STAGE_TIMEOUT = "stage_timeout"
    DECLINED = "declined"
    LATE_ANSWER = "late_answer"
    NO_ACK = "no_ack"
    NO_PRACK = "no_prack"
    LEG_LOST = "leg_lost"
    SESSION_EXPIRED = "session_expired"
    EXPIRED = "expired"
    TIME_LIMIT = "time_limit"
    TRANSFERRED = "transferred"
    NOT_JOINED = "not_joined"
    SHUTDOWN = "shutdown"

    @property
    def is_loss(self) -> bool:
        """Whether no phone asked for it: one was not heard of any more."""
        return self._value_ in _LOSSES

    @property
    def header(self) -> bytes:
        """Complete Reason header line."""
        return _HEADERS[self._value_]

    @property
    def bye_header(self) -> bytes:
        """Reason line on the BYE of an answered call: hanging up is normal clearing."""
        if self is ReleaseReason.CALLER_HUNG_UP:
            return ReleaseReason.CALLEE_HUNG_UP.header
        return self.header


# By value: to hash a member of an enumeration costs more than the rest of such a look-up.
_LOSSES = frozenset(("leg_lost", "no_ack", "session_expired"))

_HEADERS = {
    "answered_elsewhere": b'Reason: SIP;cause=200;text="Call completed elsewhere"',
    "caller_hung_up": b'Reason: SIP;cause=487;text="Request Terminated"',
    "callee_hung_up": b'Reason: Q.850;cause=16;text="Normal call clearing"',
    "stage_timeout": b'Reason: SIP;cause=408;text="Nobody answered"',
    "declined": b'Reason: SIP;cause=603;text="Declined by another party"',
    "late_answer": b'Reason: SIP;cause=200;text="Call completed elsewhere"',
    "no_ack": b'Reason: SIP;cause=408;text="ACK missing"',
    "no_prack": b'Reason: SIP;cause=504;text="PRACK missing"',
    "session_expired": b'Reason: SIP;cause=408;text="Session expired"',
    "leg_lost": b'Reason: SIP;cause=481;text="Other party lost"',
    "expired": b'Reason: SIP;cause=487;text="Invitation expired"',
    "time_limit": b'Reason: Q.850;cause=102;text="Longest call time"',
    "transferred": b'Reason: SIP;cause=200;text="Call transferred"',
    "not_joined": b'Reason: SIP;cause=488;text="No common media"',
    "shutdown": b'Reason: SIP;cause=503;text="Server is stopping"',
}
