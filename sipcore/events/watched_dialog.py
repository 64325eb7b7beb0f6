"""WatchedDialog: one phone's dialog and the machine of its states (RFC 4235 §3.7).

The figure of §3.7.1, one machine for callers and callees:

    trying --1xx without tag--> proceeding --1xx with tag--> early --2xx--> confirmed
       any of them --cancelled, rejected, replaced, local-bye, remote-bye, error, timeout-->
    terminated
"""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """States of RFC 4235 §3.7.1, as its documents write them."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Input(StrEnum):
    """What can happen to a dialog; those that end it are the values of the attribute `event`."""

    RANG = "1xx-notag"
    RANG_WITH_TAG = "1xx-tag"
    ANSWERED = "2xx"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    REPLACED = "replaced"
    LOCAL_BYE = "local-bye"
    REMOTE_BYE = "remote-bye"
    ERROR = "error"
    TIMEOUT = "timeout"


_S, _I = State, Input
_BEFORE = (_S.TRYING, _S.PROCEEDING, _S.EARLY)
TABLE: Final = MappingProxyType(
    {
        (_S.TRYING, _I.RANG): _S.PROCEEDING,
        (_S.TRYING, _I.RANG_WITH_TAG): _S.EARLY,
        (_S.PROCEEDING, _I.RANG_WITH_TAG): _S.EARLY,
        **{(state, _I.ANSWERED): _S.CONFIRMED for state in _BEFORE},
        **{
            (state, end): _S.TERMINATED
            for state in _BEFORE
            for end in (_I.CANCELLED, _I.REJECTED, _I.REPLACED, _I.ERROR, _I.TIMEOUT)
        },
        **{
            (_S.CONFIRMED, end): _S.TERMINATED
            for end in (_I.LOCAL_BYE, _I.REMOTE_BYE, _I.REPLACED, _I.ERROR, _I.TIMEOUT)
        },
    }
)
"""(state, input) → next state; any other input changes nothing."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end, as the watched phone was told."""

    user: str
    display: str


@dataclass(slots=True)
class WatchedDialog:
    """One dialog of a phone, from that phone's point of view; never changed, only replaced."""

    id: str
    user: str
    """Account of the phone."""
    display: str
    is_initiator: bool
    call_id: str
    local_tag: str
    """The phone's tag; empty as long as it has not said one."""
    remote_tag: str
    """Our tag; empty as long as the phone was not told one."""
    peer: Peer | None
    """None when the other end is outside the phone's site, or wants to stay unnamed."""
    state: State = State.TRYING
    event: str = ""
    """What ended it."""
    code: int = 0
    """SIP status that ended it; 0 when none did."""
    since: float = field(default=0.0, compare=False)
    """UTC seconds when it began."""
