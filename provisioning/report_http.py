"""`/hook/<token>/<event>` of the autop listener: HTTP in, `Reports` behind.

Paths hold tokens and queries what people typed: the application must run without an access log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from provisioning.http import plain
from provisioning.picture import PICTURE_MOST
from provisioning.reports import NOT_FOUND, PICTURE, Body, Form, Knock, Reply

BODY_MOST = 8192
"""Octets of a form."""
PATIENCE = 10.0
"""Seconds in which a body must be there."""
FIELDS_MOST = 64
_FORM = "application/x-www-form-urlencoded"
_TOO_SLOW = Reply(408, "The body did not come.\n")
_MALFORMED = Reply(400, "The body cannot be read.\n")
_UNREADABLE = (
    ValueError,
    AssertionError,
    EOFError,
    OSError,
    ClientError,
    HttpProcessingError,
    web.PayloadAccessError,
    web.RequestPayloadError,
)
"""What reading raises for a body that is not what its headers say, or that breaks off."""

_Read = TypeVar("_Read")


class Receiver(Protocol):
    """What answers the requests; `Reports` is one."""

    async def receive(self, knock: Knock, form: Form | None = None) -> Reply:
        """Answer one request; `form` reads what was posted with it."""

    async def receive_picture(self, knock: Knock, body: Body) -> Reply:
        """Answer one that carries a picture."""


def hook_routes(app: web.Application, receiver: Receiver) -> None:
    """Add GET and POST of `/hook/{token}/{event}`; to be called before `autop_routes`."""

    async def handle(request: web.Request) -> web.Response:
        reply = await _reply(request, receiver)
        answer = plain(reply.status, reply.text)
        await _send(request, answer)
        return answer

    app.router.add_route("*", "/hook/{tail:.*}", handle)


async def _reply(request: web.Request, receiver: Receiver) -> Reply:
    """What the receiver says; whether and when the body is read is its business."""
    token, slash, event = request.match_info.get("tail", "").partition("/")
    if request.method not in ("GET", "POST") or not slash or "/" in event:
        return NOT_FOUND
    source = request.remote or ""
    if request.method == "GET":
        return await receiver.receive(Knock(token, event, source, request.query))
    if event.lower() == PICTURE:
        knock = Knock(token, event, source, {})
        return await receiver.receive_picture(knock, lambda: _had(lambda: _picture(request)))
    knock = Knock(token, event, source, request.query)
    return await receiver.receive(knock, lambda: _had(lambda: _form(request)))


async def _send(request: web.Request, answer: web.Response) -> None:
    """Send the answer first, and throw away afterwards what nobody read of the body.

    The server would do so too, but takes a body that cannot be read for a fault of its own.
    """
    content = request.content
    if content.is_eof():
        return
    answer.force_close()
    with suppress(OSError, ClientError):
        await answer.prepare(request)
        await answer.write_eof()
    try:
        async with asyncio.timeout(PATIENCE):
            while await content.readany():
                pass
    except _UNREADABLE:
        content.feed_eof()


async def _had(read: Callable[[], Awaitable[_Read | Reply]]) -> _Read | Reply:
    """What `read` finds, in time; a reply when the body does not come or cannot be read."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await read()
    except TimeoutError:
        return _TOO_SLOW
    except _UNREADABLE:
        return _MALFORMED


async def _form(request: web.Request) -> Mapping[str, str] | Reply:
    """Variables of the body; a body of another type says nothing to us."""
    body = await _read(request.content.readany, BODY_MOST)
    if isinstance(body, Reply):
        return body
    if request.content_type != _FORM:
        return {}
    return dict(parse_qsl(body.decode("ascii"), max_num_fields=FIELDS_MOST))


async def _picture(request: web.Request) -> bytes | Reply:
    """The body, or of a form of several parts the first one."""
    if not request.content_type.startswith("multipart/"):
        return await _read(request.content.readany, PICTURE_MOST)
    part = await anext(await request.multipart(), None)
    if not isinstance(part, BodyPartReader):
        return _MALFORMED
    return await _read(part.read_chunk, PICTURE_MOST)


async def _read(more: Callable[[], Awaitable[bytes]], most: int) -> bytes | Reply:
    """Everything, piece by piece, unless it is too much."""
    body = bytearray()
    while piece := await more():
        body += piece
        if len(body) > most:
            return Reply(413, f"At most {most} octets.\n")
    return bytes(body)
