"""The server of an app's maker, in a thread of its own, for tests that block."""

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.program import PATIENCE

TOKEN_PATH = "/token"
GRANTED = b'{"access_token": "ya29.granted", "expires_in": 3600}'


class Hook:
    """The app maker's server; Google's too, which grants access tokens at `TOKEN_PATH`."""

    def __init__(self) -> None:
        self.pushes: queue.Queue[dict[str, Any]] = queue.Queue()
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path != TOKEN_PATH:
                    hook.pushes.put(json.loads(body))
                granted = GRANTED if self.path == TOKEN_PATH else b""
                self.send_response(hook.status)
                self.send_header("Content-Length", str(len(granted)))
                self.end_headers()
                self.wfile.write(granted)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{self.root}/push"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def next(self) -> tuple[str, str]:
        """Event and reason of the next push."""
        push = self.pushes.get(timeout=PATIENCE)
        return push["event"], push.get("reason", "")

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
