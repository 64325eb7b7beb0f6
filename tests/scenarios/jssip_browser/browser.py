"""Headless Chromium, driven through chromedriver by the W3C WebDriver protocol."""

import http.client
import json
import re
import selectors
import subprocess
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

START_LIMIT = 60.0
SCRIPT_LIMIT = 90.0
"""Seconds a script may take."""
FLAGS = (
    "--headless",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


class BrowserError(AssertionError):
    """The browser did not do what it was told."""


class Browser:
    """One window; a context manager."""

    def __init__(self, chromedriver: str, chromium: str, profile: Path) -> None:
        """`profile` is an empty folder for what the browser keeps."""
        self._chromedriver = chromedriver
        self._chromium = chromium
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._session = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [self._chromedriver, "--port=0"],
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            self._port = self._announced_port(self._process)
            options = {
                "binary": self._chromium,
                "args": [*FLAGS, f"--user-data-dir={self._profile}"],
            }
            wanted = {"browserName": "chrome", "goog:chromeOptions": options}
            made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self._session = f"/session/{made['sessionId']}"
            limit = int(SCRIPT_LIMIT * 1000)
            self._ask("POST", f"{self._session}/timeouts", {"script": limit})
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self._process
        if process is None:
            return
        with process:
            try:
                if self._session:
                    self._ask("DELETE", self._session)
            finally:
                process.terminate()

    def open(self, url: str) -> None:
        """Load a page."""
        self._ask("POST", f"{self._session}/url", {"url": url})

    def run(self, expression: str, *arguments: object) -> Any:
        """Evaluate a JavaScript expression of `given`, wait for its promise, return the value."""
        script = (
            "const given = [...arguments], done = given.pop();"
            f"Promise.resolve({expression}).then("
            "value => done({value}), error => done({error: String(error.stack || error)}));"
        )
        body = {"script": script, "args": list(arguments)}
        answer = self._ask("POST", f"{self._session}/execute/async", body)
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer.get("value")

    def _announced_port(self, process: subprocess.Popen[bytes]) -> int:
        """The port chromedriver says it listens on."""
        said = b""
        with selectors.DefaultSelector() as selector:
            if process.stdout is None:
                raise BrowserError("chromedriver has no output")
            selector.register(process.stdout, selectors.EVENT_READ)
            while selector.select(START_LIMIT) and (part := process.stdout.read(4096)):
                said += part
                found = re.search(rb"started successfully on port (\d+)", said)
                if found:
                    return int(found[1])
        raise BrowserError(f"chromedriver does not start: {said!r}")

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """One WebDriver command; its value."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=START_LIMIT + SCRIPT_LIMIT
        )
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            value = json.loads(answer.read())["value"]
        finally:
            connection.close()
        if answer.status != 200:
            raise BrowserError(f"{method} {path}: {value}")
        return value


class Site:
    """A web site on loopback, where a page may use microphone and camera; a context manager."""

    def __init__(self, pages: Mapping[str, tuple[str, str]]) -> None:
        """Pages by path: media type and text."""

        class Pages(BaseHTTPRequestHandler):
            """Serves the pages."""

            def do_GET(self) -> None:
                """One page, or 404."""
                media_type, text = pages.get(self.path, ("text/plain", ""))
                body = text.encode()
                self.send_response(200 if self.path in pages else 404)
                self.send_header("Content-Type", f"{media_type}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
