"""Devices: door phones, indoor monitors, guard phones and access control terminals."""

from typing import ClassVar

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from directory.kinds import ContactDisplay, DeviceScope, DeviceType, Transport
from directory.model.base import NEVER_REUSE_IDS, SECRET, Base, Row, SiteBound


class Device(Row, SiteBound, Base):
    """A device, whom it serves (F105) and how it is set up."""

    __tablename__ = "devices"
    __table_args__ = (NEVER_REUSE_IDS,)
    word: ClassVar[str] = "device"

    name: Mapped[str] = mapped_column(String(64))
    type: Mapped[DeviceType]
    vendor: Mapped[str] = mapped_column(String(32))
    """Lower case, for instance `akuvox`."""
    model: Mapped[str] = mapped_column(String(32))
    """As on the label, for instance `R29`; limits the number of relays (F127)."""
    mac: Mapped[str | None] = mapped_column(String(12), unique=True)
    """Twelve upper-case hexadecimal digits (F097), bound in the MAC library (F096)."""
    scope: Mapped[DeviceScope]
    building_id: Mapped[int | None] = mapped_column(
        ForeignKey("buildings.id", ondelete="CASCADE"), index=True
    )
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    apartment_id: Mapped[int | None] = mapped_column(
        ForeignKey("apartments.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    transport: Mapped[Transport]
    monitor_allowed: Mapped[bool]
    """Others may call it to look through it (F111)."""
    contact_display: Mapped[ContactDisplay]
    contacts: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Exactly who is in its contact list (F102): `apartment:12`, `person:7`, `account:31`; None for
    everybody it serves."""
    call_number: Mapped[str] = mapped_column(String(64))
    """What the call button dials; empty for what follows from the scope."""
    address: Mapped[str] = mapped_column(String(45), default="", server_default=text("''"))
    """Its IP address in its own network, for calls past the server (F067); empty when that is for
    the server to find out."""
    autop_token: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    """Sealed; names the device in its autop URL."""
    autop_token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    armed_until: Mapped[float | None]
    """Until then the files may be fetched by MAC alone; None when not armed."""


def token_context(digest: str) -> str:
    """What binds a sealed autop token to its row: the hash it is found by."""
    return f"devices.autop_token:{digest}"
