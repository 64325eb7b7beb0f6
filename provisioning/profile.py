"""The vendor-neutral profile of a device: everything its files will say, in plain values.

Made from the directory's settings, the abilities of the model, the server's address and the clock
rule of the site; templates only spell it out. What a model cannot do is left out and said in
`notes`, which the ledger keeps beside each fetch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from directory.autop_key import folded, is_key
from directory.hook_token import hook_token
from directory.kinds import (
    DOORS,
    CallMode,
    ContactDisplay,
    DateFormat,
    DeviceType,
    TimeFormat,
    Transport,
)
from directory.queries.provisioning import (
    AutopCommand,
    ContactEntry,
    DeviceSettings,
    RelaySettings,
    ServedDoor,
)
from directory.secrets import Secret
from provisioning import direct
from provisioning.catalogue import Model
from provisioning.direct import Seen
from provisioning.values import URL_LENGTH, is_dialled
from provisioning.zones import ClockRule

DEFAULT_PORTS: Mapping[str, int] = {"udp": 5060, "tcp": 5060, "tls": 5061}
RING_LEAST = 120
"""Seconds a device lets a call ring at least."""
RING_MARGIN = 5
"""Seconds by which a device waits longer than the server, which ends the call."""
SPREAD_HOURS = 4
"""Devices fetch their files again at night, spread over this many hours from 01:00."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where devices reach this server."""

    host: str
    """Name or address of the SIP server as devices see it."""
    ports: Mapping[str, int]
    """SIP port per transport that has a listener: `udp`, `tcp`, `tls`."""
    domain: str
    """Domain of the accounts."""
    public_url: str
    """Address of the autop listener as devices see it, without a trailing slash."""
    registration_expires: int = 300
    """Seconds devices ask for when they register; they take 30-65535."""


@dataclass(frozen=True, slots=True)
class ProfileAccount:
    """The SIP account of the device."""

    user: str
    password: Secret
    display: str
    """Shown on the device and to those it calls; never empty."""


@dataclass(frozen=True, slots=True)
class ProfileRelay:
    """One relay the device has, whether or not the directory gives it a name and a code."""

    index: int
    """1 for relay A."""
    letter: str
    """`A`…`Z`."""
    name: str
    """Empty when the directory does not know the relay (F125)."""
    code: str = field(repr=False)
    """Digits that open it (F126); empty when none do."""
    hold_seconds: int


@dataclass(frozen=True, slots=True)
class UnlockKey:
    """One unlock key a monitor shows during a call."""

    index: int
    """1 for the first key."""
    code: str = field(repr=False)
    """What it sends; empty for a key that is not shown."""
    label: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One device, ready to be spelt out by a template."""

    account: ProfileAccount | None
    transport: Transport
    port: int
    """Of the SIP server, for the transport."""
    autop_url: str = field(repr=False)
    """Folder of the device's own files, with a trailing slash; holds the token."""
    hook_url: str = field(repr=False)
    """What its action URLs begin with, with a trailing slash; holds a token (F092)."""
    contacts_url: str = field(repr=False)
    """Address of the contact list; empty when the model shows none."""
    autop_hour: int
    """Hour of the nightly fetch, fixed by the MAC so that devices spread out."""
    autop_minute: int
    auto_answer: bool
    """A door answers by itself when others may look through it (F111)."""
    relays: tuple[ProfileRelay, ...]
    code_length: int
    """Digits of the longest relay code of this door; 1 when it has none."""
    opens_by_digits: bool
    """Whether any relay of this door has a code."""
    unlock_keys: tuple[UnlockKey, ...]
    ring_seconds: int
    """How long the device lets a call ring: longer than the server does."""
    call_numbers: tuple[str, ...]
    """What the call button dials: numbers on the server, or addresses of monitors (F067)."""
    directory_name: str
    contacts: tuple[ContactEntry, ...]
    clock: ClockRule
    time_format: TimeFormat
    date_format: DateFormat
    commands: tuple[AutopCommand, ...]
    """Extra lines, one per key: the last that was entered (F241, F243)."""
    notes: tuple[str, ...]
    """What could not be rendered, in sentences."""
    calls_by_address: bool = False
    """Whether it dials addresses of other devices (F067)."""
    called_by_address: bool = False
    """Whether others call it at its address."""


