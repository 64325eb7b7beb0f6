"""Ring settings of sites and apartments: their checks, and what contradicts what (G01, G02).

`ring_times` and `delays` are edited like JSON merge patches (RFC 7396): the kinds that are sent are
changed, a null takes a kind away, all others stay.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import String, or_, select, type_coerce

from directory import fields
from directory.chain import first_kinds, read_chain
from directory.errors import FieldError, Invalid
from directory.kinds import CallType, FailureScope, GuardStage, Ringer
from directory.model import Apartment, Chain, Person, Site
from directory.ringing import (
    CAP_LEAST,
    CAP_MOST,
    DELAY_MOST,
    EARLY,
    KEYS,
    OPEN,
    RING_LEAST,
    RING_MOST,
    ROUNDS_MOST,
    Ringing,
    check_ringing,
    read_ringing,
)
from directory.unit import Unit

TABLES = ("ring_times", "delays")
"""Settings that hold seconds by kind of party."""

_FIRST = tuple[tuple[str, ...], float | None]
"""Kinds of a first stage, and the ring time a chain gives it."""


def early(value: object) -> int:
    """A status that a door hears at once."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in EARLY:
        raise ValueError("must be 0, 180 or 183")
    return value


def call_type(value: object) -> str:
    """A built-in type as the word of its enum, or what may be the name of a chain."""
    name = str(fields.text(32, 1)(value))
    return CallType(name) if name in tuple(CallType) else name


def key(value: object) -> str:
    """A key of a telephone."""
    if not isinstance(value, str) or value not in KEYS:
        raise ValueError("must be one of 0 to 9, * and #")
    return value


CHECKS: Mapping[str, fields.Check] = {
    "declined": fields.word(FailureScope),
    "global_failure": fields.word(FailureScope),
    "longest_ring": fields.optional(fields.seconds(CAP_LEAST, CAP_MOST)),
    "rounds": fields.whole(1, ROUNDS_MOST),
    "early_status": early,
    "guard_stage": fields.optional(fields.word(GuardStage)),
    "landline_confirms": fields.flag,
    "landline_key": key,
    "ring_times": fields.table(Ringer, fields.seconds(RING_LEAST, RING_MOST)),
    "delays": fields.table(Ringer, fields.seconds(0, DELAY_MOST)),
}
"""Of a site."""
OWN_CHECKS: Mapping[str, fields.Check] = {
    name: check if name in TABLES else fields.optional(check)
    for name, check in CHECKS.items()
    if name != "landline_key"
}
"""Of an apartment, where null leaves a setting to the site."""


def merge(values: dict[str, Any], row: Site | Apartment | None) -> None:
    """Put what was sent of the tables on top of what is stored."""
    for name in TABLES:
        if name in values:
            stored = {} if row is None else getattr(row, name)
            both = {**stored, **values[name]}
            values[name] = {kind: seconds for kind, seconds in both.items() if seconds is not None}


def ringing_of(row: Site | Apartment) -> Ringing:
    """What the planner will make of a row."""
    return read_ringing(
        row.declined,
        row.global_failure,
        row.longest_ring,
        row.rounds,
        row.early_status,
        row.guard_stage if isinstance(row, Apartment) else None,
        row.ring_times,
        row.delays,
        row.landline_confirms,
        row.landline_key if isinstance(row, Site) else None,
    )


async def check_site(unit: Unit, site: Site) -> None:
    """Invalid when the site's settings contradict each other, or those of one of its apartments.

    A chain is measured by whoever uses it, by the site's own settings while nobody does.
    """
    chains = await _chains(unit, site.id)
    named = _first(str(site.call_type), chains)
    if named is None:
        raise Invalid.one("call_type", _UNKNOWN)
    _check(named, OPEN, None, site, "")
    unused = set(chains) - {str(site.call_type)}
    special = select(Apartment).where(
        Apartment.site_id == site.id,
        or_(
            Apartment.stage_timeout.is_not(None),
            Apartment.longest_ring.is_not(None),
            type_coerce(Apartment.ring_times, String) != "{}",
            type_coerce(Apartment.delays, String) != "{}",
            Apartment.call_type.in_(list(chains)),
        ),
    )
    for apartment in await unit.rows(special):
        own = _first(str(apartment.call_type or site.call_type), chains)
        unused.discard(str(apartment.call_type))
        if own is not None:
            whom = f"apartment {apartment.number} (id {apartment.id}): "
            _check(own, ringing_of(apartment), apartment.stage_timeout, site, whom)

    users = select(Person).where(
        Person.site_id == site.id,
        Person.apartment_id.is_(None),
        or_(Person.stage_timeout.is_not(None), Person.call_type.in_(tuple(chains))),
    )
    for person in await unit.rows(users):
        unused.discard(str(person.call_type))
        _check_person(person, site, chains, f"person {person.name} (id {person.id}): ")
    for name in sorted(unused):
        _check(chains[name], OPEN, None, site, f"chain {name}: ")


async def check_person(unit: Unit, person: Person, site: Site) -> None:
    """Invalid for an office user's call type the site has not, or a stage time over its cap."""
    chains = await _chains(unit, site.id)
    if person.call_type is not None and _first(person.call_type, chains) is None:
        raise Invalid.one("call_type", _UNKNOWN)
    _check_person(person, site, chains, "")


async def check_apartment(unit: Unit, apartment: Apartment) -> None:
    """Invalid for a call type the site has not, or settings that contradict the site's."""
    site = await unit.find(Site, apartment.site_id)
    chains = await _chains(unit, site.id)
    if apartment.call_type is not None and _first(apartment.call_type, chains) is None:
        raise Invalid.one("call_type", _UNKNOWN)
    first = _first(str(apartment.call_type or site.call_type), chains)
    if first is not None:
        _check(first, ringing_of(apartment), apartment.stage_timeout, site, "")


_UNKNOWN = "must be a chain of this site or one of " + ", ".join(CallType)


async def _chains(unit: Unit, site_id: int) -> dict[str, _FIRST]:
    """The first stage of each chain of the site; a broken one has none."""
    found: dict[str, _FIRST] = {}
    for row in await unit.rows(select(Chain).where(Chain.site_id == site_id)):
        stages = read_chain(row.name, row.stages, by_site=True).stages
        found[row.name] = (stages[0].kinds, stages[0].ring_time) if stages else ((), None)
    return found


def _first(name: str, chains: Mapping[str, _FIRST]) -> _FIRST | None:
    return (first_kinds(name), None) if name in tuple(CallType) else chains.get(name)


def _check_person(person: Person, site: Site, chains: Mapping[str, _FIRST], whom: str) -> None:
    first = _first(str(person.call_type or site.call_type), chains)
    if first is not None and person.apartment_id is None:
        _check(first, OPEN, person.stage_timeout, site, whom)


def _check(first: _FIRST, own: Ringing, stage: float | None, site: Site, whom: str) -> None:
    kinds, rings = first
    sites = ringing_of(site)
    wrong = check_ringing(
        kinds, own, stage, sites, site.stage_timeout, site.landline_timeout, rings
    )
    if wrong is not None:
        raise Invalid([FieldError(wrong[0], whom + wrong[1])])
