"""The door log: who did what at which door, when, with which kind of key and with what result.

Columns are those of F267, with the true outcome that F268 asks for beside the response
column, and kind and id of the credential (F269). A digit that somebody pressed is never among
them: the key names the relay whose code was used, not the code.

A row tells what was true when it was written, so it carries names beside ids and outlives the
device, relay or person it names: none of its ids is a foreign key.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from directory.database import Database
from directory.model.base import NEVER_REUSE_IDS, Base, SiteBound
from directory.row_writer import RowWriter


class LogType(StrEnum):
    """What sort of thing happened (F265); a filter without one means all."""

    CALL = "call"
    DOOR_RELEASE = "door_release"
    DOOR_CLOSE = "door_close"


class Response(StrEnum):
    """What the response column shows; rows of calls always show `allowed` (F268)."""

    ALLOWED = "allowed"
    DENIED = "denied"


IN_CALL_DTMF = "in_call_dtmf"
"""Method of a release by digits of a call."""
CALL = "call"
"""Method of a visit whose call went through the server."""
IP_CALL = "ip_call"
"""Method of a visit whose call went from the door to the phone, as they report it (F092)."""
DTMF_KEY = "dtmf"
"""Kind of key of such a release; its id names the relay: `relay:12`."""
PASSED_ON = "passed_on"
"""True outcome of a release: the code went on to the door, which switches the relay itself."""


@dataclass(frozen=True, slots=True)
class DoorLogEntry:
    """One row as a value; `id` is 0 until it is stored."""

    at: float
    """Seconds since the epoch, UTC (happened on)."""
    site_id: int
    device_name: str
    """The door."""
    initiated_by: str
    """Name of who did it."""
    actor_kind: str
    """`indoor`, `app`, `guard`, `landline`, `door`, `visitor` or `unknown`."""
    method: str
    """`in_call_dtmf`, or for a call `call` or `ip_call`."""
    log_type: str
    """A value of `LogType`."""
    action: str
    """`open` or `call`."""
    response: str
    """A value of `Response`."""
    outcome: str
    """`passed_on` or `denied`; for calls `answered`, `missed`, `refused`, `busy`, `failed`, …"""
    reason: str = ""
    """Machine-readable reason of the decision or of the call's end."""
    status: int | None = None
    """SIP status of a call that was not answered."""
    building_id: int | None = None
    building: str = ""
    apartment_id: int | None = None
    apartment: str = ""
    """Number of the apartment that opened or was called."""
    device_id: int | None = None
    relay_id: int | None = None
    relay_name: str = ""
    account_user: str = ""
    """SIP user, or telephone number, of who did it."""
    person_id: int | None = None
    key_kind: str = ""
    """Kind of credential, `dtmf` for digits of a call; empty when there was none."""
    key_id: str = ""
    call_id: str = ""
    """The call, and for a door's call the visit, this belongs to."""
    capture: str = ""
    """Where the picture taken at that moment is; empty when there is none."""
    id: int = 0


class DoorLog(SiteBound, Base):
    """The stored rows; the scope of a session limits them to its sites."""

    __tablename__ = "door_log"
    __table_args__ = (Index("ix_door_log_site_id_at", "site_id", "at"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float]
    site_id: Mapped[int] = mapped_column()
    building_id: Mapped[int | None]
    building: Mapped[str]
    apartment_id: Mapped[int | None]
    apartment: Mapped[str]
    device_id: Mapped[int | None]
    device_name: Mapped[str]
    relay_id: Mapped[int | None]
    relay_name: Mapped[str]
    initiated_by: Mapped[str]
    actor_kind: Mapped[str]
    account_user: Mapped[str]
    person_id: Mapped[int | None]
    method: Mapped[str]
    log_type: Mapped[str]
    action: Mapped[str]
    key_kind: Mapped[str]
    key_id: Mapped[str]
    response: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str]
    status: Mapped[int | None]
    call_id: Mapped[str] = mapped_column(index=True)
    capture: Mapped[str]

    def entry(self) -> DoorLogEntry:
        """The row as a value."""
        return DoorLogEntry(**{name: getattr(self, name) for name in COLUMNS})


COLUMNS = tuple(field.name for field in fields(DoorLogEntry))
"""Names that a stored row and an entry share."""


def door_log_writer(database: Database) -> RowWriter[DoorLogEntry]:
    """Writes entries behind; its owner starts and closes it."""
    return RowWriter(database, DoorLog)
