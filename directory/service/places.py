"""Places of devices: which building, apartment, department or person, and that they agree."""

from collections.abc import Mapping
from typing import Any

from directory.errors import Invalid
from directory.kinds import DeviceScope
from directory.model import Apartment, Building, Department, Person, Row
from directory.unit import Unit

_SCOPES = {
    "person_id": DeviceScope.PERSON,
    "apartment_id": DeviceScope.APARTMENT,
    "department_id": DeviceScope.DEPARTMENT,
    "building_id": DeviceScope.BUILDING,
}
_MODELS: Mapping[str, type[Row]] = {
    "person_id": Person,
    "apartment_id": Apartment,
    "department_id": Department,
    "building_id": Building,
}
_NEEDS = {scope: name for name, scope in _SCOPES.items()}


def narrowest(place: Mapping[str, object]) -> DeviceScope:
    """The scope of the narrowest place that is given."""
    for name, scope in _SCOPES.items():
        if place.get(name) is not None:
            return scope
    return DeviceScope.SITE


async def settle(unit: Unit, site_id: int, values: dict[str, Any]) -> None:
    """Check that the places exist in the site and agree; fill in the wider ones.

    A device of an apartment is also in its building, one of a person in the person's department or
    apartment. NotFound for a foreign place, Invalid for places that contradict the scope.
    """
    scope: DeviceScope = values["scope"]
    _check_names(scope, values)
    name = _NEEDS.get(scope)
    if name is None:
        return
    row = await unit.find_in_site(_MODELS[name], values[name], site_id)
    agreed: dict[str, int | None] = dict.fromkeys(_MODELS) | await _wider(unit, row)
    agreed[name] = row.id
    for field, place in agreed.items():
        if values.get(field) not in (None, place):
            raise Invalid.one(field, f"contradicts {name}")
        values[field] = place


async def _wider(unit: Unit, row: Row) -> dict[str, int | None]:
    """The places around a place."""
    if isinstance(row, Apartment):
        return {"building_id": row.building_id}
    if isinstance(row, Person):
        if row.apartment_id is None:
            return {"department_id": row.department_id}
        apartment = await unit.find(Apartment, row.apartment_id)
        return {"apartment_id": apartment.id, "building_id": apartment.building_id}
    return {}


def _check_names(scope: DeviceScope, values: Mapping[str, Any]) -> None:
    """The place of the scope is given, and none that is narrower."""
    needed = _NEEDS.get(scope)
    if needed is not None and values.get(needed) is None:
        raise Invalid.one(needed, f"is needed for the scope {scope}")
    narrowest_given = narrowest(values)
    if narrowest_given is not scope:
        raise Invalid.one(_NEEDS[narrowest_given], f"contradicts the scope {scope}")
