"""Tolls: how much a site may telephone, so that nobody can make it pay (F034).

Only stored landline numbers are ever dialled, but whoever steals an account may have them dialled
again and again, and whoever may edit a person may store any number. So the number itself must be of
an allowed kind and country, and a site has so many calls at a time and on a day of its time zone.

It is asked twice: when the plan is made, so that plan and record say why a number is left out, and
when its leg is about to start, for many calls may have been planned before the first one rang.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, final

from directory.local_day import local_day
from directory.queries.dial import DialDirectory, DialSite
from directory.tariff import KINDS, WORLD, tariff_of
from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    LegFailed,
    LegReleased,
    LegStarted,
    StageSkipped,
    StageStarted,
)
from sipcore.b2bua.plan import Party
from sipcore.kernel.value import Value

LANDLINE: Final = "landline"
"""Kind of party that costs something."""
KIND_NOT_ALLOWED: Final = "landline_kind"
"""A premium-rate or short number, or of another kind that is not allowed."""
COUNTRY_NOT_ALLOWED: Final = "landline_country"
"""A number of a country that is not allowed."""
TOO_MANY_AT_ONCE: Final = "landline_limit"
"""The site has as many landline calls as it may have at a time."""
TOO_MANY_TODAY: Final = "landline_day_limit"
"""The site has had as many landline calls as it may have on a day."""
_COUNTED: Final = frozenset((TOO_MANY_AT_ONCE, TOO_MANY_TODAY))
_NO_SITE: Final = "landline_off"


@final
class TollLimits(Value):
    """How much one site may telephone."""

    __slots__: ClassVar = ("at_once", "countries", "kinds", "per_day")

    def __init__(
        self,
        at_once: int = 30,
        per_day: int = 1000,
        kinds: frozenset[str] = frozenset(KINDS),
        countries: frozenset[str] = frozenset(),
    ) -> None:
        self.at_once = at_once
        """Telephones that ring or talk at the same time."""
        self.per_day = per_day
        """Telephones rung on one day of the site's time zone."""
        self.kinds = kinds
        """Allowed kinds of number, some of `KINDS`."""
        self.countries = countries
        """Allowed countries; empty: every one, but no number that belongs to no country."""

    def forbids(self, number: str) -> str | None:
        """Why this number may never be rung, an E.164 number; None when it may."""
        tariff = tariff_of(number)
        if self.kinds.isdisjoint(tariff.kinds):
            return KIND_NOT_ALLOWED
        allowed = self.countries
        if tariff.country not in allowed if allowed else tariff.country == WORLD:
            return COUNTRY_NOT_ALLOWED
        return None


def in_need(reason: str | None) -> str | None:
    """What is left of a refusal for a site's number for emergencies: no counter stops that.

    Whoever is in need is not told that the site has telephoned enough.
    """
    return None if reason in _COUNTED else reason


def _is_for_emergencies(site: DialSite, party: Party) -> bool:
    """Whether it is the number outside itself, not a resident's landline of the same number."""
    is_nobodys = party.apartment_id is None and party.person_id is None
    return is_nobodys and party.user == site.emergency_landline


