"""Calls to an apartment: its number, or building and number at a gate.

`1001` means the apartment of that number in the caller's own building; if there is none, the only
one in the site; if there are several, nobody can tell which and the caller is asked for
`<building>*1001`. `#` serves as well as `*`, as some panels dial it.
"""

from directory.queries.dial import DialOwner
from sipcore.b2bua.plan import Refusal
from sipcore.calls.inquiry import Dialling, Meant
from sipcore.calls.owner import meant_owner, ring_owner

AMBIGUOUS = "ambiguous_number"
"""Several buildings have an apartment of that number: dial `building*apartment`."""


def apartment(dialling: Dialling) -> Meant | Refusal | None:
    """The apartment of `1001`, `2*1001` or `2#1001`; None when there is none of that number."""
    gate = at_gate(dialling)
    found = (gate,) if gate is not None else by_number(dialling)
    if not found:
        return None
    if len(found) > 1:
        # RFC 3261 §21.4.22: 484 asks for more digits, and a building is what is missing.
        return dialling.refuse(484, AMBIGUOUS)
    return meant_owner(dialling, found[0], ring_owner)


def at_gate(dialling: Dialling) -> DialOwner | None:
    """The apartment that `building*apartment` or `building#apartment` names."""
    for separator in "*#":
        building, found, number = dialling.dialled.rpartition(separator)
        building_id = _building(dialling, building) if found else None
        if building_id is not None:
            return dialling.site.apartments.get((building_id, number.strip()))
    return None


def by_number(dialling: Dialling) -> tuple[DialOwner, ...]:
    """Apartments that a bare number may mean: one of the own building, else all of the site."""
    site = dialling.site
    home = home_building(dialling)
    if home is not None:
        at_home = site.apartments.get((home, dialling.dialled))
        if at_home is not None:
            return (at_home,)
    return site.numbered.get(dialling.dialled, ())


def home_building(dialling: Dialling) -> int | None:
    """The building the caller stands in; that of its apartment for a private device."""
    if dialling.caller.building_id is not None:
        return dialling.caller.building_id
    owner = dialling.site.owner_of(dialling.caller)
    return None if owner is None else owner.building_id


def _building(dialling: Dialling, name: str) -> int | None:
    site = dialling.site
    wanted = name.strip()
    if wanted in site.buildings:
        return site.buildings[wanted]
    alike = site.folded.get(wanted.casefold(), ())
    return alike[0] if len(alike) == 1 else None
