"""`doorline account import`: many SIP accounts from a CSV file."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from directory.bulk import AccountImport, import_accounts
from directory.exchange.account_sheet import BadRow, BadSheet, read_account_sheet
from directory.kinds import AccountKind
from directory.scope import Scope
from doorline.cli.failure import CommandFailedError
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption
from doorline.cli.sites import find_or_make_site, tell_made
from doorline.opening import opened
from doorline.settings import Settings, load

MOST_TOLD = 20
"""Problems of rows that are told one by one."""


def account_import(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV file: user,password,display,kind,apartment.")
    ],
    site: Annotated[
        str, typer.Option(metavar="SITE", help="Name or id of the site; made when missing.")
    ],
    kind: Annotated[
        AccountKind, typer.Option(help="Kind of the rows that name none.")
    ] = AccountKind.INDOOR,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Import SIP accounts from a CSV file. All its rows, or none when one of them is bad."""
    done = asyncio.run(_import(load(config), file, site, kind))
    print(f"{_accounts(done.added)} imported")
    if done.without_flat:
        print(
            f"{_accounts(done.without_flat)} of kind indoor or app without an apartment: "
            "no flat's calls ring there",
            file=sys.stderr,
        )


async def _import(
    settings: Settings, file: Path, site_name: str, kind: AccountKind
) -> AccountImport:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            async with (
                opened(settings) as directory,
                directory.unit(Scope.system("doorline account import")) as unit,
            ):
                site, is_new = await find_or_make_site(unit, site_name)
                done = await import_accounts(unit, site.id, read_account_sheet(lines), kind)
                if done.bad_rows:  # leaving the unit by an exception keeps nothing of it
                    raise CommandFailedError(_told(file, done.bad_rows))
    except OSError as error:
        raise CommandFailedError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandFailedError(f"{file}: is not UTF-8 text") from error
    except BadSheet as error:
        raise CommandFailedError(f"{file}:{error.line}: {error.message}") from error
    if is_new:
        tell_made(f'site "{site.name}"')
    return done


def _accounts(count: int) -> str:
    return f"{count} account" if count == 1 else f"{count} accounts"


def _told(file: Path, rows: tuple[BadRow, ...]) -> str:
    lines = [f"{file}:{row.line}: {row.field}: {row.message}" for row in rows[:MOST_TOLD]]
    if len(rows) > MOST_TOLD:
        lines.append(f"… and {len(rows) - MOST_TOLD} more")
    return "\n".join([*lines, "nothing was imported"])
