"""Kamailio as an edge proxy: phones register and call through it (RFC 3327, Record-Route)."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sipcore.agents.device import DeviceError, SimulatedDevice
from tests.scenarios.kamailio_interop.kamailio import Kamailio
from tests.support.program import Program, moment
from tests.support.sockets import free_port

DOMAIN = "doorline.local"
LENIENT = "[sip.registrar]\npath_without_support = true\n"
BOTH = pytest.mark.parametrize("transport", ["UDP", "TCP"])


@pytest.fixture
def kamailio(require_tool: Callable[[str], str]) -> str:
    if not any(Path("/usr/lib").glob("*/kamailio/modules/outbound.so")):
        require_tool("kamailio-outbound-modules")
    return require_tool("kamailio")


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def phone(
    stack: AsyncExitStack, server: Program, edge: Kamailio, query: str, transport: str
) -> SimulatedDevice:
    """A device of the demo, registered through the edge."""
    account = server.get(f"/accounts?{query}")["items"][0]
    secret = server.make(f"/accounts/{account['id']}/reset-password", None)
    device = await stack.enter_async_context(SimulatedDevice(query))
    await device.register(
        user=secret["user"],
        password=secret["password"],
        domain=DOMAIN,
        server=f"127.0.0.1:{edge.port}",
        transport=transport,
        rtp_port=free_port(),
    )
    return device


@BOTH
async def test_phones_behind_the_edge_call_each_other(
    stack: AsyncExitStack, kamailio: str, tmp_path: Path, transport: str
) -> None:
    server = stack.enter_context(Program(tmp_path, more=LENIENT))
    edge = stack.enter_context(Kamailio(kamailio, "edge.cfg", tmp_path, SERVER=server.udp[1]))
    door = await phone(stack, server, edge, "kind=door", transport)
    flat = server.get("/apartments?number=1001")["items"][0]
    monitor = await phone(stack, server, edge, f"kind=indoor&apartment_id={flat['id']}", transport)
    began = moment()

    await door.dial("1001")
    await monitor.expect("incoming")
    await door.expect("ringing")
    await monitor.answer()
    await door.expect("talking")
    await monitor.press("1")
    digit = await door.expect("digit")
    await door.hang_up()
    await monitor.expect("ended")

    record = server.newest("/visits", began)
    assert (record["outcome"], record["ended_by"], digit["digit"]) == ("answered", "caller", "1")
    registered = server.get("/registrations")["items"]
    assert len(registered) == 2
    assert "Not Along" not in edge.log
    assert server.metric("doorline_sip_internal_errors_total") == 0.0


async def test_a_phone_that_does_not_announce_path_is_refused_unless_the_operator_allows_it(
    stack: AsyncExitStack, kamailio: str, tmp_path: Path
) -> None:
    server = stack.enter_context(Program(tmp_path))
    edge = stack.enter_context(Kamailio(kamailio, "edge.cfg", tmp_path, SERVER=server.udp[1]))

    with pytest.raises(DeviceError, match="refused with 420"):
        await phone(stack, server, edge, "kind=door", "UDP")
