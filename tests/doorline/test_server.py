"""The composed server on loopback: what it says, what answers, and how it stops."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from doorline.compose import compose
from doorline.failures import StartError
from doorline.server import DoorlineServer, ReloadError
from doorline.settings import (
    Address,
    HttpSettings,
    ListenSettings,
    ServerSettings,
    Settings,
    SipSettings,
    TlsSettings,
)
from tests.support.certificates import authority
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy

ANY = (Address("127.0.0.1", 0),)


def settings(folder: Path, **sip: object) -> Settings:
    listen = ListenSettings(udp=ANY, tcp=ANY)
    return Settings(
        server=ServerSettings(data_dir=folder / "var"),
        sip=SipSettings(**({"listen": listen} | sip)),  # type: ignore[arg-type]
        http=HttpSettings(autop=ANY, admin=ANY),
    )


async def composed(configured: Settings) -> DoorlineServer:
    return await compose(configured, clock=ManualClock(), entropy=SequenceEntropy())


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[DoorlineServer]:
    made = await composed(settings(tmp_path))
    await made.start()
    yield made
    await made.stop()


async def test_every_listener_has_its_line(tmp_path: Path) -> None:
    made = await composed(settings(tmp_path))
    lines = await made.start()
    address = made.address
    await made.stop()

    assert [line.partition(" 127.0.0.1:")[0] for line in lines] == [
        "sip/udp",
        "sip/tcp",
        "http/autop",
        "http/admin",
    ]
    assert address is not None
    ports = [line.rpartition(":")[2] for line in lines]
    assert address.ports == {"udp": int(ports[0]), "tcp": int(ports[1])}
    assert address.public_url == f"http://127.0.0.1:{ports[2]}"
    assert address.host == "127.0.0.1"


async def test_the_server_answers_on_all_of_them(server: DoorlineServer) -> None:
    assert server.address is not None
    async with ClientSession() as client:
        async with client.get(f"http://{server.operators.listener.bound[0]}/readyz") as ready:
            readiness = await ready.json()
        async with client.get(f"{server.address.public_url}/autop/x.cfg") as file:
            autop_status = file.status
    reply = await options(server.address.ports["udp"])
    async with (
        ClientSession() as client,
        client.get(f"http://{server.operators.listener.bound[0]}/metrics") as metrics,
    ):
        figures = await metrics.text()

    assert [(check["name"], check["ok"]) for check in readiness["checks"]] == [
        ("listeners", False),  # the life cycle says so once it has told everybody
        ("draining", True),
        ("database", True),
        ("stored_bindings", True),
        ("stored_calls", True),
        ("door_log", True),
        ("autop_ledger", True),
    ]
    assert autop_status == 404
    assert reply.startswith(b"SIP/2.0 200 OK\r\n")
    assert 'doorline_sip_requests_total{method="OPTIONS"} 1.0' in figures


async def options(port: int) -> bytes:
    """The answer to an OPTIONS over UDP."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.setblocking(False)
        phone.bind(("127.0.0.1", 0))
        request = (
            "OPTIONS sip:doorline.local SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{phone.getsockname()[1]};branch=z9hG4bK1;rport\r\n"
            "From: <sip:a@doorline.local>;tag=1\r\nTo: <sip:doorline.local>\r\n"
            "Call-ID: c1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        await loop.sock_sendto(phone, request.encode(), ("127.0.0.1", port))
        async with asyncio.timeout(10):
            return await loop.sock_recv(phone, 65536)


async def test_a_sip_port_in_use_is_told_and_nothing_stays_bound(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listen = ListenSettings(udp=(), tcp=(Address("127.0.0.1", port),))
        made = await composed(settings(tmp_path, listen=listen))
        with pytest.raises(StartError) as caught:
            await made.start()
        await made.stop()

    assert str(caught.value) == (
        f"cannot listen on sip/tcp 127.0.0.1:{port}: the port is in use by another program; "
        "stop it or choose another port"
    )
    assert made.operators.listener.bound == ()


async def test_a_listener_on_every_address_is_told_as_one_that_can_be_reached(
    tmp_path: Path,
) -> None:
    listen = ListenSettings(udp=(Address.parse("*:0"),), tcp=())
    made = await composed(settings(tmp_path, listen=listen))
    await made.start()
    address = made.address
    await made.stop()

    assert address is not None
    assert address.host != "0.0.0.0"  # noqa: S104 - compared with, not bound to


async def test_every_kind_of_listener_is_opened_and_told(tmp_path: Path) -> None:
    secured = TlsSettings(*authority().sign().files(tmp_path, "server"))
    told = (Address.parse("127.0.0.1:0 as sip.example.org:443"),)
    listen = ListenSettings(udp=ANY, tcp=ANY, tls=ANY, ws=ANY, wss=told)
    made = await composed(settings(tmp_path, listen=listen, tls=secured))
    lines = await made.start()
    address = made.address
    await made.stop()

    kinds = ["udp", "tcp", "tls", "ws", "wss"]
    assert [line.partition(" 127.0.0.1:")[0] for line in lines[:5]] == [
        f"sip/{kind}" for kind in kinds
    ]
    ports = [int(line.rpartition(":")[2]) for line in lines[:5]]
    assert address is not None
    assert address.ports == dict(zip(kinds, ports, strict=True)) | {"wss": 443}
    assert ports[4] != 443


async def test_a_broken_certificate_is_told_and_the_old_one_stays(tmp_path: Path) -> None:
    files = authority().sign().files(tmp_path, "server")
    listen = ListenSettings(udp=ANY, tcp=(), tls=ANY)
    made = await composed(settings(tmp_path, listen=listen, tls=TlsSettings(*files)))
    await made.start()
    before = made.endpoint.streams.tls
    (tmp_path / "server.pem").write_text("half a certifi")
    with pytest.raises(ReloadError) as caught:
        made.reload()
    kept = made.endpoint.streams.tls is before
    authority().sign().files(tmp_path, "server")
    done = made.reload()
    renewed = made.endpoint.streams.tls is not before
    await made.stop()

    assert str(caught.value).startswith("certificates stay as they were: sip.tls.certificate: ")
    assert (kept, done, renewed) == (True, "templates, certificates", True)


async def test_an_advertised_host_goes_into_the_files_of_devices(tmp_path: Path) -> None:
    made = await composed(settings(tmp_path, advertised_host="intercom.example"))
    await made.start()
    address, done = made.address, made.reload()
    await made.drain(0.0)
    await made.stop()

    assert address is not None
    assert address.host == "intercom.example"
    assert done == "templates"
