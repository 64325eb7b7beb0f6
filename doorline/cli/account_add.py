"""`doorline account add`: one SIP account with a given user part, for interop and lab work."""

import asyncio
import sys
from dataclasses import dataclass, field
from typing import Annotated

import typer

from directory.kinds import AccountKind
from directory.scope import Scope
from directory.secrets import Secret
from directory.service import accounts
from doorline.cli.failure import CommandFailedError
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption
from doorline.cli.sites import find_or_make_apartment, find_or_make_site, tell_made
from doorline.opening import opened
from doorline.settings import Settings, load


def account_add(
    user: Annotated[str, typer.Argument(metavar="USER", help="User part of the SIP address.")],
    kind: Annotated[AccountKind, typer.Option(help="What stands behind the account.")],
    site: Annotated[
        str, typer.Option(metavar="SITE", help="Name or id of the site; made when missing.")
    ],
    apartment: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Apartment number; made when missing.")
    ] = None,
    building: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Building of the apartment, where there are several."),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    display: Annotated[str, typer.Option(metavar="TEXT", help="Name shown to others.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Make one SIP account. Without --password-stdin a password is drawn and printed, once."""
    settings = load(config)
    given = _read_password() if password_stdin else None
    wanted = _Wanted(user, kind, site, apartment, building, display or user, given)
    password = asyncio.run(_add(settings, wanted))
    print(f"sip:{user}@{settings.sip.domain}")
    if given is None:
        print(password.reveal())


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The account as it was asked for."""

    user: str
    kind: AccountKind
    site: str
    apartment: str | None
    building: str | None
    display: str
    password: str | None = field(repr=False)
    """None to have one drawn."""


def _read_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandFailedError("no password on standard input")
    return password


async def _add(settings: Settings, wanted: _Wanted) -> Secret:
    """Make the account; returns its password."""
    async with (
        opened(settings) as directory,
        directory.unit(Scope.system("doorline account add")) as unit,
    ):
        site, is_new = await find_or_make_site(unit, wanted.site)
        home, new_home = None, ""
        if wanted.apartment is not None:
            home, new_home = await find_or_make_apartment(
                unit, site, wanted.apartment, wanted.building
            )
        account = await accounts.create(
            unit,
            site_id=site.id,
            kind=wanted.kind,
            user=wanted.user,
            password=wanted.password,
            display=wanted.display,
            apartment_id=None if home is None else home.id,
        )
        password = await accounts.password(unit, account.id)
    if is_new:
        tell_made(f'site "{site.name}"')
    if new_home:
        tell_made(new_home)
    if home is None and wanted.kind.rings_with_flat:
        print(
            f"{wanted.user} rings with no flat: it is of kind {wanted.kind} and has no apartment",
            file=sys.stderr,
        )
    return password
