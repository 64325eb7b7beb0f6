"""`doorline sniff`: the signalling of one account as a pcap file, from the running server."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import aiohttp
import typer

from admin_api.resources.capture import MAX_SECONDS, user_of
from doorline.cli.failure import CommandFailedError
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption
from doorline.http_listener import url_of
from doorline.settings import Settings, load

PATH = "/api/v1/capture"
STDOUT = Path("-")
CONNECT_TIMEOUT = 5.0
PATIENCE = 30.0
"""Seconds of silence, beside those that were asked for, after which the server is given up."""


def sniff(
    aor: Annotated[str, typer.Option(metavar="USER", help="Account, or its SIP address.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write; `-` is stdout. Default: USER.pcap"),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(min=0, max=MAX_SECONDS, help="How long to follow what comes next."),
    ] = 0,
    token: Annotated[
        str,
        typer.Option(
            envvar="DOORLINE_TOKEN", help="API token of a root operator.", show_default=False
        ),
    ] = "",
    url: Annotated[
        str, typer.Option(metavar="URL", help="Admin listener, when it is not the settings' first.")
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write what went over the wire for one account, for Wireshark, tshark or sngrep."""
    if not token:
        raise CommandFailedError(
            "expected the API token of a root operator in DOORLINE_TOKEN or after --token"
        )
    base = url.rstrip("/") or _admin_url(load(config))
    target = out or Path(_file_name(user_of(aor)))
    try:
        written = asyncio.run(_fetch(base, aor, seconds, token, target))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CommandFailedError(f"{base}: {error or 'no answer in time'}") from error
    except OSError as error:
        raise CommandFailedError(f"{target}: {error.strerror or error}") from error
    if target != STDOUT:
        print(f"{target}: {written} octets")


async def _fetch(base: str, aor: str, seconds: float, token: str, target: Path) -> int:
    """Copy the server's answer into the target as it comes; how many octets."""
    timeout = aiohttp.ClientTimeout(
        total=None, connect=CONNECT_TIMEOUT, sock_read=seconds + PATIENCE
    )
    query = {"aor": aor, "seconds": f"{seconds:g}"}
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(base + PATH, params=query, headers=headers, allow_redirects=False) as answer,
    ):
        if answer.status != 200:
            raise CommandFailedError(await _refusal(answer))
        if target == STDOUT:
            return await _copy(answer.content, sys.stdout.buffer)
        with _opened(target) as file:
            return await _copy(answer.content, file)


def _opened(target: Path) -> BinaryIO:
    """A file that only its owner reads: who called whom is nobody else's business."""
    return open(target, "wb", opener=lambda path, flags: os.open(path, flags, 0o600))


async def _copy(source: aiohttp.StreamReader, file: BinaryIO) -> int:
    """Every piece at once, so that a reader of the file sees it live."""
    written = 0
    async for piece in source.iter_any():
        written += file.write(piece)
        file.flush()
    return written


async def _refusal(answer: aiohttp.ClientResponse) -> str:
    """Why the server refused, in its own words."""
    try:
        document = await answer.json(content_type=None)
        return f"the server refuses: {document['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"the server refuses with status {answer.status}"


def _admin_url(settings: Settings) -> str:
    """The first admin listener of the settings, seen from this machine."""
    address = settings.http.admin[0]
    if not address.port:
        raise CommandFailedError("http.admin picks a free port: name its address with --url")
    return url_of("127.0.0.1" if address.everywhere else address.host, address.port)


def _file_name(user: str) -> str:
    """A name in this folder, whatever the account is called."""
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in user)
    return f"{safe.lstrip('.') or 'capture'}.pcap"
