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


def write_users(file: Path, count: int) -> None:
    """The generator's accounts: u000000 with password pw000000 and so on."""
    rows = (
        f"u{i:06d};{DOMAIN};[authentication username=u{i:06d} password=pw{i:06d}]\n"
        for i in range(count)
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
        command = [*self._start, "--mode", mode, "--max-time", "120"]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        try:
            report: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise LoadError(f"sipload: {done.stdout} {done.stderr}".strip()) from None
        if done.stderr:
            print(done.stderr.strip(), file=sys.stderr)
        return report
