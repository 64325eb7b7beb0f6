"""What the call planner and the relays need to know, kept in memory and read without waiting.

`DialDirectory` is the snapshot of all sites; `load.py` fills it from the database. A change in a
site replaces that site's `DialSite` as a whole, so a reader never sees half a change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from directory.chain import OwnChain
from directory.queries.dial_quiet import DialQuiet
from directory.ringing import OPEN, Ringing


@dataclass(frozen=True, slots=True)
class DialAccount:
    """A SIP account and the place it belongs to."""

    account_id: int
    user: str
    """User part of the AOR; unique on the whole server."""
    kind: str
    """`door`, `indoor`, `guard` or `app`."""
    display: str
    site_id: int
    building_id: int | None = None
    apartment_id: int | None = None
    department_id: int | None = None
    person_id: int | None = None
    device_id: int | None = None
    enabled: bool = True
    """False when switched off, or its app feature is (F068): neither registers nor rings."""
    monitor_allowed: bool = True
    """Whether others may call this door to look through it (F111, F112)."""
    expires_at: float | None = None
    """Moment from which it is not rung, seconds since the epoch; None for never (F169)."""


@dataclass(frozen=True, slots=True)
class DialRelay:
    """A door relay as in-call digits see it (F126)."""

    relay_id: int
    device_id: int
    index: int
    """1 for relay A, 2 for B, and so on."""
    name: str
    dtmf_code: str = field(repr=False)
    """One to four of `0-9 * #`; empty when the relay has no code."""
    in_call: bool = True
    """Whether digits of a call may open it (the talking-page method, F131)."""


@dataclass(frozen=True, slots=True)
class DialOwner:
    """An apartment, or a person with a number: something that has a call type."""

    site_id: int
    building_id: int | None
    number: str
    """Apartment number, or the person's external id."""
    name: str
    call_type: str
    """A value of `directory.kinds.CallType` or a chain of the site; empty for the site's."""
    app_enabled: bool
    indoor: tuple[DialAccount, ...] = ()
    apps: tuple[DialAccount, ...] = ()
    landlines: tuple[str, ...] = ()
    """E.164 numbers in the order they are stored."""
    landline_ends: Mapping[str, float] = field(default_factory=dict)
    """Moment from which a number is not rung, seconds since the epoch; others never end (F169)."""
    stage_timeout: float | None = None
    """Seconds each stage rings; None for the site's default."""
    active: bool = True
    apartment_id: int | None = None
    person_id: int | None = None
    department_id: int | None = None
    ringing: Ringing = OPEN
    """What it wants otherwise than its site."""
    blocked: bool = False
    expires_at: float | None = None
    """Moment from which it is not called, seconds since the epoch; None for never (F169)."""

    @property
    def key(self) -> str:
        """`apartment:12`, or `person:7` for a person, of an apartment or not."""
        return _owner_key(self.apartment_id, self.person_id)

    @property
    def display(self) -> str:
        """What records and plans call it."""
        return self.name or self.number


@dataclass(frozen=True, slots=True)
class DialDepartment:
    """A department that can be dialled."""

    department_id: int
    name: str
    number: str
    people: tuple[DialOwner, ...] = ()


