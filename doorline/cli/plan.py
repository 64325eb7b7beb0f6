"""`doorline plan`: what would happen if that button were pressed."""

import asyncio
import time
from datetime import tzinfo
from typing import Annotated

import typer

from directory.local_day import LONGEST_DAY
from directory.queries.dial import DialDirectory
from directory.queries.load import load_site
from directory.queries.push_targets import PushTargetTable, refresh_push_targets
from directory.scope import Scope
from directory.service import sites
from doorline.adapters.binding_seal import BindingSeal
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from doorline.cli.sites import find_site
from doorline.opening import opened
from doorline.push.finder import TargetFinder
from doorline.push.providers import named, services
from doorline.settings import Settings, load
from doorline.settings.reading import UnusableFileError
from doorline.system import SystemClock
from doorline.trunks import Trunks, locator, look_up_all, toll_limits
from sipcore.b2bua.plan import Refusal
from sipcore.calls.explain import as_values, describe
from sipcore.calls.inquiry import Answer, Reach
from sipcore.calls.moment import moment_of
from sipcore.calls.planner import Planner
from sipcore.calls.toll import TollGuard
from sipcore.registrar.location import Location
from sipcore.registrar.push import PushService
from sipcore.storage.bindings_sql import WriteBehindBindings
from sipcore.storage.landline_legs import landline_legs_since


def plan(
    site: Annotated[str, typer.Option(metavar="SITE", help="Name or id of the site.")],
    apartment: Annotated[
        str,
        typer.Option(
            metavar="NUMBER", help="What is dialled: an apartment number, or any other number."
        ),
    ],
    building: Annotated[
        str | None, typer.Option(metavar="NAME", help="Building, as at a gate.")
    ] = None,
    caller: Annotated[
        str | None,
        typer.Option("--from", metavar="DEVICE", help="Calling device: account, id or name."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="ISO-TIME",
            help="Moment of the press, now if left out; without an offset the site's local time.",
        ),
    ] = None,
    all_reachable: Annotated[
        bool, typer.Option("--all-reachable", help="As if every account were registered.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show who would ring, when and for how long; rings nobody."""
    answer = asyncio.run(
        _plan(load(config), site, apartment, building, caller, at, all_reachable=all_reachable)
    )
    if as_json:
        print_json(as_values(answer))
    else:
        for line in describe(answer):
            print(line)
    if isinstance(answer, Refusal):
        raise typer.Exit(1)


async def _plan(
    settings: Settings,
    site_name: str,
    apartment: str,
    building: str | None,
    caller: str | None,
    at: str | None,
    *,
    all_reachable: bool,
) -> Answer:
    """The answer of the very functions that plan real calls, on what is stored now."""
    scope = Scope.system("doorline plan")
    async with opened(settings) as directory:
        async with directory.reading(scope) as unit:
            site_id = (await find_site(unit, site_name)).id
            repeated = await sites.repeated_names(unit)
        dial = DialDirectory()
        dial.put_site(await load_site(directory.database, site_id))
        push_targets = PushTargetTable(directory.vault)
        bindings = WriteBehindBindings(settings.database_path, seal=BindingSeal(directory.vault))
        await refresh_push_targets(directory.database, push_targets, site_id)
    moment = time.time() if at is None else _moment(at, dial.sites[site_id].zone)
    clock = SystemClock()
    trunks = Trunks(settings.sip.trunk, locator(settings.sip, clock), repeated.__contains__)
    for name, found in (await look_up_all(settings.sip, clock)).items():
        trunks.put(name, found)
    location = Location()
    location.restore(bindings.stored(time.time()))
    finder = TargetFinder(push_targets, location, named(settings.push), _services(settings))
    tolls = TollGuard(toll_limits(settings.sip.landlines, repeated.__contains__), dial, clock.utc)
    tolls.restore(landline_legs_since(settings.database_path, clock.utc() - LONGEST_DAY))
    reach = Reach(
        location.__contains__, trunks.of_site, trunks.after, tolls.refusal, finder.can_wake
    )
    planner = Planner(dial, reach)
    return planner.simulate(
        site_id,
        apartment,
        building=building,
        caller=caller,
        assume_reachable=all_reachable,
        at=moment,
    )


def _services(settings: Settings) -> tuple[PushService, ...]:
    """What apps may have asked for when they registered.

    None where the keys cannot be read: those files are the server's, and others may not be let in.
    """
    try:
        return services(settings.push)
    except UnusableFileError:
        return ()


def _moment(text: str, zone: tzinfo) -> float:
    """The moment somebody typed; a usage error says what was expected."""
    try:
        return moment_of(text, zone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from None
