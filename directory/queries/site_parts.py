"""One site while it is being loaded: what its rows become, in the order they are read."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select

from directory.chain import OwnChain
from directory.kinds import AccountKind
from directory.queries.dial import (
    DialAccount,
    DialDepartment,
    DialOwner,
    DialRelay,
    DialSite,
)
from directory.queries.dial_quiet import DialQuiet
from directory.queries.landline_ends import Carried

_DOOR, _INDOOR, _GUARD = AccountKind.DOOR.value, AccountKind.INDOOR.value, AccountKind.GUARD.value

OwnerKey = tuple[str, int]
"""`apartment` or `person`, and the id."""


@dataclass(slots=True)
class SiteParts:
    """What one site's snapshot is put together from."""

    site: DialSite
    buildings: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, DialAccount] = field(default_factory=dict)
    guards: list[DialAccount] = field(default_factory=list)
    indoor: dict[OwnerKey, list[DialAccount]] = field(default_factory=lambda: defaultdict(list))
    apps: dict[OwnerKey, list[DialAccount]] = field(default_factory=lambda: defaultdict(list))
    landlines: dict[OwnerKey, list[Carried]] = field(default_factory=lambda: defaultdict(list))
    relays: dict[int, tuple[DialRelay, ...]] = field(default_factory=dict)
    apartments: dict[tuple[int, str], DialOwner] = field(default_factory=dict)
    people: dict[str, DialOwner] = field(default_factory=dict)
    owners: dict[str, DialOwner] = field(default_factory=dict)
    quiet: dict[str, DialQuiet] = field(default_factory=dict)
    chains: dict[str, OwnChain] = field(default_factory=dict)
    departments: dict[str, DialDepartment] = field(default_factory=dict)

    def add_account(self, account: DialAccount) -> None:
        """An account, and for whom it rings."""
        self.accounts[account.user] = account
        kind = account.kind
        if kind == _GUARD:
            self.guards.append(account)
        elif kind != _DOOR:
            targets = self.indoor if kind == _INDOOR else self.apps
            if account.apartment_id is not None:
                targets["apartment", account.apartment_id].append(account)
            if account.person_id is not None:
                targets["person", account.person_id].append(account)

    def add_person(self, owner: DialOwner) -> None:
        """A person as an owner, found by the number if there is one."""
        self.owners[owner.key] = owner
        if owner.number:
            self.people[owner.number] = owner

    def finish(self) -> DialSite:
        """The site with everything in it."""
        return replace(
            self.site,
            buildings=self.buildings,
            accounts=self.accounts,
            guards=tuple(self.guards),
            relays=self.relays,
            apartments=self.apartments,
            people=self.people,
            owners=self.owners,
            quiet=self.quiet,
            chains=self.chains,
            departments=self.departments,
        )


SitesParts = dict[int, SiteParts]
"""By site id."""
Query = Select[*tuple[Any, ...]]


def of_site(query: Query, column: ColumnElement[int], site_id: int | None) -> Query:
    """The query for one site, or for all."""
    return query if site_id is None else query.where(column == site_id)


def earlier(*ends: float | None) -> float | None:
    """The first of these moments; None when there is none."""
    return min((end for end in ends if end is not None), default=None)
