"""A running Kamailio with one of the configurations of this folder."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.program import wait_until
from tests.support.sockets import free_port, is_bound

HERE = Path(__file__).parent


class Kamailio:
    """One Kamailio on a port of its own, UDP and TCP; a context manager that leaves none behind."""

    def __init__(self, program: str, config: str, folder: Path, **macros: str | int) -> None:
        self.port = free_port()
        self._folder = folder / f"kamailio-{self.port}"
        self._command = [program, "-f", str(HERE / config), "-DD", "-E", "-m", "32", "-M", "4"]
        self._command += ["-w", str(self._folder), "-Y", str(self._folder)]
        self._command += ["-P", str(self._folder / "pid")]
        for name, value in {"PORT": self.port, **macros}.items():
            self._command += ["-A", f"{name}={value}"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(lambda: is_bound(self.port), "Kamailio did not open its port")
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
        process, self._process = self._process, None
        if process is None:
            return
        with process:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children may have outlived it
