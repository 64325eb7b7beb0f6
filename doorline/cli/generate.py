"""`doorline generate`: a synthetic estate for load tests, and SIPp's list of its accounts."""

import asyncio
import os
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from directory.errors import NotFound
from directory.estate import GeneratedAccount, generate_site
from directory.scope import Scope
from directory.service import sites
from directory.unit import Unit
from doorline.cli.failure import CommandFailedError
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption
from doorline.opening import opened
from doorline.settings import Settings, load

SITE_NAME = "Generated {number}"


def generate(
    apartments: Annotated[
        int, typer.Option(min=1, max=200_000, metavar="N", help="Apartments of each site.")
    ],
    csv: Annotated[
        Path, typer.Option(metavar="FILE", help="File to write: SIPp's injection file.")
    ],
    site_count: Annotated[
        int, typer.Option("--sites", min=1, max=1000, metavar="N", help="Sites to make.")
    ] = 1,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Make a synthetic estate and a CSV of its accounts for SIPp."""
    settings = load(config)
    accounts = asyncio.run(_generate(settings, site_count, apartments))
    _write(csv, settings.sip.domain, accounts)
    print(f"{site_count * apartments} apartments, {len(accounts)} accounts: {csv}")


async def _generate(settings: Settings, site_count: int, apartments: int) -> list[GeneratedAccount]:
    """Make the sites one by one, each in a unit of its own; names go on where they ended."""
    made: list[GeneratedAccount] = []
    async with opened(settings) as directory:
        for _ in range(site_count):
            async with directory.unit(Scope.system("doorline generate")) as unit:
                name = await _free_name(unit)
                made += (await generate_site(unit, name=name, apartments=apartments)).accounts
    return made


async def _free_name(unit: Unit) -> str:
    """The first name of its kind that no site has."""
    for number in count(1):
        name = SITE_NAME.format(number=number)
        try:
            await sites.find(unit, name)
        except NotFound:
            return name
    raise AssertionError("numbers do not end")


def _write(path: Path, domain: str, accounts: list[GeneratedAccount]) -> None:
    """`user;domain;[authentication …]` for each account; the file holds passwords, so mode 0600."""
    lines = ["SEQUENTIAL\n"]
    lines += [
        f"{one.user};{domain};[authentication username={one.user} "
        f"password={one.password.reveal()}]\n"
        for one in accounts
    ]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.writelines(lines)
    except OSError as error:
        raise CommandFailedError(f"{path}: cannot be written: {error.strerror}") from error
