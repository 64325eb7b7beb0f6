"""The demo community at the first start, and what is offered to try."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from directory.kinds import Role
from directory.queries.operators import authenticate
from directory.scope import Scope
from directory.service import sites
from directory.unit import Directory
from doorline.compose import compose
from doorline.demo import hints, prepare
from doorline.opening import opened
from doorline.server import DoorlineServer
from doorline.settings import (
    Address,
    HttpSettings,
    ListenSettings,
    ServerSettings,
    Settings,
    SipSettings,
)
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy

CONFIG = Path("my configs/dev.toml")
ANY = (Address("127.0.0.1", 0),)


@pytest.fixture
def configured(tmp_path: Path) -> Settings:
    return Settings(
        server=ServerSettings(data_dir=tmp_path / "var"),
        sip=SipSettings(listen=ListenSettings(udp=ANY, tcp=())),
        http=HttpSettings(autop=ANY, admin=ANY),
    )


@pytest.fixture
async def directory(configured: Settings) -> AsyncIterator[Directory]:
    async with opened(configured) as found:
        yield found


async def started(configured: Settings) -> DoorlineServer:
    server = await compose(configured, clock=ManualClock(), entropy=SequenceEntropy())
    await server.start()
    return server


async def test_an_empty_database_gets_the_community_and_a_root_operator(
    directory: Directory,
) -> None:
    token = await prepare(directory)
    async with directory.reading(Scope.system()) as unit:
        names = [site.name for site in (await sites.list(unit)).items]

    assert names == ["Demo Residence"]
    assert token is not None
    scope = await authenticate(directory.database, token.reveal(), 0.0)
    assert scope is not None
    assert (scope.actor, scope.role, scope.site_ids) == ("root", Role.ROOT, None)


async def test_a_database_with_a_site_is_left_alone(directory: Directory) -> None:
    async with directory.unit(Scope.system()) as unit:
        await sites.create(unit, name="Court")

    assert await prepare(directory) is None


async def test_the_first_start_shows_the_token_and_one_thing_of_each_kind(
    configured: Settings,
) -> None:
    async with opened(configured) as directory:
        token = await prepare(directory)
    server = await started(configured)
    first = await hints(server, token, CONFIG)
    later = await hints(server, None, CONFIG)
    admin, address = server.operators.listener.bound[0], server.address
    await server.stop()

    assert token is not None
    assert address is not None
    assert first[0] == f"admin token (shown this once): {token.reveal()}"
    assert first[1] == (
        f'try the API:   curl -H "Authorization: Bearer {token.reveal()}" '
        f"http://{admin}/api/v1/sites"
    )
    file = rf"{address.public_url}/autop/[A-Za-z0-9_-]+/0C1105000001\.cfg"
    assert re.fullmatch(rf"try autop:     curl {file}", first[2])
    assert re.fullmatch(
        r"try SIP:       sip:\d{10}@doorline\.local password [A-Za-z0-9]{20} "
        rf"server 127\.0\.0\.1:{address.ports['udp']}/udp \(Ann Archer, app of flat 1001\)",
        first[3],
    )
    assert later == (
        "admin token:   the one of the first start holds; lost it? An operator of a new name: "
        "TOKEN=$(.venv/bin/doorline user add NAME --role root --config 'my configs/dev.toml')",
        first[1].replace(token.reveal(), "$TOKEN"),
        *first[2:],
    )


async def test_a_community_that_was_removed_is_not_offered(configured: Settings) -> None:
    async with opened(configured) as directory:
        await prepare(directory)
        async with directory.unit(Scope.system()) as unit:
            await sites.delete(unit, (await sites.find(unit, "Demo Residence")).id)
    server = await started(configured)
    lines = await hints(server, None, CONFIG)
    await server.stop()

    assert [line.partition(":")[0] for line in lines] == ["admin token", "try the API"]
