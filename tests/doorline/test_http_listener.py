"""HTTP listeners on real loopback sockets."""

import socket

import pytest
from aiohttp import ClientSession, web

from doorline.failures import StartError
from doorline.http_listener import HttpListener
from doorline.settings import Address


def application() -> web.Application:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    return app


async def test_a_listener_answers_on_the_ports_it_got() -> None:
    listener = HttpListener(
        "http/admin", application(), (Address("127.0.0.1", 0), Address("127.0.0.1", 0))
    )
    await listener.start()
    answers = []
    async with ClientSession() as client:
        for address in listener.bound:
            async with client.get(f"http://{address}/") as response:
                answers.append(await response.text())
    await listener.stop()

    assert answers == ["hello", "hello"]
    assert listener.lines == tuple(f"http/admin {address}" for address in listener.bound)
    assert listener.url() == f"http://{listener.bound[0]}"


async def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        listener = HttpListener("http/autop", application(), (Address("127.0.0.1", port),))

        with pytest.raises(StartError) as caught:
            await listener.start()

    assert str(caught.value) == (
        f"cannot listen on http/autop 127.0.0.1:{port}: the port is in use by another program; "
        "stop it or choose another port"
    )