@final
class TollGuard:
    """Counts the landline legs of each site and says when there are enough."""

    __slots__ = ("_at_once", "_days", "_directory", "_granted", "_legs", "_limits", "_utc")

    def __init__(
        self,
        limits: Callable[[str], TollLimits],
        directory: DialDirectory,
        utc: Callable[[], float],
    ) -> None:
        """`limits` are those of the site of that name."""
        self._limits = limits
        self._directory = directory
        self._utc = utc
        self._legs: dict[str, dict[int, int]] = {}
        """Site of each landline leg that is not over, by call and leg."""
        self._at_once: dict[int, int] = {}
        self._granted: dict[int, int] = {}
        """Legs that may start and have not been heard of yet, by site."""
        self._days: dict[int, tuple[int, int]] = {}
        """Day and how many legs started on it, by site; no more sites than the directory has."""

    def restore(self, started: Iterable[tuple[int, float]]) -> None:
        """Count legs of before a restart: their sites, and when they started."""
        for site_id, at in started:
            self._count(site_id, at)

    def refusal(self, site: DialSite, number: str, ahead: int = 0) -> str | None:
        """Why the site may not ring that number now; None when it may.

        `ahead` is how many more numbers the same plan rings at the same time.
        """
        limits = self._limits(site.name)
        forbidden = limits.forbids(number)
        if forbidden is not None:
            return forbidden
        ahead += self._granted.get(site.site_id, 0)
        if self._at_once.get(site.site_id, 0) + ahead >= limits.at_once:
            return TOO_MANY_AT_ONCE
        if self._today(site) + ahead >= limits.per_day:
            return TOO_MANY_TODAY
        return None

    def why_not(self, party: Party) -> str | None:
        """Why a leg to this landline may not start now; None when it may."""
        site = None if party.site_id is None else self._directory.sites.get(party.site_id)
        if site is None:
            return _NO_SITE
        reason = self.refusal(site, party.user)
        return in_need(reason) if _is_for_emergencies(site, party) else reason

    def admit(self, party: Party) -> bool:
        """Whether a leg to this landline may start now; it counts from now on if so."""
        if self.why_not(party) is not None:
            return False
        if party.site_id is not None:
            self._granted[party.site_id] = self._granted.get(party.site_id, 0) + 1
        return True

    def usage(self, site_id: int) -> tuple[int, int]:
        """Landline legs of a site that are not over, and how many started today."""
        site = self._directory.sites.get(site_id)
        return self._at_once.get(site_id, 0), 0 if site is None else self._today(site)

    def usages(self) -> dict[int, tuple[int, int]]:
        """The same of every site that telephones now or did today."""
        found = {site_id: self.usage(site_id) for site_id in sorted({*self._at_once, *self._days})}
        return {site_id: usage for site_id, usage in found.items() if usage != (0, 0)}

    @property
    def at_once(self) -> int:
        """Landline legs of all sites that are not over."""
        return sum(self._at_once.values())

    @property
    def by_kind(self) -> Mapping[type[CallFact], Callable[[Any], None]]:
        """Who hears of which facts of calls."""
        return {
            StageStarted: self._staged,
            StageSkipped: self._staged,
            LegStarted: self._started,
            LegFailed: self._left,
            LegReleased: self._left,
            CallEnded: self._ended,
        }

    def _staged(self, _fact: CallFact) -> None:
        """What was granted has started by the end of its turn, or never will."""
        self._granted.clear()

    def _started(self, fact: LegStarted) -> None:
        party = fact.party
        if party.kind != LANDLINE or party.site_id is None:
            return
        site_id = party.site_id
        granted = self._granted.get(site_id, 0)
        if granted:
            self._granted[site_id] = granted - 1
        self._legs.setdefault(fact.call_id, {})[fact.leg] = site_id
        self._at_once[site_id] = self._at_once.get(site_id, 0) + 1
        self._count(site_id, fact.at)

    def _left(self, fact: LegFailed | LegReleased) -> None:
        legs = self._legs.get(fact.call_id)
        if legs is not None:
            self._release(legs.pop(fact.leg, None))

    def _ended(self, fact: CallEnded) -> None:
        for site_id in self._legs.pop(fact.call_id, {}).values():
            self._release(site_id)

    def _release(self, site_id: int | None) -> None:
        if site_id is None:
            return
        left = self._at_once.get(site_id, 0) - 1
        if left > 0:
            self._at_once[site_id] = left
        else:
            self._at_once.pop(site_id, None)

    def _count(self, site_id: int, at: float) -> None:
        site = self._directory.sites.get(site_id)
        if site is None:
            return
        day = local_day(site.zone, at)
        known, count = self._days.get(site_id, (day, 0))
        self._days[site_id] = (day, count + 1 if known == day else 1)

    def _today(self, site: DialSite) -> int:
        known, count = self._days.get(site.site_id, (0, 0))
        return count if known and known == local_day(site.zone, self._utc()) else 0