@dataclass(frozen=True, slots=True)
class DialSite:
    """Everything that can be dialled in one site."""

    site_id: int
    name: str
    kind: str
    timezone: str
    country: str
    landline_enabled: bool = False
    """Landline service (F034)."""
    guard_stage: str | None = None
    """`with_indoor` or `after_indoor`; None for the default of each call type."""
    stage_timeout: float = 30.0
    """Seconds an ordinary stage rings."""
    landline_timeout: float = 45.0
    """Seconds a landline stage rings."""
    emergency_number: str = ""
    guards: tuple[DialAccount, ...] = ()
    apartments: Mapping[tuple[int, str], DialOwner] = field(default_factory=dict)
    """By building id and apartment number: the same number may exist in two buildings."""
    buildings: Mapping[str, int] = field(default_factory=dict)
    """Building id by name."""
    people: Mapping[str, DialOwner] = field(default_factory=dict)
    """By external id (F058)."""
    owners: Mapping[str, DialOwner] = field(default_factory=dict)
    """Every owner by its key."""
    accounts: Mapping[str, DialAccount] = field(default_factory=dict)
    """By user."""
    relays: Mapping[int, tuple[DialRelay, ...]] = field(default_factory=dict)
    """By device id, in index order."""
    allow_apartment_to_apartment: bool = True
    quiet: Mapping[str, DialQuiet] = field(default_factory=dict)
    """Quiet hours by an owner's key, or by `account:` and the user; empty where nobody has any."""
    call_type: str = "app_and_indoor"
    """How owners without a call type of their own are called, and those whose type is broken."""
    ringing: Ringing = OPEN
    """How long and in which way calls ring."""
    chains: Mapping[str, OwnChain] = field(default_factory=dict)
    """Call types of its own, by name."""
    guard_order: str = "all"
    """`all` or `in_order`."""
    emergency_landline: str = ""
    """E.164 number that is called when no guard answers the emergency number."""
    departments: Mapping[str, DialDepartment] = field(default_factory=dict)
    """By number."""
    numbered: Mapping[str, tuple[DialOwner, ...]] = field(init=False, repr=False, compare=False)
    """Apartments by number alone, so that a number is found among ten thousand at once."""
    folded: Mapping[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)
    """Building ids by case-folded name."""
    zone: tzinfo = field(init=False, repr=False, compare=False)
    """The time zone's rules, read here once: whoever plans a call reads no file."""

    def __post_init__(self) -> None:
        numbered: dict[str, list[DialOwner]] = {}
        for (_, number), owner in self.apartments.items():
            numbered.setdefault(number, []).append(owner)
        folded: dict[str, list[int]] = {}
        for name, building_id in self.buildings.items():
            folded.setdefault(name.casefold(), []).append(building_id)
        object.__setattr__(self, "numbered", {key: tuple(of) for key, of in numbered.items()})
        object.__setattr__(self, "folded", {key: tuple(of) for key, of in folded.items()})
        object.__setattr__(self, "zone", zone_of(self.timezone))

    def owner_of(self, account: DialAccount) -> DialOwner | None:
        """The person or apartment an account belongs to; None for doors, guards and gates."""
        if account.person_id is not None:
            person = self.owners.get(_owner_key(None, account.person_id))
            if person is not None:
                return person
        return self.apartment(account.apartment_id)

    def apartment(self, apartment_id: int | None) -> DialOwner | None:
        """The apartment with that id."""
        if apartment_id is None:
            return None
        return self.owners.get(_owner_key(apartment_id, None))


class DialDirectory:
    """All sites in memory; every lookup is a dictionary access."""

    __slots__ = ("_accounts", "_named", "sites")

    def __init__(self) -> None:
        self.sites: dict[int, DialSite] = {}
        self._accounts: dict[str, DialAccount] = {}
        self._named: dict[str, set[int]] = {}

    def account(self, user: str) -> DialAccount | None:
        """The account with that user part, in whatever site."""
        return self._accounts.get(user)

    def site_of(self, user: str) -> DialSite | None:
        """The site that account belongs to."""
        account = self._accounts.get(user)
        return None if account is None else self.sites.get(account.site_id)

    def named(self, name: str) -> tuple[DialSite, ...]:
        """The sites of that name: one, or several in a database of an earlier build."""
        return tuple([self.sites[site_id] for site_id in sorted(self._named.get(name, ()))])

    def is_repeated(self, name: str) -> bool:
        """Whether several sites have that name, so that it says nothing."""
        return len(self._named.get(name, ())) > 1

    def put_site(self, site: DialSite) -> None:
        """Add a site or replace it as a whole."""
        self.drop_site(site.site_id)
        self.sites[site.site_id] = site
        self._named.setdefault(site.name, set()).add(site.site_id)
        self._accounts.update(site.accounts)

    def drop_site(self, site_id: int) -> None:
        """Forget a site; unknown ids are ignored."""
        former = self.sites.pop(site_id, None)
        if former is None:
            return
        of_name = self._named[former.name]
        of_name.discard(site_id)
        if not of_name:
            del self._named[former.name]
        for user in former.accounts:
            # An account that moved belongs to the site it moved to, in whatever order they came.
            found = self._accounts.get(user)
            if found is not None and found.site_id == site_id:
                del self._accounts[user]


def zone_of(name: str) -> tzinfo:
    """The rules of a time zone; UTC for a name that this system's tables do not hold."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _owner_key(apartment_id: int | None, person_id: int | None) -> str:
    return f"apartment:{apartment_id}" if person_id is None else f"person:{person_id}"
