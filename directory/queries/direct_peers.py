"""Whom devices call by address, past the server: monitors of households in call mode IP (F067).

Only devices of one network group reach each other by address (F098): those of one building, and
those of a site that are in no building.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.kinds import DeviceType
from directory.model import Account, Device
from directory.queries.enabled import accounts_with_owner, usable
from directory.queries.provisioning import DirectPeer


def network_group(site_id: int, building_id: int | None) -> str:
    """Name of a device's network group: `building:3`, or `site:1` outside buildings (F098)."""
    return f"site:{site_id}" if building_id is None else f"building:{building_id}"


async def monitors_by_address(
    connection: AsyncConnection,
    site_id: int,
    building_id: int | None,
    apartment_ids: Collection[int],
    person_ids: Collection[int],
) -> tuple[dict[int, tuple[DirectPeer, ...]], dict[int, tuple[DirectPeer, ...]]]:
    """Monitors of those apartments and of those people in one network group, in the order made.

    Those without an account, or whose account is off, are called by nobody.
    """
    of_apartments: dict[int, tuple[DirectPeer, ...]] = {}
    of_people: dict[int, tuple[DirectPeer, ...]] = {}
    if not apartment_ids and not person_ids:
        return of_apartments, of_people
    query = _monitors(site_id, building_id)
    if len(apartment_ids) + len(person_ids) == 1:
        query = query.where(
            or_(Device.apartment_id.in_(apartment_ids), Device.person_id.in_(person_ids))
        )
    for apartment_id, person_id, *row in await connection.execute(query):
        peer = DirectPeer(*row)
        if person_id in person_ids:
            of_people[person_id] = (*of_people.get(person_id, ()), peer)
        elif apartment_id in apartment_ids:
            of_apartments[apartment_id] = (*of_apartments.get(apartment_id, ()), peer)
    return of_apartments, of_people


def _monitors(site_id: int, building_id: int | None) -> Select[*tuple[Any, ...]]:
    """All monitors of the group: a household is one condition, ten thousand are none."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Device.apartment_id,
            Device.person_id,
            Device.name,
            Account.user,
            Device.address,
        )
        .select_from(accounts_with_owner.join(Device.__table__, Account.device_id == Device.id))
        .where(
            Device.site_id == site_id,
            Device.building_id == building_id,
            Device.type == DeviceType.INDOOR_MONITOR,
            usable,
        )
        .order_by(Device.id)
    )
    return query
