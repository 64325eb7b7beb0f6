"""The MAC library of a site (F231-F237)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from directory import fields, rules
from directory.errors import Conflict, Invalid
from directory.model import Mac, Site
from directory.service.paging import Page, page
from directory.unit import Unit

SORTABLE = {"mac": Mac.mac, "created_at": Mac.created_at, "id": Mac.id}


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of an import that was not taken, and why."""

    number: int
    """From 1."""
    message: str


@dataclass(frozen=True, slots=True)
class MacImport:
    """What an import did: good lines are kept, bad ones reported (F231)."""

    added: tuple[Mac, ...]
    bad_lines: tuple[BadLine, ...]


async def create(unit: Unit, *, site_id: int, mac: str) -> Mac:
    """Add a MAC; Conflict when a library of this server has it, with the holder if visible (F234).

    Colons, hyphens and dots are accepted (F097).
    """
    await unit.find(Site, site_id)
    unit.require(rules.may_keep_macs(unit.scope), "add_mac")
    digits: str = fields.clean({"mac": fields.mac}, {"mac": mac})["mac"]
    await _check_free(unit, digits)
    return await unit.create(Mac(site_id=site_id, mac=digits, device_id=None))


async def create_many(unit: Unit, *, site_id: int, lines: Iterable[str]) -> MacImport:
    """Add one MAC a line; blank lines count but are skipped, bad ones are reported (F231)."""
    added: tuple[Mac, ...] = ()
    bad_lines: tuple[BadLine, ...] = ()
    await unit.find(Site, site_id)
    unit.require(rules.may_keep_macs(unit.scope), "add_mac")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            added += (await create(unit, site_id=site_id, mac=line),)
        except Invalid as error:
            bad_lines += (BadLine(number, error.errors[0].message),)
        except Conflict as error:
            bad_lines += (BadLine(number, error.message),)
    return MacImport(added, bad_lines)


async def get(unit: Unit, mac_id: int) -> Mac:
    """The entry, or NotFound."""
    return await unit.find(Mac, mac_id)


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    site_id: int | None = None,
    mac: str | None = None,
    bound: bool | None = None,
    sort: str = "mac",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Mac]:
    """Entries of the scope or of one site; `mac` finds parts, `bound` selects (F236)."""
    query = select(Mac)
    if site_id is not None:
        await unit.find(Site, site_id)
        query = query.where(Mac.site_id == site_id)
    if mac is not None:
        digits = mac.replace(":", "").replace("-", "").replace(".", "")
        query = query.where(Mac.mac.icontains(digits, autoescape=True))
    if bound is not None:
        query = query.where(Mac.device_id.is_not(None) if bound else Mac.device_id.is_(None))
    return await page(unit, query, Mac, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor)


async def delete(unit: Unit, mac_id: int) -> None:
    """Remove a free MAC; Conflict while a device uses it (F237)."""
    entry = await unit.find(Mac, mac_id)
    unit.require(rules.may_keep_macs(unit.scope), "delete_mac")
    if entry.device_id is not None:
        raise Conflict("device_id", "a device uses this MAC; delete the device first")
    await unit.delete(entry)


async def _check_free(unit: Unit, mac: str) -> None:
    if not await unit.taken(Mac.mac, mac):
        return
    entry = await unit.first(select(Mac).where(Mac.mac == mac))
    if entry is None:
        raise Conflict("mac", "a library of this server has this MAC")
    site = await unit.find(Site, entry.site_id)
    raise Conflict("mac", f"the library of site {site.name} has this MAC")
