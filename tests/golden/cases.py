"""Golden cases: a folder per vendor and model with a request and the exact files that answer it.

`request.toml` describes a device and lists requests; each names the file of the folder that must
come back byte for byte. Adding a model adds a folder; no code changes.

    .venv/bin/python -m tests.golden.cases          write every file; read the diff before a commit
    .venv/bin/python -m tests.golden.cases --hash   print one hash of all of them
"""

import asyncio
import hashlib
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from directory.kinds import ContactDisplay, DateFormat, DeviceType, TimeFormat, Transport
from directory.queries.provisioning import (
    AutopCommand,
    ContactEntry,
    DeviceAccount,
    DeviceSettings,
    RelaySettings,
    ServedDoor,
)
from directory.secrets import Secret
from provisioning.autop import Answer, Ask, Autop
from provisioning.catalogue import load_catalogue
from provisioning.render import Renderer
from tests.provisioning.builder import SERVER, door
from tests.provisioning.doubles import MemoryLedger, MemoryStore, no_pause
from tests.support.clock import ManualClock

FOLDER = Path(__file__).parent
RENDERER = Renderer(load_catalogue())


@dataclass(frozen=True, slots=True)
class Case:
    """One request and the file it must be answered with."""

    place: Path
    """The expected bytes."""
    settings: DeviceSettings
    ask: Ask
    content_type: str

    @property
    def name(self) -> str:
        """`akuvox/R29/device.cfg`."""
        return str(self.place.relative_to(FOLDER))


def cases() -> Iterator[Case]:
    """Every request of every folder, in order."""
    for path in sorted(FOLDER.glob("*/*/request.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        settings = device(content["device"])
        for request in content["requests"]:
            yield Case(
                place=path.parent / request["file"],
                settings=settings,
                ask=Ask(
                    path=request["path"].replace("{token}", settings.token.reveal()),
                    method="GET",
                    source="192.0.2.50",
                    agent=request.get("user_agent", ""),
                ),
                content_type=request["content_type"],
            )


def device(content: dict[str, Any]) -> DeviceSettings:
    """The device of a `request.toml`; what it does not say is as in `builder.door`."""
    values: dict[str, Any] = dict(content)
    account = values.pop("account", None)
    if account is not None:
        values["account"] = DeviceAccount(
            account["user"], Secret(account["password"]), account["display"]
        )
    for name, kind in (
        ("type", DeviceType),
        ("transport", Transport),
        ("contact_display", ContactDisplay),
        ("time_format", TimeFormat),
        ("date_format", DateFormat),
        ("token", Secret),
    ):
        if name in values:
            values[name] = kind(values[name])
    values["relays"] = _relays(values.get("relays", []))
    values["doors"] = tuple(
        ServedDoor(number, one["name"], one.get("user", ""), _relays(one["relays"]))
        for number, one in enumerate(values.get("doors", []), start=100)
    )
    values["contacts"] = tuple(ContactEntry(**one) for one in values.get("contacts", []))
    values["call_numbers"] = tuple(values.get("call_numbers", ()))
    values["commands"] = tuple(AutopCommand(**one) for one in values.get("commands", []))
    return door(**values)


def _relays(rows: list[dict[str, Any]]) -> tuple[RelaySettings, ...]:
    return tuple(RelaySettings(**row) for row in rows)


async def answer(case: Case) -> Answer:
    """What the server says to the request."""
    autop = Autop(
        store=MemoryStore(case.settings),
        renderer=RENDERER,
        server=SERVER,
        ledger=MemoryLedger(),
        clock=ManualClock(),
        pause=no_pause,
    )
    return await autop.fetch(case.ask)


def body(case: Case) -> bytes:
    """The bytes that answer the request; ValueError when it is refused."""
    given = asyncio.run(answer(case))
    if given.file is None:
        raise ValueError(f"{case.name}: refused")
    return given.file.body


def main(arguments: list[str]) -> None:
    """Write every file, or print one hash of all of them."""
    digest = hashlib.sha256()
    for case in cases():
        content = body(case)
        digest.update(content)
        if arguments != ["--hash"]:
            case.place.write_bytes(content)
    sys.stdout.write(f"{digest.hexdigest()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
