"""`doorline import`: users and devices of a site from a spreadsheet."""

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from directory.exchange.call_codes import Dialect
from directory.exchange.sheet_report import SheetReport
from directory.exchange.sheet_row import UnreadableSheetError
from directory.exchange.workbook import MAX_FILE
from directory.scope import Scope
from directory.sheet_import import import_sheet
from doorline.cli.failure import CommandFailedError
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from doorline.cli.sites import find_site
from doorline.opening import opened
from doorline.settings import Settings, load


def import_command(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Filled template, .xlsx or CSV: docs/import.md."),
    ],
    site: Annotated[str, typer.Option(metavar="SITE", help="Name or id of the site.")],
    dialect: Annotated[
        Dialect | None,
        typer.Option(
            metavar="A|B",
            case_sensitive=False,
            help="Office template the sheet was made from: A, Add User to Office; "
            "B, Add Devices to Department.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and report only; write nothing.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Import users and devices from a spreadsheet. All its rows, or none when a cell is wrong."""
    content = _octets(file)
    report = asyncio.run(_import(load(config), file, site, content, dialect, dry_run=dry_run))
    if as_json:
        print_json(asdict(report))
    else:
        _tell(file, report)
    if report.problems:
        raise typer.Exit(1)


async def _import(
    settings: Settings,
    file: Path,
    site_name: str,
    content: bytes,
    dialect: Dialect | None,
    *,
    dry_run: bool,
) -> SheetReport:
    scope = Scope.system("doorline import")
    async with opened(settings) as directory:
        async with directory.reading(scope) as unit:
            site_id = (await find_site(unit, site_name)).id
        try:
            return await import_sheet(
                directory, scope, site_id, content, dialect=dialect, dry_run=dry_run
            )
        except UnreadableSheetError as error:
            raise CommandFailedError(f"{file}: {error.message}") from error


def _octets(file: Path) -> bytes:
    """The file, or one octet more of it than is taken."""
    try:
        with file.open("rb") as source:
            return source.read(MAX_FILE + 1)
    except OSError as error:
        raise CommandFailedError(f"{file}: cannot be read: {error.strerror}") from error


def _tell(file: Path, report: SheetReport) -> None:
    """Problems on stderr, everything else on stdout."""
    for problem in report.problems:
        print(f"doorline: {file}: {problem}", file=sys.stderr)
    if report.more_problems:
        print(f"doorline: … and {report.more_problems} more", file=sys.stderr)
    for note in report.notes:
        print(f"note: {note}")
    if report.problems:
        print("doorline: nothing was imported", file=sys.stderr)
        return
    done = "imported" if report.written else "would be imported"
    print(f"{_count(report.users, 'user')} and {_count(report.devices, 'device')} {done}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
