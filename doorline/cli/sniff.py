"""`doorline sniff`: the signalling of one account as a pcap file, from the running server."""

import asyncio
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import aiohttp
import typer

from admin_api.resources.capture import MAX_SECONDS, user_of
from doorline.cli.failure import CommandFailedError
from doorline.cli.options import DEFAULT_CONFIG, ConfigOption
from doorline.cli.running import CONNECT_TIMEOUT, PATIENCE, admin_url, refusal, unreachable
from doorline.settings import load
from sipcore.capture.pcap import FILE_HEADER

PATH = "/api/v1/capture"
STDOUT = Path("-")


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
    base = url.rstrip("/") or admin_url(load(config))
    target = out or Path(_file_name(user_of(aor)))
    try:
        written = asyncio.run(_fetch(base, aor, seconds, token, target))
    except aiohttp.ClientConnectorError as error:
        raise CommandFailedError(f"{base}: {unreachable(error)}") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CommandFailedError(f"{base}: {error or 'no answer in time'}") from error
    except OSError as error:
        raise CommandFailedError(f"{target}: {error.strerror or error}") from error
    if written <= len(FILE_HEADER):
        raise CommandFailedError(
            f"no messages for {aor} were seen (is it registered? "
            "--seconds N follows what comes next)"
        )
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
            raise CommandFailedError(await refusal(answer))
        if target == STDOUT:
            return await _copy(answer.content, sys.stdout.buffer)
        with _own_file(target) as file:
            return await _replace(file, answer.content)


@contextmanager
def _own_file(target: Path) -> Iterator[BinaryIO]:
    """A file to write into; what was made here and stayed empty is taken away again."""
    try:
        number, is_new = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), True
    except FileExistsError:
        number, is_new = os.open(target, os.O_WRONLY), False
    with open(number, "wb") as file:
        try:
            yield file
        finally:
            if is_new and not os.fstat(number).st_size:
                target.unlink(missing_ok=True)


async def _replace(file: BinaryIO, source: aiohttp.StreamReader) -> int:
    """Put a capture in the place of what a file holds; without messages that stays as it was."""
    head = b""
    async for piece in source.iter_any():
        head += piece
        if len(head) > len(FILE_HEADER):
            break
    else:
        return len(head)
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        # Who called whom is nobody else's business, whoever could read what was there before.
        os.fchmod(file.fileno(), 0o600)
        file.truncate(0)
    file.write(head)
    file.flush()
    return len(head) + await _copy(source, file)


async def _copy(source: aiohttp.StreamReader, file: BinaryIO) -> int:
    """Every piece at once, so that a reader of the file sees it live."""
    written = 0
    async for piece in source.iter_any():
        written += file.write(piece)
        file.flush()
    return written


def _file_name(user: str) -> str:
    """A name in this folder, whatever the account is called."""
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in user)
    return f"{safe.lstrip('.') or 'capture'}.pcap"
