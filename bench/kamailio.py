"""Kamailio beside us, when it is installed: the same load in the same run (kamailio.cfg)."""

import hashlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

from bench.load import DOMAIN

CONFIG = Path(__file__).with_name("kamailio.cfg")


def installed() -> bool:
    """Whether Kamailio and its SQLite module are there (Debian: kamailio-sqlite-modules)."""
    return shutil.which("kamailio") is not None and any(
        Path("/usr/lib").glob("*/kamailio/modules/db_sqlite.so")
    )


class Kamailio:
    """A running Kamailio with the tlsf memory manager: registrar and stateful proxy."""

    def __init__(self, folder: Path, users: int, core: int) -> None:
        self._folder = folder
        self._users = users
        self._core = core
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    def __enter__(self) -> "Kamailio":
        credentials = self._folder / "kamailio.sqlite"
        _write_credentials(credentials, self._users)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        macros = (
            f"BENCH_PORT={port}",
            "BENCH_CHILDREN=1",
            f'BENCH_HA1DB="sqlite:///{credentials}"',
            "BENCH_DBMODE=0",
            "AUTH_INVITE=1",
        )
        command = ["taskset", "-c", str(self._core), "kamailio", "-f", str(CONFIG), "-DD", "-E"]
        command += ["-m", "1024", "-M", "64", "-x", "tlsf", "-X", "tlsf"]
        command += ["-P", str(self._folder / "kamailio.pid"), "-w", str(self._folder)]
        for macro in macros:
            command += ["-A", macro]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(2.0)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()

    @property
    def pids(self) -> str:
        """The main process and its children, comma separated."""
        assert self._process is not None
        found = [self._process.pid]
        for pid in found:
            listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found += [int(child) for child in listed]
        return ",".join(map(str, found))


def _write_credentials(file: Path, users: int) -> None:
    database = sqlite3.connect(file)
    with database:
        database.execute("create table version(table_name varchar(32), table_version integer)")
        database.execute("insert into version values('htable', 2)")
        database.execute(
            "create table htable(id integer primary key, key_name varchar(64), key_type integer"
            " default 0, value_type integer default 0, key_value varchar(128), expires integer"
            " default 0)"
        )
        rows = ((f"u{i:06d}", _ha1(f"u{i:06d}:{DOMAIN}:pw{i:06d}")) for i in range(users))
        database.executemany("insert into htable(key_name, key_value) values(?, ?)", rows)
    database.close()


def _ha1(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
