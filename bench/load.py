"""The load generator: built once from sipload.c, run on a core of its own."""

import hashlib
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("sipload.c")
DOMAIN = "bench.local"


class LoadError(Exception):
    """The generator could not be built or did not finish."""


def build(folder: Path) -> Path:
    """Compile the generator into `folder` unless that was done before."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise LoadError("no C compiler: sudo apt-get install gcc")
    stamp = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    binary = folder / f"sipload-{stamp}"
    if not binary.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", "-o", str(binary), str(SOURCE), "-lm"], check=True)
    return binary


def write_users(file: Path, count: int, first: int = 0) -> None:
    """The generator's accounts: u000000 with password pw000000 and so on, or from `first` on."""
    rows = (
        f"u{i:06d};{DOMAIN};[authentication username=u{i:06d} password=pw{i:06d}]\n"
        for i in range(first, first + count)
    )
    file.write_text("SEQUENTIAL\n" + "".join(rows))


def write_accounts(file: Path, count: int) -> None:
    """The same accounts for `doorline account import`."""
    rows = (f"u{i:06d},pw{i:06d}\n" for i in range(count))
    file.write_text("user,password\n" + "".join(rows))


def free_port() -> int:
    """A UDP port of loopback that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Load:
    """Runs the generator against one server."""

    def __init__(self, binary: Path, users: Path, target: str, pids: str, core: int) -> None:
        self._start = ["taskset", "-c", str(core), str(binary), "--target", target]
        self._start += ["--users", str(users), "--pids", pids]
        self._start += ["--uac-port", str(free_port()), "--uas-port", str(free_port())]

    def run(self, mode: str, **options: object) -> dict[str, Any]:
        """One bounded run; options are the generator's, with underscores for dashes."""
        return self.begin(mode, **options).report()

    def begin(self, mode: str, **options: object) -> "Run":
        """The same without waiting for its end; an option that is True has no value."""
        command = [*self._start, "--mode", mode]
        for name, value in {"max_time": 120, **options}.items():
            command += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        return Run(command)


class Run:
    """A generator at work."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def report(self) -> dict[str, Any]:
        """Wait for the end; what the generator counted."""
        said, complained = self._process.communicate(timeout=1800)
        try:
            report: dict[str, Any] = json.loads(said)
        except ValueError:
            raise LoadError(f"sipload: {said} {complained}".strip()) from None
        if complained:
            print(complained.strip(), file=sys.stderr)
        return report
