"""`doorline user add`: an operator and the API token, shown this one time."""

import asyncio
import sys
from typing import Annotated

import typer

from directory.kinds import Role
from directory.scope import Scope
from directory.secrets import Secret
from directory.service import operators, tokens
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption
from doorline.cli.sites import find_site
from doorline.opening import opened
from doorline.settings import Settings, load


def user_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the operator.")],
    role: Annotated[Role, typer.Option(help="What the operator may do.")],
    site: Annotated[
        list[str] | None,
        typer.Option(metavar="SITE", help="Site to assign, by name or id; may be repeated."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Make an operator and print the API token, once."""
    print(asyncio.run(_add(load(config), name, role, site or [])).reveal())
    if not site and role is not Role.ROOT:
        print(f"{name} sees no site: none was named with --site", file=sys.stderr)


async def _add(settings: Settings, name: str, role: Role, site_names: list[str]) -> Secret:
    async with (
        opened(settings) as directory,
        directory.unit(Scope.system("doorline user add")) as unit,
    ):
        site_ids = [(await find_site(unit, site)).id for site in site_names]
        operator = await operators.create(unit, name=name, role=role, site_ids=site_ids)
        issued = await tokens.create(unit, operator_id=operator.id, label="doorline user add")
    return issued.secret
