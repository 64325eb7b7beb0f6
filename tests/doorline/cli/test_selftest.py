"""`doorline selftest` without a server; with one: tests/scenarios/selftest."""

import asyncio
import time

import pytest

from directory.scope import Scope
from directory.service import accounts, buildings, sites
from doorline.cli.selftest import _plan
from doorline.lab import borrow_flat
from doorline.opening import opened
from doorline.settings import load
from sipcore.b2bua.plan import Refusal, RingPlan
from tests.support.command_line import CommandLine


@pytest.fixture
def court(doorline: CommandLine) -> CommandLine:
    doorline("account", "add", "a1", "--kind", "app", "--site", "Court", "--apartment", "12")
    return doorline


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--site", "Nowhere"), "doorline: no site Nowhere"),
        (("--site", "Court", "--apartment", "99"), "doorline: no apartment 99"),
    ],
)
def test_what_is_not_there_is_told(court: CommandLine, words: tuple[str, ...], told: str) -> None:
    done = court("selftest", *words, "--server", "127.0.0.1:9")

    assert done.status == 1
    assert told in done.err.splitlines()


def test_a_listener_on_a_free_port_must_be_named(
    court: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORLINE_SIP__LISTEN__UDP", "127.0.0.1:0")
    done = court("selftest", "--site", "Court")

    assert (done.status, done.err) == (
        1,
        "doorline: sip.listen.udp picks a free port: name it with --server\n",
    )


def test_the_flat_is_planned_as_of_now(court: CommandLine) -> None:
    """Its only app has expired: a plan of some other day would still ring it."""
    settings = load(court.config)

    async def planned() -> RingPlan | Refusal:
        async with opened(settings) as directory:
            async with directory.unit(Scope.system("test")) as unit:
                site = await sites.find(unit, "Court")
                (app,) = (await accounts.list(unit, site_id=site.id)).items
                await accounts.update(unit, app.id, {"expires_at": time.time() - 60})
                home = (await buildings.list(unit, site_id=site.id)).items[0].name
            lab = await borrow_flat(directory, site.id, home, "12")
            return await _plan(directory, lab)

    plan = asyncio.run(planned())

    assert isinstance(plan, RingPlan)
    skipped = [one for stage in plan.stages for one in stage.skipped if one.party.user == "a1"]
    assert [one.reason for one in skipped] == ["account_expired"]
