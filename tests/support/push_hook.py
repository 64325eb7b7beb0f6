"""A push service that speaks real HTTP in a thread of its own: a webhook, or Firebase."""

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.program import PATIENCE


class Hook:
    """The app maker's server; `/token` grants access tokens as Google does, all else is a push."""

    def __init__(self) -> None:
        self.pushes: queue.Queue[dict[str, Any]] = queue.Queue()
        """Bodies in the order in which they came."""
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = b"{}"
                if self.path == "/token":
                    answer = b'{"access_token": "granted", "expires_in": 3600}'
                else:
                    hook.pushes.put(json.loads(body))
                self.send_response(200 if self.path == "/token" else hook.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{self.origin}/push"
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
