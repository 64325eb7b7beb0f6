"""Everything a device may be told about itself, as frozen values for the autop server."""

from dataclasses import dataclass, field

from directory.kinds import (
    CallMode,
    ContactDisplay,
    DateFormat,
    DeviceType,
    TimeFormat,
    Transport,
)
from directory.secrets import Secret


@dataclass(frozen=True, slots=True)
class DeviceAccount:
    """The SIP account a device registers with."""

    user: str
    password: Secret
    display: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """One relay of a door (F125, F126)."""

    index: int
    """1 for relay A."""
    name: str
    dtmf_code: str = field(repr=False)
    """One to four of `0-9 * #`; empty when digits do not open it."""
    in_call: bool = True
    hold_seconds: int = 5
    """Seconds the relay stays switched."""


@dataclass(frozen=True, slots=True)
class ServedDoor:
    """A door that may ring this monitor or guard phone, with the codes that open it."""

    device_id: int
    name: str
    user: str
    """SIP user of the door; empty when it has no account."""
    relays: tuple[RelaySettings, ...]
    monitor_allowed: bool = True
    """Whether the monitor may call it to look through it (F111)."""


@dataclass(frozen=True, slots=True)
class DirectPeer:
    """A monitor that is called at its own address, past the server (F067)."""

    name: str
    user: str
    """Its SIP user: how it is called while its address is not known."""
    address: str = ""
    """As an operator entered it; empty for the address it registers from."""


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """One line of a contact list."""

    name: str
    number: str
    """What the device dials."""
    kind: str
    """`owner` (apartment or person as a group), `indoor`, `app`, `guard` or `door`."""
    group: str = ""
    """Name of the owner the entry belongs to; empty for guards and doors."""
    direct: tuple[DirectPeer, ...] = ()
    """Monitors that are called instead of the number, where one of them has an address (F067)."""
    out_of_reach: bool = False
    """Whether its household wants calls by address, but in another network group (F098)."""


@dataclass(frozen=True, slots=True)
class AutopCommand:
    """An extra configuration line an operator entered for the device (F241)."""

    command_id: int
    key: str
    value: str
    once: bool
    """Delivered a single time, then gone (F244)."""


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """One device and all that its files may contain."""

    device_id: int
    site_id: int
    site_name: str
    name: str
    type: DeviceType
    vendor: str
    """Lower case, for instance `akuvox`."""
    model: str
    """As on the label, for instance `R29`."""
    mac: str
    """Twelve upper-case hexadecimal digits; empty for a device without one."""
    token: Secret
    """Names the device in its own autop URL."""
    armed_until: float | None
    """UTC seconds until which the device may be fetched by MAC alone; None when not armed."""
    account: DeviceAccount | None
    transport: Transport
    call_mode: CallMode
    timezone: str
    """IANA name (F041)."""
    time_format: TimeFormat
    date_format: DateFormat
    contact_display: ContactDisplay = ContactDisplay.ONLY_PEOPLE
    monitor_allowed: bool = True
    relays: tuple[RelaySettings, ...] = ()
    """Relays of this device itself, in index order."""
    doors: tuple[ServedDoor, ...] = ()
    """For a monitor or guard phone: the doors it serves, by name."""
    contacts: tuple[ContactEntry, ...] = ()
    """In natural order of names (Flat 2 before Flat 10)."""
    call_numbers: tuple[str, ...] = ()
    """What the call button dials."""
    direct_calls: tuple[DirectPeer, ...] = ()
    """Monitors of its own household that the call button calls instead (F067)."""
    commands: tuple[AutopCommand, ...] = ()
    longest_ring: float = 135.0
    """Seconds that a call in the site may ring at most before the server ends it."""