def profile_of(
    settings: DeviceSettings,
    model: Model,
    server: ServerAddress,
    clock: ClockRule,
    seen: Seen = direct.nowhere,
) -> Profile:
    """Everything the files of this device will say; `seen` knows where others register from."""
    notes: list[str] = []
    is_door = settings.type in DOORS
    public_url = server.public_url.rstrip("/")
    base = f"{public_url}/autop/{settings.token.reveal()}/"
    hook_url = f"{public_url}/hook/{hook_token(settings.device_id, settings.token.reveal())}/"
    contacts_url = base + model.contacts_file if model.contacts_file else ""
    if max(len(base), len(contacts_url)) > URL_LENGTH:
        notes.append(f"The autop address is longer than the {URL_LENGTH} characters devices take.")
    if settings.transport not in server.ports:
        notes.append(f"The server has no {settings.transport.upper()} listener.")
    numbers, contacts = _directly(settings, model, seen, notes)
    by_address = settings.call_mode is CallMode.IP and model.calls_by_address
    spread = int(settings.mac or "0", 16)
    relays = _relays(settings.relays, model, notes) if is_door else ()
    return Profile(
        account=_account(settings),
        transport=settings.transport,
        port=server.ports.get(settings.transport, DEFAULT_PORTS[settings.transport]),
        autop_url=base,
        hook_url=hook_url,
        contacts_url=contacts_url,
        autop_hour=1 + spread // 60 % SPREAD_HOURS,
        autop_minute=spread % 60,
        auto_answer=is_door and settings.monitor_allowed,
        relays=relays,
        code_length=max((len(relay.code) for relay in relays), default=1) or 1,
        opens_by_digits=any(relay.code for relay in relays),
        unlock_keys=_unlock_keys(settings.doors, model, notes),
        ring_seconds=max(RING_LEAST, ceil(settings.longest_ring) + RING_MARGIN),
        call_numbers=_call_numbers(numbers, model, notes),
        directory_name=settings.site_name,
        contacts=_contacts(settings, contacts, notes),
        clock=clock,
        time_format=settings.time_format,
        date_format=settings.date_format,
        commands=_commands(settings.commands, model, notes),
        notes=tuple(notes),
        calls_by_address=(numbers, contacts) != (settings.call_numbers, settings.contacts),
        called_by_address=by_address and settings.type is DeviceType.INDOOR_MONITOR,
    )


def _directly(
    settings: DeviceSettings, model: Model, seen: Seen, notes: list[str]
) -> tuple[tuple[str, ...], tuple[ContactEntry, ...]]:
    """The button's numbers and the contacts, with addresses for households in call mode IP (F067).

    Both are as they were when no address takes the place of a number.
    """
    is_ip = settings.call_mode is CallMode.IP
    peers = bool(settings.direct_calls) or any(entry.direct for entry in settings.contacts)
    if not model.calls_by_address:
        if is_ip or peers:
            notes.append(f"Calls go through the server: a {model.name} dials no addresses.")
        return settings.call_numbers, settings.contacts
    far = sum(entry.out_of_reach for entry in settings.contacts)
    if far:
        notes.append(f"Calls to {far} contacts go through the server: another network group.")
    if is_ip and settings.type in DOORS and not peers:
        notes.append("Calls go through the server: addresses of other devices are not known.")
    unknown: list[str] = []
    numbers = direct.numbers(settings.direct_calls, settings.call_numbers, seen, unknown)
    contacts = [line for entry in settings.contacts for line in direct.lines(entry, seen, unknown)]
    notes += [note for note in (direct.note_of(unknown),) if note]
    return numbers, tuple(contacts)


def last_of_each_key(commands: Iterable[AutopCommand]) -> tuple[AutopCommand, ...]:
    """Commands in the order given; of those with the same key, whatever its case, the last (F243).

    A one-time command replaces a lasting one only for the file that carries it.
    """
    last = {folded(command.key): command for command in commands}
    return tuple(last.values())


def _commands(
    commands: tuple[AutopCommand, ...], model: Model, notes: list[str]
) -> tuple[AutopCommand, ...]:
    """Those that can be written as a line of this model's file."""
    if commands and not model.takes_commands:
        notes.append(f"The file of a {model.name} takes no extra lines.")
        return ()
    fit = [command for command in commands if is_key(command.key)]
    if len(fit) < len(commands):
        notes.append("Extra lines whose key is not made of letters, digits and dots are left out.")
    return last_of_each_key(fit)


def _account(settings: DeviceSettings) -> ProfileAccount | None:
    account = settings.account
    if account is None or not account.enabled:
        return None
    display = next(text for text in (account.display, settings.name, account.user) if text.strip())
    return ProfileAccount(account.user, account.password, display)


