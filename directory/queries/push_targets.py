"""Push targets in memory: whether an app can be woken is asked while a call is planned.

Tokens stay sealed until a push is sent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select

from directory.database import Database
from directory.kinds import ApnsEnvironment, PushProvider
from directory.model import PushTarget, push_token_context
from directory.queries.batches import batches
from directory.secrets import Secret, Vault


@dataclass(frozen=True, slots=True)
class StoredPushTarget:
    """Where the pushes of one account go, as the database has it."""

    target_id: int
    site_id: int
    user: str
    provider: PushProvider
    sealed: bytes = field(repr=False)
    """The token, sealed."""
    topic: str = ""
    environment: ApnsEnvironment = ApnsEnvironment.PRODUCTION
    dead: bool = False
    """Whether the provider said that the token means nothing any more."""


class PushTargetTable:
    """The push targets of the server by user."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._targets: dict[str, StoredPushTarget] = {}

    def __len__(self) -> int:
        return len(self._targets)

    def __iter__(self) -> Iterator[StoredPushTarget]:
        return iter(tuple(self._targets.values()))

    def find(self, user: str) -> StoredPushTarget | None:
        """The account's target, a dead one too."""
        return self._targets.get(user)

    def token(self, target: StoredPushTarget) -> Secret:
        """The token itself; SealError when it is damaged."""
        return Secret(self._vault.open(target.sealed, push_token_context(target.user)))

    def put(self, target: StoredPushTarget) -> None:
        """Add a target or replace it."""
        self._targets[target.user] = target

    def put_site(self, site_id: int, targets: Iterable[StoredPushTarget]) -> None:
        """Replace all targets of a site."""
        present = {target.user: target for target in targets}
        gone = [
            user
            for user, target in self._targets.items()
            if target.site_id == site_id and user not in present
        ]
        for user in gone:
            del self._targets[user]
        self._targets.update(present)


async def load_push_targets(database: Database, vault: Vault) -> PushTargetTable:
    """The targets of every account."""
    table = PushTargetTable(vault)
    for target in await _read(database, _query()):
        table.put(target)
    return table


async def refresh_push_targets(database: Database, table: PushTargetTable, site_id: int) -> None:
    """Bring a site's targets up to date."""
    found = await _read(database, _query().where(PushTarget.site_id == site_id))
    table.put_site(site_id, found)


def _query() -> Select[*tuple[Any, ...]]:
    return select(
        PushTarget.id,
        PushTarget.site_id,
        PushTarget.user,
        PushTarget.provider,
        PushTarget.token,
        PushTarget.topic,
        PushTarget.environment,
        PushTarget.dead_at,
    )


async def _read(
    database: Database, query: Select[*tuple[Any, ...]]
) -> tuple[StoredPushTarget, ...]:
    found: list[StoredPushTarget] = []
    async with database.connect() as connection:
        async for rows in batches(connection, query):
            for target_id, site_id, user, provider, sealed, topic, environment, dead_at in rows:
                dead = dead_at is not None
                found.append(
                    StoredPushTarget(
                        target_id, site_id, user, provider, sealed, topic, environment, dead
                    )
                )
    return tuple(found)
