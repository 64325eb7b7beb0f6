"""HTTP listeners on real loopback sockets."""

import asyncio
import socket

import pytest
from aiohttp import ClientSession, web

from doorline.failures import StartError
from doorline.http_listener import HttpListener, url_of
from doorline.settings import Address


def application() -> web.Application:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    return app


async def test_a_listener_answers_on_the_ports_it_got() -> None:
    listener = HttpListener("http/admin", (Address("127.0.0.1", 0), Address("localhost", 0)))
    listener.bind()
    bound, lines = listener.bound, listener.lines
    await listener.serve(application())
    answers = []
    async with ClientSession() as client:
        for address in bound:
            async with client.get(url_of(address.host, address.port)) as response:
                answers.append(await response.text())
    await listener.stop()

    assert answers == ["hello", "hello"]
    assert lines == tuple(f"http/admin {address}" for address in bound)
    assert listener.bound == ()


@pytest.mark.parametrize("part", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n"])
async def test_a_connection_without_a_whole_request_is_closed(
    monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    monkeypatch.setattr("doorline.http_listener.IDLE_TIMEOUT", 0.01)
    listener = HttpListener("http/autop", (Address("127.0.0.1", 0),))
    listener.bind()
    (bound,) = listener.bound
    await listener.serve(application())
    reader, writer = await asyncio.open_connection(bound.host, bound.port)
    writer.write(part)
    async with asyncio.timeout(10):
        said = await reader.read()
    writer.close()
    await listener.stop()

    assert said == b""


async def test_a_port_in_use_is_told_in_one_line_and_nothing_stays_bound() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listener = HttpListener("http/autop", (Address("127.0.0.1", 0), Address("127.0.0.1", port)))

        with pytest.raises(StartError) as caught:
            listener.bind()

    assert str(caught.value) == (
        f"cannot listen on http/autop 127.0.0.1:{port}: the port is in use by another program; "
        "stop it or choose another port"
    )
    assert listener.bound == ()


def test_addresses_of_ipv6_hosts_have_brackets() -> None:
    assert url_of("::1", 8080) == "http://[::1]:8080"
