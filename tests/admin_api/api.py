"""The real application on a real SQLite directory, asked through aiohttp's test client."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from admin_api.app import build_app
from admin_api.rows import CallDetail, CallRow
from admin_api.services import Services
from directory.database import open_database
from directory.queries.dial import DialDirectory
from directory.queries.load import load_all, load_site
from directory.secrets import Vault
from directory.unit import Changed, Directory
from sipcore.calls.planner import Planner
from tests.admin_api.doubles import HealthDouble, LiveDouble, RecordsDouble
from tests.admin_api.estate import Estate, Operators, build_estate, build_operators
from tests.support.clock import ManualClock

PREFIX = "/api/v1"
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
    dial: DialDirectory
    changed: list[Changed] = field(default_factory=list)

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
            return Answer(response.status, response.headers, await response.text())

    def visit(self, row: CallRow) -> CallDetail:
        """A recorded call without legs and events."""
        return CallDetail(row, None, (), ())

    async def settle(self) -> None:
        """Bring the planner's memory up to date with what was changed, as the server does."""
        for change in self.changed:
            if change.site_id is not None:
                self.dial.put_site(await load_site(self.directory.database, change.site_id))
        self.changed.clear()


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
        foreign = await build_estate(directory, FOREIGN_MACS)
        operators = await build_operators(directory, home, foreign)
        await database.close()
        _made = (path.read_bytes(), vault, home, foreign, operators)
    return _made


@asynccontextmanager
async def running_api(folder: Path) -> AsyncIterator[Api]:
    """The application served on loopback until the block ends."""
    octets, vault, home, foreign, operators = await _prepared(folder)
    path = folder / "doorline.db"
    path.write_bytes(octets)
    database = open_database(f"sqlite+aiosqlite:///{path}")
    clock = ManualClock()
    directory = Directory(database, vault, clock=clock.utc)
    live, records, health = LiveDouble(), RecordsDouble(), HealthDouble()
    dial = await load_all(database)
    services = Services(
        directory=directory,
        live=live,
        records=records,
        planner=Planner(dial, lambda user: bool(live.presence([user])), lambda _site: None),
        health=health,
        metrics=lambda: b"doorline_up 1\n",
        autop_url=lambda: "http://autop.test",
        version="1.2.3",
        utc=clock.utc,
        monotonic=clock.monotonic,
        request_id=lambda: "made-here",
    )
    async with TestClient(TestServer(build_app(services))) as client:
        api = Api(client, directory, home, foreign, operators, live, records, health, clock, dial)
        directory.listen(api.changed.append)
        yield api
    await database.close()
