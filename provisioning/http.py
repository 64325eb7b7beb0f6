"""The routes of the autop listener: HTTP in, `Autop` behind.

Everything is answered here, whatever path and method, so that no route of the framework answers in
another voice. Paths hold tokens: the application must run without an access log.

A file is a plain 200 with Content-Length, without chunks or redirects: devices are simple clients.
"""

from typing import Protocol

from aiohttp import web

from provisioning.autop import NOT_FOUND_TEXT, NOTHING, TRY_LATER_TEXT, Answer, Ask

SERVER = "Doorline"
_PLAIN = "text/plain; charset=utf-8"
# A device may keep what it got and ask again with If-None-Match; nobody in between may keep it.
_PRIVATE = "private, no-cache"


class Delivery(Protocol):
    """What answers the requests: `Autop`, or something that passes them on to one."""

    async def fetch(self, ask: Ask) -> Answer:
        """Answer one request."""


def autop_routes(app: web.Application, deliver: Delivery) -> None:
    """Add GET and HEAD of `/autop/{token}/{file}` and `/autop/{file}`, and 404 for all else.

    Routes of other purposes on the same listener have to be added before.
    """

    async def handle(request: web.Request) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            return response(NOTHING)
        return response(
            await deliver.fetch(
                Ask(
                    path=request.match_info.get("tail", ""),
                    method=request.method,
                    source=request.remote or "",
                    agent=request.headers.get("User-Agent", ""),
                    if_none_match=request.headers.get("If-None-Match"),
                )
            )
        )

    async def elsewhere(_request: web.Request) -> web.Response:
        return response(NOTHING)

    app.router.add_route("*", "/autop", handle)
    app.router.add_route("*", "/autop/{tail:.*}", handle)
    app.router.add_route("*", "/{tail:.*}", elsewhere)


def response(answer: Answer) -> web.Response:
    """The HTTP form of an answer: always with a length, never in chunks."""
    file = answer.file
    if answer.status == 404 or file is None:
        return plain(answer.status, TRY_LATER_TEXT if answer.status == 503 else NOT_FOUND_TEXT)
    headers = {"Server": SERVER, "ETag": file.etag, "Cache-Control": _PRIVATE}
    if answer.status == 304:
        return web.Response(status=304, headers=headers)
    return web.Response(body=file.body, headers={**headers, "Content-Type": file.content_type})


def plain(status: int, text: str) -> web.Response:
    """Words of our own, which nobody keeps."""
    headers = {"Server": SERVER, "Cache-Control": "no-store", "Content-Type": _PLAIN}
    if status in (429, 503):
        headers["Retry-After"] = "60"
    return web.Response(status=status, body=text.encode(), headers=headers)
