"""`/sites/{site_id}/imports`: users and devices of a site from a spreadsheet (F076, F223, F224)."""

import asyncio
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from admin_api.operation import ApiRequest, Operation, Reply, streams, whole
from admin_api.schemas.base import NoBody, NoQuery, Out, Query
from directory.exchange.blank_workbook import blank_workbook
from directory.exchange.call_codes import Dialect
from directory.exchange.sheet import template_of
from directory.exchange.workbook import MAX_FILE
from directory.service import sites
from directory.sheet_import import import_sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_TYPES = (XLSX, "text/csv", "application/octet-stream")


class ImportQuery(Query):
    """How the sheet is to be read."""

    dialect: Annotated[
        Dialect | None,
        Field(
            description="Which office template it was made from: A, Add User to Office; "
            "B, Add Devices to Department. Needed for call type codes that differ."
        ),
    ] = None
    dry_run: Annotated[bool, Field(description="Report only; write nothing.")] = False


class ImportProblem(Out):
    """A cell that was not taken."""

    row: Annotated[int, Field(description="As a spreadsheet program counts, from 1.")]
    column: Annotated[str, Field(description="Its letter.")]
    title: str
    expected: str
    mend: str


class ImportReport(Out):
    """What an import did. One problem, and nothing of the sheet is written."""

    template: Annotated[str, Field(description="`office` or `community`.")]
    rows: Annotated[int, Field(description="Rows below the header that hold anything.")]
    users: Annotated[int, Field(description="People of the rows that can be taken.")]
    devices: Annotated[int, Field(description="Devices of the rows that can be taken.")]
    written: Annotated[bool, Field(description="Whether they are in the directory now.")]
    problems: tuple[ImportProblem, ...]
    more_problems: Annotated[int, Field(description="How many there are beyond these.")]
    notes: Annotated[tuple[str, ...], Field(description="What was left out.")]


async def get_template(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """An empty `.xlsx` sheet of the site's kind, with a second sheet that explains its columns."""
    async with request.services.directory.reading(request.scope) as unit:
        site = await sites.get(unit, request.id("site_id"))
    content = await asyncio.to_thread(blank_workbook, template_of(site.kind))
    return Reply(stream=whole(content))


async def post_import(request: ApiRequest[ImportQuery, NoBody]) -> Reply:
    """Import an `.xlsx` or CSV sheet into the site: all of its rows or, with a problem, none.

    The report names each wrong cell; `written` says whether anything was kept. A file that is no
    sheet at all is a 422.
    """
    report = await import_sheet(
        request.services.directory,
        request.scope,
        request.id("site_id"),
        request.file,
        dialect=request.query.dialect,
        dry_run=request.query.dry_run,
    )
    return Reply(ImportReport.model_validate(report))


OPERATIONS = (
    replace(
        streams(
            "get_import_template",
            "/sites/{site_id}/imports/template",
            "The sheet to fill: users and devices of an office, residents of a community",
            get_template,
            query=NoQuery,
            media_type=XLSX,
        ),
        tag="imports",
    ),
    Operation(
        id="import_sheet",
        method="POST",
        path="/sites/{site_id}/imports",
        summary="Import users and devices from a spreadsheet; reports every wrong cell",
        handler=post_import,
        query=ImportQuery,
        body=NoBody,
        out=ImportReport,
        status=200,
        tag="imports",
        takes_file=FILE_TYPES,
        body_limit=MAX_FILE,
    ),
)
