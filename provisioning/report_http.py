"""`/hook/<token>/<event>` of the autop listener: HTTP in, `Reports` behind.

Paths hold tokens and queries what people typed: the application must run without an access log.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qsl

from aiohttp import web

from provisioning.http import SERVER
from provisioning.reports import NOTHING, Knock, Reply

BODY_MOST = 8192
"""Octets of a form."""
PATIENCE = 10.0
"""Seconds in which a body must be there."""
FIELDS_MOST = 64
_FORM = "application/x-www-form-urlencoded"
_TOO_LARGE = Reply(413, f"At most {BODY_MOST} octets.\n")
_TOO_SLOW = Reply(408, "The body did not come.\n")
_MALFORMED = Reply(400, "The form cannot be read.\n")


class Receiver(Protocol):
    """What answers the requests; `Reports` is one."""

    async def receive(self, knock: Knock) -> Reply:
        """Answer one request."""


def hook_routes(app: web.Application, receiver: Receiver) -> None:
    """Add GET and POST of `/hook/{token}/{event}`; to be called before `autop_routes`."""

    async def handle(request: web.Request) -> web.Response:
        token, slash, event = request.match_info.get("tail", "").partition("/")
        if request.method not in ("GET", "POST") or not slash or "/" in event:
            return response(NOTHING)
        variables: Mapping[str, str] = request.query
        if request.method == "POST":
            form = await _form(request)
            if isinstance(form, Reply):
                return response(form)
            variables = {**form, **request.query}
        return response(
            await receiver.receive(Knock(token, event, request.remote or "", variables))
        )

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
    body = b""
    try:
        async with asyncio.timeout(PATIENCE):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > BODY_MOST:
                    return _TOO_LARGE
    except TimeoutError:
        return _TOO_SLOW
    if request.content_type != _FORM:
        return {}
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=FIELDS_MOST))
    except ValueError:
        return _MALFORMED
