"""The real program in a process of its own, on free ports, with the demo community."""

import asyncio
import re
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

START_LIMIT = 60.0
"""Seconds the first start may take: it makes the database and the demo community."""

CONFIG = """\
[server]
data_dir = "{folder}/var"
drain_timeout = 1
[sip.listen]
udp = ["127.0.0.1:0"]
tcp = ["127.0.0.1:0"]
[http]
autop = ["127.0.0.1:0"]
admin = ["127.0.0.1:0"]
[sip.trunk.provider]
host = "127.0.0.1"
port = {trunk_port}
from_user = "+442079460000"
"""


class ServerError(Exception):
    """The server did not start, or did not answer as it should."""


def free_udp_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningServer:
    """`doorline serve --demo` with its database in `folder`.

    Use it as an async context manager; `api` speaks to the admin listener as root.
    """

    def __init__(self, folder: Path) -> None:
        self.config = folder / "doorline.toml"
        self.trunk_port = free_udp_port()
        self.lines: list[str] = []
        """What the server has printed."""
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "RunningServer":
        self.config.write_text(CONFIG.format(folder=self._folder, trunk_port=self.trunk_port))
        errors = (self._folder / "server.log").open("wb")
        with errors:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "doorline", "serve"),
                *("--config", str(self.config), "--demo"),
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        ready = asyncio.Event()
        self._reader = asyncio.create_task(self._read(ready))
        try:
            await asyncio.wait_for(ready.wait(), START_LIMIT)
            if "doorline ready" not in self.lines:
                raise ServerError(f"the server ended at the start: {self.log()}")
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        token = self._find(r"Bearer ([A-Za-z0-9_-]{32,})")
        self._http = aiohttp.ClientSession(
            base_url=f"http://{self.address('http/admin')}",
            headers={"Authorization": f"Bearer {token}"},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 15.0)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._reader is not None:
            await self._reader

    @property
    def sip(self) -> str:
        """`host:port` of the UDP listener."""
        return self.address("sip/udp")

    def address(self, listener: str) -> str:
        """`host:port` from the listener's line."""
        return self._find(rf"{listener} (\S+)")

    def log(self) -> str:
        """What the server wrote to stderr."""
        return (self._folder / "server.log").read_text(errors="replace")

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """One request to the admin API; the decoded answer. ServerError for anything but 2xx."""
        if self._http is None:
            raise ServerError("the server is not running")
        headers = {"If-Match": "*"} if method == "PATCH" else {}
        async with self._http.request(
            method, f"/api/v1{path}", json=body, headers=headers
        ) as answer:
            if answer.status >= 300:
                raise ServerError(f"{method} {path}: {answer.status} {await answer.text()}")
            return await answer.json() if answer.status != 204 else None

    async def one(self, path: str, **matching: object) -> dict[str, Any]:
        """The only item of a list that has these values."""
        items = (await self.call("GET", path))["items"]
        found = [
            item for item in items if all(item[name] == value for name, value in matching.items())
        ]
        if len(found) != 1:
            raise ServerError(f"{path}: {len(found)} items match {matching}")
        return dict(found[0])

    async def fetch(self, path: str) -> str:
        """A file from the autop listener, as a device asks for it."""
        if self._http is None:
            raise ServerError("the server is not running")
        async with aiohttp.request(
            "GET", f"http://{self.address('http/autop')}{path}", headers={"User-Agent": "Akuvox"}
        ) as answer:
            if answer.status != 200:
                raise ServerError(f"GET {path}: {answer.status}")
            return await answer.text()

    async def trace(self, visit: str) -> str:
        """What `doorline trace` prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "doorline", "trace", visit, "--config", str(self.config)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, complaint = await process.communicate()
        if process.returncode:
            raise ServerError(f"doorline trace: {complaint.decode()}")
        return printed.decode()

    def _find(self, pattern: str) -> str:
        for line in self.lines:
            found = re.search(pattern, line)
            if found:
                return found.group(1)
        raise ServerError(f"{pattern} is not in what the server printed: {self.lines}")

    async def _read(self, ready: asyncio.Event) -> None:
        if self._process is None or self._process.stdout is None:
            return
        async for line in self._process.stdout:
            self.lines.append(line.decode().rstrip())
            if self.lines[-1] == "doorline ready":
                ready.set()
        ready.set()
