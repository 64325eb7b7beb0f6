"""Action URLs over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO

import pytest
from aiohttp import ClientSession, FormData, web
from aiohttp.test_utils import TestServer

from provisioning import report_http
from provisioning.http import autop_routes, plain
from provisioning.picture import PICTURE_MOST
from provisioning.report_http import BODY_MOST, FIELDS_MOST, hook_routes
from provisioning.reports import NOT_FOUND, TOO_MANY, Body, Form, Knock, Reply
from tests.provisioning.test_autop import bench

Send = Callable[..., Awaitable[tuple[int, str]]]


class Receiver:
    """Takes everything."""

    def __init__(self) -> None:
        self.knocks: list[Knock] = []
        self.bodies: list[bytes] = []

    async def receive(self, knock: Knock, form: Form | None = None) -> Reply:
        if knock.token == "wrong":
            return NOT_FOUND
        posted = {} if form is None else await form()
        if isinstance(posted, Reply):
            return posted
        said = {**posted, **knock.variables}
        self.knocks.append(Knock(knock.token, knock.event, knock.source, said))
        return Reply(200)

    async def receive_picture(self, knock: Knock, body: Body) -> Reply:
        if knock.token == "wrong":
            return NOT_FOUND
        self.knocks.append(knock)
        found = await body()
        if isinstance(found, Reply):
            return found
        self.bodies.append(found)
        return Reply(200)


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Send, Receiver]]:
    """The routes on a real socket, beside those of autop, and a function that sends to them."""
    app, receiver = web.Application(), Receiver()
    hook_routes(app, receiver)
    autop_routes(app, bench().autop)
    async with TestServer(app, access_log=None) as server, ClientSession() as session:

        async def send(path: str, method: str = "GET", **body: object) -> tuple[int, str]:
            url = server.make_url(path)
            async with session.request(method, url, **body) as answer:  # type: ignore[arg-type]
                return answer.status, await answer.text()

        yield send, receiver


async def test_an_event_comes_with_the_variables_of_its_query() -> None:
    async with served() as (send, receiver):
        assert await send("/hook/tok/MakeCall?remote=10.0.0.2&call_id=a%20b") == (200, "")

        (knock,) = receiver.knocks
        assert (knock.token, knock.event, knock.source) == ("tok", "MakeCall", "127.0.0.1")
        assert dict(knock.variables) == {"remote": "10.0.0.2", "call_id": "a b"}


async def test_a_form_says_what_the_query_does_not() -> None:
    async with served() as (send, receiver):
        form = {"remote": "10.0.0.9", "call_id": "7"}
        await send("/hook/tok/HangUp?remote=10.0.0.2", "POST", data=form)
        plain_text = {"data": b"call_id=7", "headers": {"Content-Type": "text/plain"}}
        await send("/hook/tok/HangUp?remote=10.0.0.2", "POST", **plain_text)

        assert [dict(one.variables) for one in receiver.knocks] == [
            {"remote": "10.0.0.2", "call_id": "7"},
            {"remote": "10.0.0.2"},
        ]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/hook", "GET"),
        ("/hook/", "GET"),
        ("/hook/tok", "GET"),
        ("/hook/tok/MakeCall/more", "GET"),
        ("/hook/tok/MakeCall", "PUT"),
        ("/hook/tok/MakeCall", "DELETE"),
    ],
)
async def test_everything_else_is_the_404_of_everything_else(path: str, method: str) -> None:
    async with served() as (send, receiver):
        assert await send(path, method) == (404, "Not found.\n")
        assert receiver.knocks == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"a" * (BODY_MOST + 1), 413),
        (b"remote=\xff", 400),
        (b"&".join(b"a=1" for _ in range(FIELDS_MOST + 1)), 400),
    ],
)
async def test_a_body_that_is_no_form_of_ours_is_refused_with_a_text(
    body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with served() as (send, receiver):
        answered, text = await send("/hook/tok/HangUp", "POST", data=body, headers=headers)

        assert (answered, text.endswith(".\n"), receiver.knocks) == (status, True, [])


async def test_a_form_may_be_as_large_as_is_said() -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with served() as (send, _receiver):
        body = b"a" * BODY_MOST
        assert await send("/hook/tok/HangUp", "POST", data=body, headers=headers) == (200, "")


@pytest.mark.parametrize("event", ["HangUp", "Picture"])
async def test_a_body_that_does_not_come_is_no_longer_waited_for(
    event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_http, "PATIENCE", 0.01)

    answer, _ = await exchange(
        f"POST /hook/tok/{event} HTTP/1.1", b"Content-Length: 20\r\n\r\nbody"
    )

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_picture_is_a_body_of_its_own_or_the_first_part_of_a_form() -> None:
    async with served() as (send, receiver):
        picture = bytes(range(256)) * 100
        form = FormData()
        form.add_field("file", picture, filename="a.jpg", content_type="image/jpeg")

        assert await send("/hook/tok/Picture", "POST", data=picture) == (200, "")
        assert await send("/hook/tok/pICTURE?remote=1", "POST", data=form) == (200, "")
        assert receiver.bodies == [picture, picture]
        assert [dict(one.variables) for one in receiver.knocks] == [{}, {}]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("image/jpeg", b"a" * (PICTURE_MOST + 1), 413),
        ("multipart/form-data", b"a", 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken", 400),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 400),
        ("multipart/mixed; boundary=x", b"--x\r\nContent-Type: multipart/mixed\r\n\r\n--y", 400),
    ],
)
async def test_a_body_that_cannot_be_a_picture_is_refused(
    kind: str, body: bytes, status: int
) -> None:
    async with served() as (send, receiver):
        answered, text = await send(
            "/hook/tok/Picture", "POST", data=BytesIO(body), headers={"Content-Type": kind}
        )

        assert (answered, text.endswith(".\n"), receiver.bodies) == (status, True, [])


@pytest.mark.parametrize(
    ("token", "status", "text"),
    [("tok", 400, "The body cannot be read.\n"), ("wrong", 404, "Not found.\n")],
)
@pytest.mark.parametrize("event", ["HangUp", "Picture"])
async def test_a_body_that_is_not_what_its_headers_say_is_no_fault_of_the_server(
    event: str, token: str, status: int, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with served() as (send, receiver):
        answer = await send(
            f"/hook/{token}/{event}",
            "POST",
            data=BytesIO(b"no gzip at all"),
            headers={"Content-Encoding": "gzip"},
        )

    assert answer == (status, text)
    assert (receiver.bodies, caplog.records) == ([], [])


@pytest.mark.parametrize("token", ["tok", "wrong"])
@pytest.mark.parametrize(
    ("event", "kind"),
    [("HangUp", "text/plain"), ("Picture", "multipart/form-data; boundary=x")],
)
async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_fault_of_the_server(
    event: str, kind: str, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, receiver, replied = web.Application(), Receiver(), asyncio.Event()

    @web.middleware
    async def told(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            replied.set()

    app.middlewares.append(told)
    hook_routes(app, receiver)
    async with TestServer(app, access_log=None) as server:
        _reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = f"POST /hook/{token}/{event} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\n"
        writer.write(f"{head}Content-Length: 100\r\n\r\n--x\r\nContent".encode())
        await writer.drain()
        writer.close()
        await asyncio.wait_for(replied.wait(), 5)

    assert (receiver.bodies, caplog.records) == ([], [])


async def exchange(head: str, *parts: bytes) -> list[bytes]:
    """What comes back over one connection after the head and after each part; at last its end."""
    app = web.Application()
    hook_routes(app, Receiver())
    async with TestServer(app, access_log=None) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"{head}\r\nHost: a\r\n".encode())
        heard: list[bytes] = []
        async with asyncio.timeout(5):
            for part in parts:
                writer.write(part)
                heard.append(await reader.readuntil(b"\r\n\r\n"))
                length = int(heard[-1].lower().partition(b"content-length: ")[2].split()[0])
                heard[-1] += await reader.readexactly(length)
            if b"connection: close" in heard[-1].lower():
                writer.write(b"rest of the body")
                heard.append(await reader.read())
        writer.close()
    return heard


async def test_who_is_refused_in_the_middle_of_a_body_hears_it_at_once_and_is_closed() -> None:
    answer, after = await exchange(
        "POST /hook/wrong/Picture HTTP/1.1", b"Content-Length: 20\r\n\r\nbody"
    )

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.endswith(b"\r\n\r\nNot found.\n")
    assert b"\r\nConnection: close\r\n" in answer
    assert after == b""


async def test_a_connection_whose_body_was_read_is_used_again() -> None:
    report = b"Content-Length: 4\r\n\r\na=b&"
    again = b"POST /hook/tok/HangUp HTTP/1.1\r\nHost: a\r\n" + report

    answers = await exchange("POST /hook/tok/HangUp HTTP/1.1", report, again)

    assert [answer.partition(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK"] * 2


def test_whoever_comes_too_often_is_told_when_to_come_again() -> None:
    answer = plain(TOO_MANY.status, TOO_MANY.text)

    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
