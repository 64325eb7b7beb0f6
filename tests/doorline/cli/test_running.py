"""The running server as commands ask it; `sniff` and `trace --ladder` use it."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from doorline.cli.failure import CommandFailedError
from doorline.cli.running import admin_url, text_of
from doorline.settings import HttpSettings, Settings
from doorline.settings.address import Address


class Admin(BaseHTTPRequestHandler):
    """An admin listener that knows one token and one path."""

    def do_GET(self) -> None:
        if self.headers["Authorization"] != "Bearer token":
            status, body = 401, b'{"detail": "A valid token is needed."}'
        elif self.path == "/api/v1/calls/v-1/ladder":
            status, body = 200, b"a ladder\n"
        else:
            status, body = 500, b"oops"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def admin() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Admin) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_the_server_answers_is_the_text(admin: str) -> None:
    assert text_of(admin, "/calls/v-1/ladder", "token") == "a ladder\n"


@pytest.mark.parametrize(
    ("path", "token", "told"),
    [
        ("/calls/v-1/ladder", "", "expected the API token of an operator in DOORLINE_TOKEN"),
        ("/calls/v-1/ladder", "wrong", "the server refuses: A valid token is needed"),
        ("/calls/v-2/ladder", "token", "the server refuses with status 500"),
    ],
)
def test_a_refusal_is_one_line(admin: str, path: str, token: str, told: str) -> None:
    with pytest.raises(CommandFailedError, match=told):
        text_of(admin, path, token)


def test_a_server_that_is_not_there_is_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(
            CommandFailedError, match=r"is the server running\?.* --url .*DOORLINE_HTTP__ADMIN"
        ):
            text_of(base, "/calls/v-1/ladder", "token")


def test_the_admin_listener_is_the_settings_first() -> None:
    def url(*addresses: Address) -> str:
        return admin_url(Settings(http=HttpSettings(admin=addresses)))

    assert url(Address("192.0.2.1", 8081), Address("127.0.0.1", 1)) == "http://192.0.2.1:8081"
    with pytest.raises(CommandFailedError, match="--url"):
        url(Address("127.0.0.1", 0))
