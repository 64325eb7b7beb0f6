"""`/macs` and `/sites/{site_id}/macs`: the MAC library of a site (F231-F237)."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.crud import Crud, as_items, flat_operations, nested_operations
from admin_api.operation import ApiRequest, Operation, Reply
from admin_api.schemas.base import (
    Body,
    FilterText,
    Id,
    Instant,
    Item,
    NoBody,
    NoQuery,
    Out,
    Page,
    PageQuery,
)
from directory.service import macs

MAX_FILE = 64 * 1024
"""Octets of a MAC list: four to five thousand lines."""
LINES_AT_ONCE = 50
"""Lines of one unit of work: it holds the database's write lock."""


class Mac(Item):
    """One hardware address of a library."""

    id: int
    site_id: int
    mac: str
    device_id: Annotated[int | None, Field(description="The device that uses it; null: free.")]
    created_at: Instant


class MacPage(Page[Mac]):
    """Library entries within reach."""


class SiteMacQuery(PageQuery):
    """Which entries of one site are wanted (F236)."""

    mac: Annotated[FilterText | None, Field(description="Part of the MAC.")] = None
    bound: bool | None = None
    sort: Literal["mac", "-mac", "created_at", "-created_at", "id", "-id"] = "mac"


class MacQuery(SiteMacQuery):
    """Which entries are wanted."""

    site_id: Id | None = None


class SiteMacCreate(Body):
    """A new entry in the library of the site of the path."""

    mac: Annotated[str, Field(description="Twelve digits; colons, hyphens, dots.")]


class MacCreate(SiteMacCreate):
    """A new entry."""

    site_id: Id


class MacBadLine(Out):
    """A line that was not taken."""

    line: int
    message: str


class MacImportReport(Out):
    """What an import did: good lines are kept, bad ones reported."""

    added: tuple[Mac, ...]
    bad_lines: tuple[MacBadLine, ...]


async def import_macs(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """Add one MAC a line, a few at a time, so that other writers need not wait for the whole."""
    lines = request.text.splitlines()
    added: list[Mac] = []
    bad_lines: list[MacBadLine] = []
    for start in range(0, max(len(lines), 1), LINES_AT_ONCE):
        async with request.services.directory.unit(request.scope) as unit:
            done = await macs.create_many(
                unit,
                site_id=request.id("site_id"),
                lines=lines[start : start + LINES_AT_ONCE],
            )
            added += (Mac.model_validate(row) for row in done.added)
            bad_lines += (
                MacBadLine(line=start + bad.number, message=bad.message) for bad in done.bad_lines
            )
    return Reply(MacImportReport(added=tuple(added), bad_lines=tuple(bad_lines)))


MACS = Crud("mac", "macs", macs, as_items(Mac), MacPage)

OPERATIONS = (
    *flat_operations(MACS, query=MacQuery, create=MacCreate, item=Mac),
    *nested_operations(MACS, within="sites", query=SiteMacQuery, create=SiteMacCreate, item=Mac),
    Operation(
        id="import_macs",
        method="POST",
        path="/sites/{site_id}/macs/import",
        summary="Add one MAC a line of a text file; reports bad lines, keeps good ones",
        handler=import_macs,
        query=NoQuery,
        body=NoBody,
        out=MacImportReport,
        status=200,
        tag="macs",
        takes_text=True,
        body_limit=MAX_FILE,
    ),
)
