"""`/hook/<token>/<event>` of the autop listener: HTTP in, `Reports` behind.

Paths hold tokens and queries what people typed: the application must run without an access log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from provisioning.http import SERVER
from provisioning.picture import PICTURE_MOST
from provisioning.reports import NOTHING, PICTURE, Body, Knock, Reply

BODY_MOST = 8192
"""Octets of a form."""
PATIENCE = 10.0
"""Seconds in which a body must be there."""
FIELDS_MOST = 64
_FORM = "application/x-www-form-urlencoded"
_TOO_SLOW = Reply(408, "The body did not come.\n")
_MALFORMED = Reply(400, "The form cannot be read.\n")


class Receiver(Protocol):
    """What answers the requests; `Reports` is one."""

    async def receive(self, knock: Knock) -> Reply:
        """Answer one request."""

    async def receive_picture(self, knock: Knock, body: Body) -> Reply:
        """Answer one that carries a picture."""


def hook_routes(app: web.Application, receiver: Receiver) -> None:
    """Add GET and POST of `/hook/{token}/{event}`; to be called before `autop_routes`."""

    async def handle(request: web.Request) -> web.Response:
        token, slash, event = request.match_info.get("tail", "").partition("/")
        if request.method not in ("GET", "POST") or not slash or "/" in event:
            return response(NOTHING)
        source = request.remote or ""
        if request.method == "POST" and event.lower() == PICTURE:
            knock = Knock(token, event, source, {})
            return response(await receiver.receive_picture(knock, lambda: _picture(request)))
        variables: Mapping[str, str] = request.query
        if request.method == "POST":
            form = await _form(request)
            if isinstance(form, Reply):
                return response(form)
            variables = {**form, **request.query}
        return response(await receiver.receive(Knock(token, event, source, variables)))

    app.router.add_route("*", "/hook/{tail:.*}", handle)


def response(reply: Reply) -> web.Response:
    """The HTTP form of a reply."""
    headers = {
        "Server": SERVER,
        "Cache-Control": "no-store",
        "Content-Type": "text/plain; charset=utf-8",
    }
    if reply.status in (429, 503):
        headers["Retry-After"] = "60"
    return web.Response(status=reply.status, body=reply.text.encode(), headers=headers)


async def _form(request: web.Request) -> Mapping[str, str] | Reply:
    """Variables of the body; a body of another type says nothing to us."""
    body = await _read(request.content.readany, BODY_MOST)
    if isinstance(body, Reply):
        return body
    if request.content_type != _FORM:
        return {}
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=FIELDS_MOST))
    except ValueError:
        return _MALFORMED


async def _picture(request: web.Request) -> bytes | Reply:
    """The body, or of a form of several parts the first one."""
    if not request.content_type.startswith("multipart/"):
        return await _read(request.content.readany, PICTURE_MOST)
    try:
        part = await asyncio.wait_for(anext(await request.multipart(), None), PATIENCE)
        if not isinstance(part, BodyPartReader):
            return _MALFORMED
        return await _read(part.read_chunk, PICTURE_MOST)
    except TimeoutError:
        return _TOO_SLOW
    except (ValueError, AssertionError, EOFError, HttpProcessingError):
        return _MALFORMED


async def _read(more: Callable[[], Awaitable[bytes]], most: int) -> bytes | Reply:
    """Everything, piece by piece, unless it is too much or takes too long."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            while piece := await more():
                body += piece
                if len(body) > most:
                    return Reply(413, f"At most {most} octets.\n")
    except TimeoutError:
        return _TOO_SLOW
    return bytes(body)
