"""The autop ledger: who fetched which file when, which bytes they got, and how it was decided.

It answers the question nobody can answer elsewhere: why does this device not have its settings?
A row names the file only when it is the name of a known file, and never the path, because the
path may hold a token. Rows outlive the device they name, so no id is a foreign key.
"""

from dataclasses import dataclass, fields

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from directory.database import Database
from directory.model.base import NEVER_REUSE_IDS, Base, SiteBound
from directory.row_writer import RowWriter

GATHER = 0.25
"""Seconds that fetches are gathered: the devices of a building ask in the same moment."""


@dataclass(frozen=True, slots=True)
class AutopFetch:
    """One request as a value; `id` is 0 until it is stored."""

    at: float
    """Seconds since the epoch, UTC."""
    status: int
    """200, 304, 404 or 503."""
    decision: str
    """Why: `token`, `window` or `retry` for a file that was served; else the refusal, such as
    `not_armed`, `unknown_mac` or `foreign_mac`."""
    remote_address: str
    """Source address without port."""
    method: str = "GET"
    site_id: int | None = None
    """None when no device was recognised; such rows are for those who see every site."""
    device_id: int | None = None
    mac: str | None = None
    """Twelve upper-case hexadecimal digits: of the device, else what the file name claimed."""
    file: str = ""
    """Name of the file; empty when it is the name of no file we know."""
    kind: str = ""
    """`device`, `common` or `contacts`; empty when nothing was recognised."""
    etag: str | None = None
    """Of the file that was served or confirmed."""
    size: int = 0
    """Octets of the body that was sent."""
    once: int = 0
    """One-time lines that this file carried (F244)."""
    user_agent: str = ""
    evidence: str = ""
    """What the request said of itself and where: `mac=0C… (path), model=R29 (user_agent)`."""
    notes: str = ""
    """What could not be put into the file, in sentences."""
    id: int = 0


class AutopLedger(SiteBound, Base):
    """The stored rows; the scope of a session limits them to its sites."""

    __tablename__ = "autop_ledger"
    __table_args__ = (Index("ix_autop_ledger_site_id_at", "site_id", "at"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    # Nullable, unlike that of other rows: a request may be for no known device.
    site_id: Mapped[int | None] = mapped_column()  # type: ignore[assignment]
    device_id: Mapped[int | None] = mapped_column(index=True)
    mac: Mapped[str | None] = mapped_column(index=True)
    remote_address: Mapped[str]
    method: Mapped[str]
    file: Mapped[str]
    kind: Mapped[str]
    status: Mapped[int]
    decision: Mapped[str]
    etag: Mapped[str | None]
    size: Mapped[int]
    once: Mapped[int]
    user_agent: Mapped[str]
    evidence: Mapped[str]
    notes: Mapped[str]

    def fetch(self) -> AutopFetch:
        """The row as a value."""
        return AutopFetch(**{name: getattr(self, name) for name in COLUMNS})


COLUMNS = tuple(field.name for field in fields(AutopFetch))
"""Names that a stored row and a value share."""


def ledger_writer(database: Database) -> RowWriter[AutopFetch]:
    """Writes fetches behind; its owner starts and closes it."""
    return RowWriter(database, AutopLedger, gather=GATHER)
