"""Finding the site, building and apartment that a person named on the command line."""

import sys

from directory.errors import NotFound
from directory.model import Apartment, Building, Site
from directory.service import apartments, buildings, sites
from directory.unit import Unit
from doorline.cli.failure import CommandFailedError


async def find_site(unit: Unit, text: str) -> Site:
    """The site of that name, or with that id."""
    try:
        return await sites.find(unit, text)
    except NotFound:
        if text.isdigit():
            return await sites.get(unit, int(text))
        raise


async def find_or_make_site(unit: Unit, text: str) -> tuple[Site, bool]:
    """The site of that name or id, and whether it is new.

    A community of that name is made when there is none.
    """
    try:
        return await find_site(unit, text), False
    except NotFound:
        return await sites.create(unit, name=text), True


def tell_made(what: str) -> None:
    """Say what is new, for its name may have been misspelt. To be told once it is kept."""
    print(f"made {what}", file=sys.stderr)


async def find_or_make_apartment(
    unit: Unit, site: Site, number: str, building: str | None
) -> tuple[Apartment, str]:
    """The apartment of that number, and what was made for it: empty when it was there.

    It and its building are made when they are missing.
    """
    home = await _building(unit, site, building)
    try:
        return await apartments.find(unit, home.id, number), ""
    except NotFound:
        made = await apartments.create(unit, building_id=home.id, number=number)
        return made, f'apartment {made.number} in building "{home.name}"'


async def _building(unit: Unit, site: Site, name: str | None) -> Building:
    if name is None:
        present = (await buildings.list(unit, site_id=site.id, limit=2)).items
        name = buildings.default_name([building.name for building in present])
    if name is None:
        raise CommandFailedError("the site has several buildings: name one with --building")
    try:
        return await buildings.find(unit, site.id, name)
    except NotFound:
        return await buildings.create(unit, site_id=site.id, name=name)
