"""An app that sleeps and comes late: pjsua2 registers only when its push has arrived over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from sipcore.agents.device import DeviceError, SimulatedDevice
from tests.scenarios.call_routing.demo_phones import DemoPhones, talk
from tests.support.demo_community import account_id
from tests.support.program import PATIENCE, Program, moment, wait_until
from tests.support.push_hook import Hook
from tests.support.pushes import key_files

FLAT = "1003"
"""Its app and its monitor ring together."""
APP, MONITOR, DOOR = "Cleo Carter", "Monitor 1003", "Main entrance"
OTHER_FLAT, OTHER_APP = "1001", "Ann Archer"
"""Its monitor is not there, so that the app is all that rings."""
PUSH = """
[push.webhook]
url = "{url}"
secret_file = "{secret}"
[push.fcm]
service_account = "{account}"
url = "{origin}"
"""
TOKEN = "dGhlLXRva2Vu-of-the-app"
TOKEN_PARAMS = f";pn-provider=fcm;pn-param=doorline-test;pn-prid={TOKEN}"


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, hook: Hook) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("woken")
    account, _, secret = key_files(folder, f"{hook.origin}/token")
    more = PUSH.format(url=hook.url, secret=secret, account=account, origin=hook.origin)
    with Program(folder, more=more) as running:
        body = {"provider": "webhook", "token": "the-token-of-the-app"}
        path = f"/accounts/{account_id(running, APP)}/push"
        assert running.api("PUT", path, body).status == 200
        yield running
        assert running.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in running.log


@dataclass
class Visit:
    """A visitor at the door, a monitor that rings, and an app whose telephone was pushed."""

    phones: DemoPhones
    hook: Hook
    door: SimulatedDevice
    monitor: SimulatedDevice
    app: SimulatedDevice
    began: str

    async def pushed(self) -> tuple[str, str]:
        """Event and reason of the next push."""
        return await asyncio.to_thread(self.hook.next)


@pytest.fixture
async def visit(server: Program, hook: Hook) -> AsyncIterator[Visit]:
    async with AsyncExitStack() as stack:
        phones = DemoPhones(server, stack)
        door, monitor = await phones.registered(DOOR), await phones.registered(MONITOR)
        app = await phones.start(APP)
        began = moment()
        await door.dial(FLAT)
        await monitor.expect("incoming")
        made = Visit(phones, hook, door, monitor, app, began)
        assert await made.pushed() == ("wake", "")
        yield made
    # A phone takes its registration back when it is switched off.
    path = f"/registrations?user={phones.user(APP)}"
    wait_until(lambda: server.get(path)["items"] == [], "the app is still registered")


@pytest.mark.feature("G03")
async def test_the_app_registers_while_it_rings_answers_and_is_heard(
    server: Program, visit: Visit
) -> None:
    """pjsua2 registers when its push has come, joins the fork, wins, and has sound."""
    await visit.phones.register(visit.app)
    await visit.app.expect("incoming")
    await visit.app.answer()
    await talk(visit.app, visit.door)
    await visit.monitor.expect("ended")
    await visit.door.hang_up()
    await visit.app.expect("ended")

    record = server.newest("/visits", visit.began)
    shown = server.get(f"/visits/{record['id']}")
    told = [one["kind"] for one in shown["timeline"]]
    assert (record["outcome"], record["answered_by"]["kind"]) == ("answered", "app")
    assert [leg["party"]["kind"] for leg in shown["stages"][0]["legs"]] == ["indoor", "app"]
    assert told.index("target_woken") < told.index("leg_rang") < told.index("leg_answered")
    health = server.get(f"/accounts/{account_id(server, APP)}/push")["health"]
    assert (health["last_outcome"], health["wakes"]) == ("sent", 1)


@pytest.mark.feature("G03")
async def test_the_app_is_told_that_the_monitor_has_answered_and_rings_no_more(
    server: Program, visit: Visit
) -> None:
    """The cancel push goes out; an app that registers afterwards is not rung."""
    await visit.monitor.answer()
    await talk(visit.monitor, visit.door)
    assert await visit.pushed() == ("cancel", "answered_elsewhere")
    await visit.phones.register(visit.app)
    with pytest.raises(DeviceError, match="does not ring"):
        await visit.app.expect("incoming", within=1.0)
    await visit.monitor.hang_up()
    await visit.door.expect("ended")

    record = server.newest("/visits", visit.began)
    assert (record["outcome"], record["answered_by"]["kind"]) == ("answered", "indoor")


async def test_the_app_is_told_that_the_visitor_has_left(server: Program, visit: Visit) -> None:
    await visit.door.hang_up()
    await visit.monitor.expect("ended")

    assert await visit.pushed() == ("cancel", "caller_hung_up")
    assert server.newest("/visits", visit.began)["outcome"] == "abandoned"


@pytest.mark.feature("G03")
async def test_an_app_is_woken_through_firebase_by_the_token_of_its_registration(
    server: Program, hook: Hook
) -> None:
    """RFC 8599 with pjsua2: it registers, is put to sleep, and comes back when the push is out."""
    async with AsyncExitStack() as stack:
        phones = DemoPhones(server, stack)
        door, app = await phones.registered(DOOR), await phones.start(OTHER_APP)
        await phones.register(app, TOKEN_PARAMS)
        await app.vanish()
        began = moment()
        await door.dial(OTHER_FLAT)
        push = await asyncio.to_thread(hook.pushes.get, timeout=PATIENCE)
        app = await phones.start(OTHER_APP)
        await phones.register(app, TOKEN_PARAMS)
        await app.expect("incoming")
        await app.answer()
        await talk(app, door)
        await door.hang_up()
        await app.expect("ended")
        record = server.newest("/visits", began)

    assert push["message"]["token"] == TOKEN
    assert (record["outcome"], record["answered_by"]["display"]) == ("answered", OTHER_APP)
    assert TOKEN not in server.log