def _relays(
    known: Iterable[RelaySettings], model: Model, notes: list[str]
) -> tuple[ProfileRelay, ...]:
    """Every relay of the model; codes only where the model can hold them.

    Where all codes must be of one length, that of the first relay with a code counts.
    """
    by_index = {relay.index: relay for relay in known}
    notes.extend(
        f"Relay {by_index[index].name} is number {index}, but a {model.name} has {model.relays}."
        for index in sorted(by_index)
        if index > model.relays
    )
    coded = [
        by_index[index]
        for index in sorted(by_index)
        if index <= model.relays and by_index[index].dtmf_code
    ]
    length = len(coded[0].dtmf_code) if coded else 1
    codes: dict[int, str] = {}
    for relay in coded:
        if model.codes_of_one_length and len(relay.dtmf_code) != length:
            notes.append(f"Relay {relay.name} needs a code as long as the others' ({length}).")
        elif len(relay.dtmf_code) > 1 and relay.index > model.long_codes:
            notes.append(f"Relay {relay.name} needs a code of one digit on a {model.name}.")
        else:
            codes[relay.index] = relay.dtmf_code
    return tuple(
        ProfileRelay(
            index=index,
            letter=chr(ord("A") + index - 1),
            name=by_index[index].name if index in by_index else "",
            code=codes.get(index, ""),
            hold_seconds=by_index[index].hold_seconds if index in by_index else 5,
        )
        for index in range(1, model.relays + 1)
    )


def _unlock_keys(
    doors: Iterable[ServedDoor], model: Model, notes: list[str]
) -> tuple[UnlockKey, ...]:
    """One key per code that opens something in a call, first relays of all doors first.

    Doors that share a code share a key; its label names what it opens.
    """
    openings = (
        sorted(
            (relay.index, position, relay)
            for position, door in enumerate(doors)
            for relay in door.relays
            if relay.in_call and relay.dtmf_code
        )
        if model.unlock_keys
        else []
    )
    names: dict[str, dict[str, None]] = {}
    for _, _, relay in openings:
        names.setdefault(relay.dtmf_code, {})[relay.name] = None
    if len(names) > model.unlock_keys:
        notes.append(
            f"{len(names)} codes open doors here, but a {model.name} has {model.unlock_keys} keys."
        )
    found = [(code, ", ".join(name for name in shared if name)) for code, shared in names.items()]
    found += [("", "")] * model.unlock_keys
    return tuple(
        UnlockKey(index, code, text or ("Unlock" if code else ""))
        for index, (code, text) in enumerate(found[: model.unlock_keys], start=1)
    )


def _call_numbers(numbers: Iterable[str], model: Model, notes: list[str]) -> tuple[str, ...]:
    """Numbers for the call button: those that can be dialled, as many as fit."""
    fit = [number for number in numbers if is_dialled(number)]
    if len(fit) > model.call_slots:
        notes.append(f"The call button of a {model.name} holds {model.call_slots} numbers.")
    return tuple(fit[: model.call_slots])


_SHOWN = {
    ContactDisplay.ONLY_PEOPLE: frozenset({"owner"}),
    ContactDisplay.ENDPOINTS: frozenset({"indoor", "guard", "app"}),
    ContactDisplay.PEOPLE_AND_ENDPOINTS: frozenset({"owner", "indoor", "guard", "app"}),
}
"""Kinds of entries in a door's contact list, by mode (F099)."""


def _contacts(
    settings: DeviceSettings, entries: tuple[ContactEntry, ...], notes: list[str]
) -> tuple[ContactEntry, ...]:
    """Entries the display mode of a door shows, or all for other devices; all can be dialled.

    With people and endpoints (F101) the endpoints of an owner follow the owner and carry the
    owner's name in front, because the device's list has no levels.
    """
    dialable = [entry for entry in entries if is_dialled(entry.number)]
    if len(dialable) < len(entries):
        notes.append(f"{len(entries) - len(dialable)} contacts have numbers no device can dial.")
    if settings.type not in DOORS:
        return tuple(dialable)
    shown = [entry for entry in dialable if entry.kind in _SHOWN[settings.contact_display]]
    if settings.contact_display is not ContactDisplay.PEOPLE_AND_ENDPOINTS:
        return tuple(shown)
    endpoints: dict[str, list[ContactEntry]] = {}
    owners = {_household(entry) for entry in shown if entry.kind == "owner"}
    for entry in shown:
        if entry.kind != "owner" and entry.group in owners:
            endpoints.setdefault(entry.group, []).append(entry)
    listed: list[ContactEntry] = []
    for entry in shown:
        if entry.kind == "owner":
            listed.append(entry)
            name = _household(entry)
            listed += [
                ContactEntry(f"{name} - {one.name}", one.number, one.kind, one.group)
                for one in endpoints.pop(name, ())
            ]
        elif entry.group not in owners:
            listed.append(entry)
    # Monitors that are called by address may stand there twice: for their owner, and themselves.
    once: dict[tuple[str, str], ContactEntry] = {}
    for entry in listed:
        once.setdefault((entry.name, entry.number), entry)
    return tuple(once.values())


def _household(entry: ContactEntry) -> str:
    """The owner an owner's line belongs to: one with several monitors may have several lines."""
    return entry.group or entry.name
