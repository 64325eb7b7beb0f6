"""pjsua2, which we did not write, over each of its transports."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sipcore.agents.device import DeviceError, SimulatedDevice
from tests.scenarios.running_server import RunningServer, free_udp_port
from tests.scenarios.secure_listeners import self_signed

DOMAIN = "doorline.local"


@pytest.fixture
async def server(
    transport: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningServer]:
    if transport == "TLS":
        certificate, key = self_signed(tmp_path, "127.0.0.1")
        monkeypatch.setenv("DOORLINE_SIP__LISTEN__TLS", "127.0.0.1:0")
        monkeypatch.setenv("DOORLINE_SIP__TLS__CERTIFICATE", str(certificate))
        monkeypatch.setenv("DOORLINE_SIP__TLS__PRIVATE_KEY", str(key))
    async with RunningServer(tmp_path) as running:
        yield running


class Line:
    """Accounts of the demo community and phones for them on one transport."""

    def __init__(self, server: RunningServer, stack: AsyncExitStack, transport: str) -> None:
        self._server = server
        self._stack = stack
        self._transport = transport

    async def secret(self, kind: str, which: int = 0) -> tuple[str, str]:
        """User and a new password of an account of a kind, the first one if none is named."""
        account = (await self._server.call("GET", f"/accounts?kind={kind}"))["items"][which]
        secret = await self._server.call("POST", f"/accounts/{account['id']}/reset-password")
        return secret["user"], secret["password"]

    async def phone(self, user: str, password: str) -> SimulatedDevice:
        """A phone that is registered; DeviceError when it is refused."""
        device = await self._stack.enter_async_context(SimulatedDevice(user))
        await device.register(
            user=user,
            password=password,
            domain=DOMAIN,
            server=self._server.address(f"sip/{self._transport.lower()}"),
            transport=self._transport,
            rtp_port=free_udp_port(),
        )
        return device

    async def visitor_and_guard(self) -> tuple[SimulatedDevice, SimulatedDevice]:
        """A door phone and the guard phone it called, talking."""
        door = await self.phone(*await self.secret("door"))
        guard = await self.phone(*await self.secret("guard"))
        await door.dial("0")
        await guard.expect("incoming")
        await guard.answer()
        await door.expect("talking")
        await guard.expect("talking")
        return door, guard


async def status_of_transfer(device: SimulatedDevice) -> object:
    """What the phone that passed a call on is told in the end."""
    told = await device.expect("transfer")
    while not told["final"]:
        told = await device.expect("transfer")
    return told["status"]


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
async def test_a_call_is_answered_opens_the_door_and_is_hung_up(
    server: RunningServer, transport: str
) -> None:
    (relay,) = (await server.call("GET", "/relays?name=Main"))["items"]
    async with AsyncExitStack() as stack:
        line = Line(server, stack, transport)
        door = await line.phone(*await line.secret("door"))
        user, password = await line.secret("app")
        app = await line.phone(user, password)
        with pytest.raises(DeviceError, match="refused with 403"):
            await line.phone(user, "not-the-password")
        rows = (await server.call("GET", "/registrations"))["items"]
        await door.dial(user)
        await app.expect("incoming")
        await app.answer()
        await door.expect("talking")
        await app.expect("talking")
        await app.press(relay["dtmf_code"])
        heard = await door.expect("digit")
        await app.hang_up()
        await door.expect("ended")

    assert {row["transport"] for row in rows} == {transport.lower()}
    assert heard["digit"] == relay["dtmf_code"]
    (opening,) = (await server.call("GET", "/door-log?log_type=door_release"))["items"]
    assert opening["response"] == "allowed"
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_a_guard_passes_the_visitor_on_to_an_app(
    server: RunningServer, transport: str
) -> None:
    async with AsyncExitStack() as stack:
        line = Line(server, stack, transport)
        door, guard = await line.visitor_and_guard()
        user, password = await line.secret("app")
        app = await line.phone(user, password)
        await guard.pass_on(user)
        await app.expect("incoming")
        await app.answer()
        await app.expect("talking")
        status = await status_of_transfer(guard)
        await guard.expect("ended")
        assert not door.saw("ended")
        await door.hang_up()
        await app.expect("ended")

    assert status == 200
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_a_guard_asks_the_app_first_and_then_joins_the_two(
    server: RunningServer, transport: str
) -> None:
    async with AsyncExitStack() as stack:
        line = Line(server, stack, transport)
        door, guard = await line.visitor_and_guard()
        user, password = await line.secret("app")
        app = await line.phone(user, password)
        await guard.consult(user)
        await app.expect("incoming")
        await app.answer()
        await app.expect("talking")
        await guard.expect("talking")
        await guard.join()
        status = await status_of_transfer(guard)
        await guard.expect("ended")
        await guard.expect("ended")
        assert not door.saw("ended")
        await app.hang_up()
        await door.expect("ended")

    assert status == 200
    assert "Traceback" not in server.log()
