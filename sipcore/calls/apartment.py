"""Calls to an apartment: its number, or building and number at a gate.

`1001` means the apartment of that number in the caller's own building; if there is none, the only
one in the site; if there are several, nobody can tell which (G08) and the caller is asked for
`<building>*1001`. `#` serves as well as `*`, as some panels dial it (device facts §5.2).
"""

from directory.queries.dial import DialOwner
from sipcore.calls.inquiry import Answer, Inquiry
from sipcore.calls.owner import plan_owner

AMBIGUOUS = "ambiguous_number"
"""Several buildings have an apartment of that number: dial `building*apartment`."""


def apartment(inquiry: Inquiry) -> Answer | None:
    """Plan for `1001`, `2*1001` or `2#1001`; None when no apartment answers to the number."""
    gate = at_gate(inquiry)
    found = (gate,) if gate is not None else by_number(inquiry)
    if not found:
        return None
    if len(found) > 1:
        # RFC 3261 §21.4.22: 484 asks for more digits, and a building is what is missing.
        return inquiry.refuse(484, AMBIGUOUS)
    return plan_owner(inquiry, found[0])


def at_gate(inquiry: Inquiry) -> DialOwner | None:
    """The apartment that `building*apartment` or `building#apartment` names."""
    for separator in "*#":
        building, found, number = inquiry.dialled.rpartition(separator)
        building_id = _building(inquiry, building) if found else None
        if building_id is not None:
            return inquiry.site.apartments.get((building_id, number.strip()))
    return None


def by_number(inquiry: Inquiry) -> tuple[DialOwner, ...]:
    """Apartments that a bare number may mean: one of the own building, else all of the site."""
    site = inquiry.site
    home = home_building(inquiry)
    if home is not None:
        at_home = site.apartments.get((home, inquiry.dialled))
        if at_home is not None:
            return (at_home,)
    everywhere = (site.apartments.get((key, inquiry.dialled)) for key in site.buildings.values())
    return tuple(found for found in everywhere if found is not None)


def home_building(inquiry: Inquiry) -> int | None:
    """The building the caller stands in; that of its apartment for a private device."""
    if inquiry.caller.building_id is not None:
        return inquiry.caller.building_id
    owner = inquiry.site.owner_of(inquiry.caller)
    return None if owner is None else owner.building_id


def _building(inquiry: Inquiry, name: str) -> int | None:
    buildings = inquiry.site.buildings
    wanted = name.strip()
    if wanted in buildings:
        return buildings[wanted]
    folded = wanted.casefold()
    alike = [key for text, key in buildings.items() if text.casefold() == folded]
    return alike[0] if len(alike) == 1 else None
