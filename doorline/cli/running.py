"""The running server as commands ask it: over its admin listener, with an operator's token."""

import asyncio
import os
from typing import Annotated

import aiohttp
import typer

from doorline.cli.failure import CommandFailedError
from doorline.http_listener import url_of
from doorline.settings import Settings

CONNECT_TIMEOUT = 5.0
PATIENCE = 30.0
"""Seconds of silence, beside those that were asked for, after which the server is given up."""

TokenOption = Annotated[
    str,
    typer.Option(envvar="DOORLINE_TOKEN", help="API token of an operator.", show_default=False),
]
UrlOption = Annotated[
    str, typer.Option(metavar="URL", help="Admin listener, when it is not the settings' first.")
]


def text_of(base: str, path: str, token: str) -> str:
    """What the API answers at a path under /api/v1; CommandFailedError when it does not."""
    if not token:
        raise CommandFailedError(
            "expected the API token of an operator in DOORLINE_TOKEN or after --token"
        )
    try:
        return asyncio.run(_text_of(base, path, token))
    except aiohttp.ClientConnectorError as error:
        raise CommandFailedError(f"{base}: {unreachable(error)}") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CommandFailedError(f"{base}: {error or 'no answer in time'}") from error


async def _text_of(base: str, path: str, token: str) -> str:
    timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT, sock_read=PATIENCE)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(f"{base}/api/v1{path}", headers=headers, allow_redirects=False) as answer,
    ):
        if answer.status != 200:
            raise CommandFailedError(await refusal(answer))
        return await answer.text("utf-8", "replace")


def unreachable(error: aiohttp.ClientConnectorError) -> str:
    """Why there is no connection, and what to look at."""
    if isinstance(error, aiohttp.ClientSSLError):
        return f"cannot connect: {error.os_error}"
    # Numbers of failed name look-ups are not above 0 and mean nothing to `strerror`.
    number = error.os_error.errno or 0
    reason = os.strerror(number) if number > 0 else error.os_error.strerror or "no such host"
    return (
        f"cannot connect: {reason}; is the server running? Its admin listener is looked for where "
        "--url says, or else http.admin of the settings or DOORLINE_HTTP__ADMIN"
    )


async def refusal(answer: aiohttp.ClientResponse) -> str:
    """Why the server refused, in its own words."""
    try:
        document = await answer.json(content_type=None)
        detail = str(document["detail"])
        faults = [
            f"{fault['field']}: {fault['message']}"
            for fault in document.get("errors", ())
            if fault["message"] != detail
        ]
        return " ".join(filter(None, (f"the server refuses: {detail}", "; ".join(faults))))
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"the server refuses with status {answer.status}"


def admin_url(settings: Settings) -> str:
    """The first admin listener of the settings, seen from this machine."""
    address = settings.http.admin[0]
    if not address.port:
        raise CommandFailedError("http.admin picks a free port: name its address with --url")
    return url_of("127.0.0.1" if address.everywhere else address.host, address.port)
