"""Relays of devices: name, DTMF code, limits (F125-F127, F131)."""

from collections.abc import Mapping

from sqlalchemy import select

from directory import fields, rules
from directory.capabilities import relay_limit
from directory.errors import Conflict
from directory.model import Device, Relay, Site
from directory.service.paging import Page, page
from directory.unit import Unit

CHECKS: Mapping[str, fields.Check] = {
    "name": fields.text(64, 1),
    "dtmf_code": fields.pattern(r"[0-9*#]{0,4}", "must be 1 to 4 of 0-9 * #, or empty"),
    "in_call": fields.flag,
    "hold_seconds": fields.whole(0, 60),
}
CREATION_CHECKS: Mapping[str, fields.Check] = {
    **CHECKS,
    "position": fields.optional(fields.whole(1, 8)),
}
FIXED = dict.fromkeys(("site_id", "device_id", "position"), "cannot be changed")
SORTABLE = {"name": Relay.name, "position": Relay.position, "id": Relay.id}


async def create(
    unit: Unit,
    *,
    device_id: int,
    name: str,
    dtmf_code: str = "",
    position: int | None = None,
    in_call: bool = True,
    hold_seconds: int = 5,
) -> Relay:
    """Add a relay to a device at `position` (1 for A), or at the first free one.

    Conflict when the model has no more relays (F127), the position is taken, or the code is part
    of another code of the device.
    """
    device = await unit.find(Device, device_id)
    unit.require(rules.may_install_devices(unit.scope), "create_relay")
    values = fields.clean(
        CREATION_CHECKS,
        {
            "name": name,
            "dtmf_code": dtmf_code,
            "position": position,
            "in_call": in_call,
            "hold_seconds": hold_seconds,
        },
    )
    present = await of_device(unit, device_id)
    values["position"] = _free_position(device, present, values["position"])
    _check_code(values["dtmf_code"], present)
    relay = Relay(site_id=device.site_id, device_id=device_id, **values)
    return await unit.create(relay)


async def get(unit: Unit, relay_id: int) -> Relay:
    """The relay, or NotFound."""
    return await unit.find(Relay, relay_id)


async def of_device(unit: Unit, device_id: int) -> tuple[Relay, ...]:
    """The relays of a device in the order of their positions."""
    query = select(Relay).where(Relay.device_id == device_id).order_by(Relay.position)
    return await unit.rows(query)


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    device_id: int | None = None,
    name: str | None = None,
    sort: str = "id",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Relay]:
    """Relays of the scope, a site or a device; `name` finds parts of names."""
    query = select(Relay)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Relay.site_id == site_id)
    if device_id is not None:
        await unit.find(Device, device_id)
        query = query.where(Relay.device_id == device_id)
    if name is not None:
        query = query.where(Relay.name.icontains(name, autoescape=True))
    return await page(unit, query, Relay, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor)


async def update(unit: Unit, relay_id: int, changes: Mapping[str, object]) -> Relay:
    """Change name, code, the in-call switch or the hold time."""
    relay = await unit.find(Relay, relay_id)
    unit.require(rules.may_edit_relay(unit.scope, changes.keys()), "edit_relay")
    values = fields.clean(CHECKS, changes, FIXED)
    if values.get("dtmf_code", relay.dtmf_code) != relay.dtmf_code:
        present = await of_device(unit, relay.device_id)
        others = tuple(other for other in present if other.id != relay.id)
        _check_code(values["dtmf_code"], others)
    await unit.update(relay, values)
    return relay


async def delete(unit: Unit, relay_id: int) -> None:
    """Remove a relay."""
    relay = await unit.find(Relay, relay_id)
    unit.require(rules.may_install_devices(unit.scope), "delete_relay")
    await unit.delete(relay)


def _free_position(device: Device, present: tuple[Relay, ...], wanted: int | None) -> int:
    """The position asked for, or the first free one, within what the model has."""
    limit = relay_limit(device.type, device.model)
    taken = {relay.position for relay in present}
    free = [position for position in range(1, limit + 1) if position not in taken]
    if not free:
        raise Conflict("position", f"this device has at most {limit} relays")
    if wanted is None:
        return free[0]
    if wanted in taken:
        raise Conflict("position", "this device has a relay there")
    if wanted > limit:
        raise Conflict("position", f"this device has at most {limit} relays")
    return wanted


def _check_code(code: str, others: tuple[Relay, ...]) -> None:
    """No code of a device may occur within another: the digits would open both relays."""
    for other in others:
        if code and other.dtmf_code and (code in other.dtmf_code or other.dtmf_code in code):
            raise Conflict("dtmf_code", f"clashes with the code of relay {other.position}")
