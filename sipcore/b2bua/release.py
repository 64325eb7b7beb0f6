"""Why a leg is released, and the Reason header that tells the other side (RFC 3326)."""

from enum import Enum
from typing import Final


class ReleaseReason(Enum):
    """The value is what the records say; `header` is the Reason line on CANCEL and BYE."""

    ANSWERED_ELSEWHERE = "answered_elsewhere"
    CALLER_HUNG_UP = "caller_hung_up"
    CALLEE_HUNG_UP = "callee_hung_up"
    STAGE_TIMEOUT = "stage_timeout"
    UNREGISTERED = "unregistered"
    DECLINED = "declined"
    LATE_ANSWER = "late_answer"
    NO_ACK = "no_ack"
    NO_PRACK = "no_prack"
    LEG_LOST = "leg_lost"
    SESSION_EXPIRED = "session_expired"
    EXPIRED = "expired"
    RING_LIMIT = "ring_limit"
    TIME_LIMIT = "time_limit"
    TRANSFERRED = "transferred"
    NOT_JOINED = "not_joined"
    SHUTDOWN = "shutdown"

    @property
    def word(self) -> str:
        """What the records say: the value, which an enumeration itself gives away slowly."""
        word: str = self._value_
        return word

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
_LOSSES: Final = frozenset(
    reason.value
    for reason in (ReleaseReason.LEG_LOST, ReleaseReason.NO_ACK, ReleaseReason.SESSION_EXPIRED)
)
_LINES: Final = {
    ReleaseReason.ANSWERED_ELSEWHERE: b'Reason: SIP;cause=200;text="Call completed elsewhere"',
    ReleaseReason.CALLER_HUNG_UP: b'Reason: SIP;cause=487;text="Request Terminated"',
    ReleaseReason.CALLEE_HUNG_UP: b'Reason: Q.850;cause=16;text="Normal call clearing"',
    ReleaseReason.STAGE_TIMEOUT: b'Reason: SIP;cause=408;text="Nobody answered"',
    ReleaseReason.UNREGISTERED: b'Reason: SIP;cause=480;text="Unregistered"',
    ReleaseReason.DECLINED: b'Reason: SIP;cause=603;text="Declined by another party"',
    ReleaseReason.LATE_ANSWER: b'Reason: SIP;cause=200;text="Call completed elsewhere"',
    ReleaseReason.NO_ACK: b'Reason: SIP;cause=408;text="ACK missing"',
    ReleaseReason.NO_PRACK: b'Reason: SIP;cause=504;text="PRACK missing"',
    ReleaseReason.SESSION_EXPIRED: b'Reason: SIP;cause=408;text="Session expired"',
    ReleaseReason.LEG_LOST: b'Reason: SIP;cause=481;text="Other party lost"',
    ReleaseReason.EXPIRED: b'Reason: SIP;cause=487;text="Invitation expired"',
    ReleaseReason.RING_LIMIT: b'Reason: SIP;cause=408;text="Nobody answered"',
    ReleaseReason.TIME_LIMIT: b'Reason: Q.850;cause=102;text="Longest call time"',
    ReleaseReason.TRANSFERRED: b'Reason: SIP;cause=200;text="Call transferred"',
    ReleaseReason.NOT_JOINED: b'Reason: SIP;cause=488;text="No common media"',
    ReleaseReason.SHUTDOWN: b'Reason: SIP;cause=503;text="Server is stopping"',
}
_HEADERS: Final = {reason.value: line for reason, line in _LINES.items()}
