"""SIPp as many phones at once, and what each of them saw."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.scenarios.sipp_interop.sipp import DOMAIN, Run
from tests.support.program import wait_until
from tests.support.sockets import is_bound

HERE = Path(__file__).parent
LIMIT = 40
"""Seconds one run may take."""

_HEAD = re.compile(r"^-{40,} ([\d-]+ [\d:.]+)\nUDP message (sent|received) .*\n\n", re.M)
"""What SIPp writes before each message."""


@dataclass(frozen=True)
class Sighting:
    """One message that a SIPp has sent or received."""

    at: float
    """Unix time in seconds."""
    was_sent: bool
    text: str

    @property
    def method(self) -> str:
        """Method of a request, empty for a response."""
        return "" if self.status else self.text.partition(" ")[0]

    @property
    def status(self) -> int:
        """Status of a response, 0 for a request."""
        words = self.text.split(" ", 2)
        return int(words[1]) if words[0] == "SIP/2.0" else 0

    @property
    def user(self) -> str:
        """User of the Request-URI, or of To."""
        found = re.search(r"sip:([^@;>]+)@", self.text if self.method else self.header("To"))
        return found.group(1) if found else ""

    def header(self, name: str) -> str:
        """Value of a header, empty when there is none."""
        found = re.search(rf"^{name}: *(.*?)\r?$", self.text, re.M | re.I)
        return found.group(1) if found else ""


def sightings(run: Run) -> list[Sighting]:
    """Everything a SIPp has sent and received, in that order."""
    _, *parts = _HEAD.split(run.messages)
    return [
        Sighting(datetime.fromisoformat(at).timestamp(), way == "sent", text)
        for at, way, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


def credentials(user: str, password: str) -> str:
    """The field of a list that SIPp makes an Authorization of."""
    return f"[authentication username={user} password={password}]"


class Crowd:
    """Makes runs of SIPp against one server, over UDP."""

    def __init__(self, sipp: str, server: tuple[str, int], folder: Path) -> None:
        self._sipp = sipp
        self._server = server
        self._folder = folder

    def phones(self, name: str, port: int, calls: int) -> Run:
        """A phone, or a provider, that takes exactly so many calls; its port is open."""
        run = self._run("phone.xml", name, "-p", str(port), "-m", str(calls))
        wait_until(lambda: is_bound(port), f"SIPp did not open port {port}")
        return run

    def register(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """Register users with passwords, each at a port."""
        listed = [(user, credentials(user, password), port) for user, password, port in rows]
        with self._listed("registrations.xml", listed) as run:
            run.finished()

    def doors(self, rows: Iterable[tuple[str, str, str, int]]) -> Run:
        """Visitors, each with user, password, number to dial and milliseconds of patience."""
        return self._listed(
            "door.xml",
            [
                (user, credentials(user, password), dialled, patience)
                for user, password, dialled, patience in rows
            ],
        )

    def _listed(self, scenario: str, rows: Iterable[tuple[object, ...]]) -> Run:
        lines = [";".join(map(str, row)) for row in rows]
        sheet = self._folder / f"{scenario}.csv"
        sheet.write_text("\n".join(("SEQUENTIAL", *lines, "")), encoding="utf-8")
        count = str(len(lines))
        return self._run(scenario, scenario, "-inf", str(sheet), "-m", count, "-r", "50")

    def _run(self, scenario: str, name: str, *words: str) -> Run:
        host, port = self._server
        command = [self._sipp, f"{host}:{port}", "-sf", str(HERE / scenario), *words]
        command += ["-i", host, "-nostdin", "-default_behaviors", "none"]
        command += ["-auth_uri", f"{host}:{port}", "-key", "domain", DOMAIN]
        command += ["-timeout", str(LIMIT), "-timeout_error", "-recv_timeout", "20000"]
        return Run(command, self._folder / name)
