"""`doorline selftest`: a real call through the running server, with phones of its own."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from directory.queries.dial import DialDirectory
from directory.queries.load import load_site
from directory.scope import Scope
from directory.service import buildings
from directory.unit import Directory, Unit
from doorline.cli.failure import CommandFailedError
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from doorline.cli.sites import find_site
from doorline.lab import Lab, borrow_flat, make_lab, remove_lab
from doorline.opening import opened
from doorline.selftest import Check, SelfTest
from doorline.settings import Settings, load
from sipcore.b2bua.plan import Refusal, RingPlan
from sipcore.calls.explain import sentence
from sipcore.calls.inquiry import Reach
from sipcore.calls.planner import Planner
from sipcore.storage.call_queries import CallFilter, list_calls


def selftest(
    site: Annotated[str, typer.Option(metavar="SITE", help="Name or id of the site.")],
    apartment: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="A real flat: its phones ring! Without it a lab flat is made for the test.",
        ),
    ] = None,
    building: Annotated[
        str | None, typer.Option(metavar="NAME", help="Building of that flat.")
    ] = None,
    server: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="UDP listener, when it is not the settings' first."),
    ] = "",
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Ring a flat on the running server: registration, stages in order, answer, door code."""
    settings = load(config)
    checks: list[Check] = []

    def tell(check: Check) -> None:
        checks.append(check)
        if not as_json:
            print(check, flush=True)

    if apartment is not None:
        print(f"the real phones of flat {apartment} ring now", file=sys.stderr)
    where = server or _listener(settings)
    ok = asyncio.run(_run(settings, site, apartment, building, where, tell))
    if as_json:
        print_json({"ok": ok, "checks": [asdict(check) for check in checks]})
    if not ok:
        raise typer.Exit(1)


async def _run(
    settings: Settings,
    site_name: str,
    apartment: str | None,
    building: str | None,
    server: str,
    tell: Callable[[Check], None],
) -> bool:
    async with opened(settings) as directory:
        async with directory.reading(Scope.system("doorline selftest")) as unit:
            site_id = (await find_site(unit, site_name)).id
            home = await _building(unit, site_id, building) if apartment is not None else ""
        try:
            if apartment is None:
                lab = await make_lab(directory, site_id)
            else:
                lab = await borrow_flat(directory, site_id, home, apartment)
            plan = await _plan(directory, lab)
            if isinstance(plan, Refusal):
                tell(Check("plan", False, sentence(plan.reason)))
                return False
            test = SelfTest(lab, server=server, domain=settings.sip.domain, tell=tell)
            await test.run(plan, lambda: _visit(directory, lab))
            return test.ok
        finally:
            await remove_lab(directory, site_id)


async def _building(unit: Unit, site_id: int, name: str | None) -> str:
    """The building of a flat that was named without one."""
    if name is None:
        present = (await buildings.list(unit, site_id=site_id, limit=2)).items
        name = buildings.default_name([one.name for one in present])
    if name is None:
        raise CommandFailedError("the site has several buildings: name one with --building")
    return name


async def _plan(directory: Directory, lab: Lab) -> RingPlan | Refusal:
    """What the server will do, by its own planner, as if all were reachable."""
    dial = DialDirectory()
    dial.put_site(await load_site(directory.database, lab.site_id))
    planner = Planner(dial, Reach(lambda _user: True, lambda _site: None))
    return planner.simulate(
        lab.site_id,
        lab.number,
        building=lab.building,
        caller=lab.door.user,
        assume_reachable=True,
        at=time.time(),
    )


async def _visit(directory: Directory, lab: Lab) -> Mapping[str, Any] | None:
    """The record of the lab door's last visit, once it is over."""
    wanted = CallFilter(limit=1, visits_only=True, caller=lab.door.user)
    found = await list_calls(directory.database.engine, wanted, frozenset({lab.site_id}))
    return asdict(found[0]) if found and found[0].ended_at is not None else None


def _listener(settings: Settings) -> str:
    """The first UDP listener of the settings, seen from this machine."""
    if not settings.sip.listen.udp:
        raise CommandFailedError("the settings have no UDP listener: name one with --server")
    address = settings.sip.listen.udp[0]
    if not address.port:
        raise CommandFailedError("sip.listen.udp picks a free port: name it with --server")
    return f"{'127.0.0.1' if address.everywhere else address.host}:{address.port}"
