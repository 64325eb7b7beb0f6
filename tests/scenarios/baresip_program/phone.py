"""Debian's baresip as a phone: its process, and commands and events over its control socket."""

import json
import re
import socket
import subprocess
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.program import ProgramError, wait_until
from tests.support.sockets import free_port

PATIENCE = 15.0
"""Seconds until something that must happen has happened."""
STARTS = 3
"""How often it is started until it answers."""
MODULES = Path("/usr/lib/baresip/modules")

CONFIG = """\
net_interface 127.0.0.1
sip_listen 127.0.0.1:{sip}
ctrl_tcp_listen 127.0.0.1:{control}
audio_player aubridge,line
audio_source aubridge,line
audio_alert aubridge,bell
module_path {modules}
module g711.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"""
# There is no sound device, so what is heard is sent back. `net_interface lo` is refused by this
# version, the address of it is not.

ACCOUNT = (
    "<sip:{user}@{domain};transport={transport}>;auth_user={user};auth_pass={password}"
    ';outbound="sip:{server};transport={transport}";regint=600;answermode=manual\n'
)


class PhoneError(AssertionError):
    """baresip did not do, or did not see, what was expected in time."""


class Phone:
    """One baresip with one account; a context manager."""

    def __init__(self, baresip: str, folder: Path) -> None:
        self._baresip = baresip
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._received = b""
        self.events: list[dict[str, Any]] = []
        """Events that nobody has waited for yet."""

    def start(
        self, *, user: str, password: str, domain: str, server: tuple[str, int], transport: str
    ) -> Self:
        """Start it with an account that it registers by itself."""
        self._folder.mkdir(parents=True)
        account = ACCOUNT.format(
            user=user,
            password=password,
            domain=domain,
            server=f"{server[0]}:{server[1]}",
            transport=transport,
        )
        (self._folder / "accounts").write_text(account, encoding="utf-8")
        (self._folder / "contacts").write_text("", encoding="utf-8")
        for _ in range(STARTS):
            control = free_port()
            self._launch(control)
            # Now and then it hangs while it starts, or another program was faster at a port.
            with suppress(ProgramError):
                wait_until(partial(self._connect, control), "baresip does not answer")
                return self
            self._stop()
        raise PhoneError(f"baresip does not answer: {self.output}")

    def _launch(self, control: int) -> None:
        sip = free_port()
        while sip == control:
            sip = free_port()
        (self._folder / "config").write_text(
            CONFIG.format(sip=sip, control=control, modules=MODULES), encoding="utf-8"
        )
        with (self._folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [self._baresip, "-f", str(self._folder), "-v"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._control is not None:
            self._control.close()
        self._stop()

    @property
    def output(self) -> str:
        """What it printed."""
        return (self._folder / "output").read_text(encoding="utf-8", errors="replace")

    def registered(self) -> str:
        """Status and phrase of the answer to its REGISTER, once it came."""
        # It may have come before there was a control connection that could be told.
        found: list[str] = []

        def answered() -> bool:
            found[:] = re.findall(r"(?:/v4\}|reg: \S+:) (\d{3} [A-Za-z ]+)", self.output)
            return bool(found)

        wait_until(answered, "baresip does not register")
        return found[0].strip()

    def tell(self, command: str, parameter: str = "") -> None:
        """Give one command, as one types it into baresip."""
        document = {"command": command, "params": parameter, "token": command}
        text = json.dumps(document).encode()
        self._socket.sendall(b"%d:%b," % (len(text), text))

    def expect(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of these types; earlier ones are forgotten."""
        deadline = time.monotonic() + PATIENCE
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["type"] in kinds:
                    return event
            self._read(deadline, kinds)

    def _connect(self, port: int) -> bool:
        try:
            self._control = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except ConnectionRefusedError:
            return False
        return True

    def _read(self, deadline: float, kinds: tuple[str, ...]) -> None:
        """Wait for more; netstrings (`12:{"event":…},`) of events and answers."""
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            self._received += self._socket.recv(65536)
        except TimeoutError:
            raise PhoneError(f"no {' or '.join(kinds)} in time:\n{self.output}") from None
        while True:
            length, colon, rest = self._received.partition(b":")
            if not colon or len(rest) <= int(length):
                return
            document = json.loads(rest[: int(length)])
            self._received = rest[int(length) + 1 :]
            if document.get("event"):
                self.events.append(document)

    @property
    def _socket(self) -> socket.socket:
        if self._control is None:
            raise PhoneError("baresip was not started")
        return self._control
