"""The real application on a real SQLite directory, asked through aiohttp's test client."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from admin_api.app import build_app
from admin_api.rows import CallDetail, CallRow
from admin_api.services import CallRecords, Services
from directory.database import open_database
from directory.queries.credentials import CredentialTable, load_credentials
from directory.queries.dial import DialDirectory
from directory.queries.load import load_all
from directory.secrets import Vault
from directory.unit import Directory
from doorline.adapters.bans import SentinelBans
from doorline.adapters.catch_up import catch_up
from doorline.adapters.estate_memory import EstateMemory
from doorline.adapters.live_events import LiveEvents
from doorline.adapters.records import StoredCalls
from provisioning.catalogue import load_catalogue
from sipcore.calls.inquiry import Reach
from sipcore.calls.planner import Planner
from sipcore.defence.policy import DefencePolicy
from sipcore.defence.sentinel import Sentinel
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.tables import metadata as call_tables
from tests.admin_api.doubles import (
    CaptureDouble,
    HealthDouble,
    LadderDouble,
    LiveDouble,
    RecordsDouble,
)
from tests.admin_api.estate import Estate, Operators, build_estate, build_operators
from tests.support.clock import ManualClock
from tests.support.repeated_names import names_given_away

_CATALOGUE = load_catalogue()
PREFIX = "/api/v1"
DEFENCE = DefencePolicy(trusted=("10.9.0.0/16",))
HOME_MACS = ("0C110500A001", "0C110500A002", "0C110500A003")
FOREIGN_MACS = ("0C110500B001", "0C110500B002", "0C110500B003")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON; None when empty."""
        return json.loads(self.text) if self.text else None

    @property
    def ids(self) -> list[Any]:
        """Ids of a list's items."""
        return [item["id"] for item in self.json["items"]]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Fields and messages of a problem document."""
        return [(error["field"], error["message"]) for error in self.json["errors"]]


@dataclass
class Api:
    """The running API with everything a test may turn."""

    client: "TestClient[Any, Any]"
    directory: Directory
    home: Estate
    foreign: Estate
    operators: Operators
    live: LiveDouble
    records: RecordsDouble
    health: HealthDouble
    clock: ManualClock
    sentinel: Sentinel
    capture: CaptureDouble
    events: LiveEvents

    async def ask(
        self,
        method: str,
        path: str,
        *,
        by: str | None = "root",
        body: object = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request under the prefix; `by` names the operator, None leaves the token out."""
        sent = dict(headers or {})
        if by is not None:
            sent.setdefault("Authorization", f"Bearer {self.operators.tokens[by]}")
        if body is not None:
            raw = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        return await self.plain(method, PREFIX + path, raw=raw, headers=sent)

    async def plain(
        self,
        method: str,
        path: str,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request exactly as given."""
        skip = ("Content-Type",) if raw is None or "Content-Type" not in (headers or {}) else ()
        async with self.client.request(
            method, path, data=raw, headers=headers, skip_auto_headers=skip
        ) as response:
            text = await response.text(errors="replace")
            return Answer(response.status, response.headers, text)

    def visit(self, row: CallRow) -> CallDetail:
        """A recorded call without legs and events."""
        return CallDetail(row, None, (), ())


_made: tuple[bytes, Vault, Estate, Estate, Operators] | None = None


async def _prepared(folder: Path) -> tuple[bytes, Vault, Estate, Estate, Operators]:
    """The database of both estates as octets, built once in a run and copied for each test."""
    global _made
    if _made is None:
        path = folder / "template.db"
        vault = Vault.generate()
        database = open_database(f"sqlite+aiosqlite:///{path}")
        await database.create_schema()
        directory = Directory(database, vault, clock=ManualClock().utc)
        home = await build_estate(directory, HOME_MACS)
        async with names_given_away(directory):
            foreign = await build_estate(directory, FOREIGN_MACS)
        operators = await build_operators(directory, home, foreign)
        await database.close()
        _made = (path.read_bytes(), vault, home, foreign, operators)
    return _made


@asynccontextmanager
async def running_api(folder: Path, *, has_capture: bool = True) -> AsyncIterator[Api]:
    """The application served on loopback until the block ends, with doubles for the live ports."""
    octets, vault, home, foreign, operators = await _prepared(folder)
    path = folder / "doorline.db"
    path.write_bytes(octets)
    database = open_database(f"sqlite+aiosqlite:///{path}")
    clock = ManualClock()
    directory = Directory(database, vault, clock=clock.utc)
    live, records, health = LiveDouble(), RecordsDouble(), HealthDouble()
    dial = await load_all(database)
    capture, events = CaptureDouble(), LiveEvents(clock, "run")
    sentinel = Sentinel(DEFENCE, clock)
    services = _services(
        directory,
        live,
        records,
        health,
        dial,
        clock,
        sentinel,
        capture if has_capture else None,
        events,
    )
    async with TestClient(TestServer(build_app(services))) as client:
        yield Api(
            client,
            directory,
            home,
            foreign,
            operators,
            live,
            records,
            health,
            clock,
            sentinel,
            capture,
            events,
        )
    events.stop()
    await database.close()


@dataclass
class WholeApi(Api):
    """The API with the server's own record of calls and its memory of the estates."""

    journal: SqlCallJournal
    credentials: CredentialTable


@asynccontextmanager
async def whole_api(folder: Path) -> AsyncIterator[WholeApi]:
    """Like `running_api`, but calls come from the journal, and plans follow every edit."""
    octets, vault, home, foreign, operators = await _prepared(folder)
    path = folder / "doorline.db"
    path.write_bytes(octets)
    database = open_database(f"sqlite+aiosqlite:///{path}")
    async with database.engine.begin() as connection:
        await connection.run_sync(call_tables.create_all)
    clock = ManualClock()
    directory = Directory(database, vault, clock=clock.utc)
    live, health, dial = LiveDouble(), HealthDouble(), await load_all(database)
    capture, events = CaptureDouble(), LiveEvents(clock, "run")
    credentials = await load_credentials(database, vault, "doorline.test")
    memory = EstateMemory(database, dial, credentials, lambda _user: None)
    directory.listen(memory.changed)
    sentinel = Sentinel(DEFENCE, clock)
    records = StoredCalls(database)
    app = build_app(
        _services(directory, live, records, health, dial, clock, sentinel, capture, events)
    )
    app.middlewares.insert(0, catch_up(memory))
    journal = SqlCallJournal(path, interval=0.01)
    await memory.start()
    async with TestClient(TestServer(app)) as client:
        yield WholeApi(
            client,
            directory,
            home,
            foreign,
            operators,
            live,
            RecordsDouble(),
            health,
            clock,
            sentinel,
            capture,
            events,
            journal,
            credentials,
        )
    events.stop()
    await memory.stop()
    journal.flush_and_close()
    await database.close()


def _services(
    directory: Directory,
    live: LiveDouble,
    records: CallRecords,
    health: HealthDouble,
    dial: DialDirectory,
    clock: ManualClock,
    sentinel: Sentinel,
    capture: CaptureDouble | None,
    events: LiveEvents | None = None,
) -> Services:
    """Whoever has a registration can be reached; a trunk carries landlines."""
    return Services(
        directory=directory,
        live=live,
        bans=SentinelBans(sentinel),
        records=records,
        planner=Planner(
            dial, Reach(lambda user: bool(live.presence([user])), lambda _site: "carrier")
        ),
        health=health,
        metrics=lambda: b"doorline_up 1\n",
        autop_url=lambda: "http://autop.test",
        catalogue=lambda: _CATALOGUE,
        version="1.2.3",
        utc=clock.utc,
        monotonic=clock.monotonic,
        request_id=lambda: "made-here",
        capture=capture,
        ladders=None if capture is None else LadderDouble(),
        events=events,
    )
