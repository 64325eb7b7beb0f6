"""Memory follows the directory: own changes at once, changes of others within a look."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from directory.database import open_database
from directory.kinds import AccountKind, PushProvider
from directory.queries.credentials import CredentialTable, load_credentials
from directory.queries.dial import DialDirectory
from directory.queries.load import load_all
from directory.queries.push_targets import PushTargetTable
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import accounts, apartments, buildings, push_targets, sites
from directory.unit import Changed, Directory
from doorline.adapters.estate_memory import EstateMemory

SYSTEM = Scope.system()


class Estate:
    """A directory, and a memory that follows it."""

    def __init__(self, directory: Directory, dial: DialDirectory, credentials: CredentialTable):
        self.directory = directory
        self.dial = dial
        self.credentials = credentials
        self.forgotten: list[str] = []
        self.push_targets = PushTargetTable(directory.vault)
        self.memory = EstateMemory(
            directory.database, dial, credentials, self.forgotten.append, self.push_targets
        )
        directory.listen(self.memory.changed)
        # The same database as another process sees it: nobody tells the memory.
        self.elsewhere = Directory(directory.database, directory.vault)
        self.site_id = 0


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[Estate]:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/d.db")
    await database.create_schema()
    vault = Vault.generate()
    directory = Directory(database, vault)
    found = Estate(
        directory, await load_all(database), await load_credentials(database, vault, "realm")
    )
    await found.memory.start()
    async with directory.unit(SYSTEM) as unit:
        found.site_id = (await sites.create(unit, name="Court")).id
        await accounts.create(
            unit, site_id=found.site_id, kind=AccountKind.DOOR, user="d1", password="secret1"
        )
    await found.memory.settled()
    yield found
    await found.memory.stop()
    await database.close()


async def test_what_is_committed_here_is_in_memory_when_it_has_settled(estate: Estate) -> None:
    async with estate.directory.unit(SYSTEM) as unit:
        building = await buildings.create(unit, site_id=estate.site_id, name="1")
        await apartments.create(unit, building_id=building.id, number="1001")
    await estate.memory.settled()

    assert [number for _, number in estate.dial.sites[estate.site_id].apartments] == ["1001"]
    assert estate.dial.account("d1") is not None
    assert estate.credentials.is_enabled("d1")


async def test_an_account_switched_off_is_forgotten_by_the_registrar(estate: Estate) -> None:
    told: list[str] = []
    estate.memory.listen(told.append)
    async with estate.directory.unit(SYSTEM) as unit:
        account = await accounts.find(unit, "d1")
        await accounts.update(unit, account.id, {"enabled": False})
    await estate.memory.settled()

    credential = estate.credentials.find("d1")
    assert estate.forgotten == told == ["d1"]
    assert not estate.credentials.is_enabled("d1")
    assert not estate.credentials.is_enabled("nobody")
    assert credential is not None
    assert not credential.enabled


async def test_an_account_with_a_new_password_is_forgotten_by_the_registrar(
    estate: Estate,
) -> None:
    async with estate.directory.unit(SYSTEM) as unit:
        account = await accounts.find(unit, "d1")
        await accounts.update(unit, account.id, {"display": "Gate"})
    await estate.memory.settled()
    renamed = list(estate.forgotten)
    async with estate.elsewhere.unit(SYSTEM) as unit:
        await accounts.reset_password(unit, account.id)
    await estate.memory.look()
    await estate.memory.settled()

    assert (renamed, estate.forgotten) == ([], ["d1"])


async def test_a_deleted_site_takes_its_accounts_along(estate: Estate) -> None:
    async with estate.directory.unit(SYSTEM) as unit:
        await sites.delete(unit, estate.site_id)
    await estate.memory.settled()

    assert estate.dial.sites == {}
    assert estate.credentials.find("d1") is None
    assert estate.forgotten == ["d1"]


async def test_what_another_process_commits_is_found_in_the_audit_trail(estate: Estate) -> None:
    async with estate.elsewhere.unit(SYSTEM) as unit:
        await accounts.create(
            unit, site_id=estate.site_id, kind=AccountKind.APP, user="a1", password="secret1"
        )
    unseen = estate.dial.account("a1")
    await estate.memory.look()
    await estate.memory.settled()

    assert unseen is None
    assert estate.dial.account("a1") is not None
    assert estate.credentials.find("a1") is not None


async def test_changes_that_belong_to_no_site_are_not_waited_for(estate: Estate) -> None:
    estate.memory.changed(Changed(None, "operator", 1))

    await estate.memory.settled()


async def test_a_push_token_is_known_at_once_and_the_site_is_not_read_again(
    estate: Estate,
) -> None:
    async with estate.directory.unit(SYSTEM) as unit:
        app = await accounts.create(
            unit, site_id=estate.site_id, kind=AccountKind.APP, user="a1", password="secret1"
        )
    await estate.memory.settled()
    before = estate.dial.sites[estate.site_id]
    async with estate.directory.unit(SYSTEM) as unit:
        await push_targets.put(unit, app.id, provider=PushProvider.FCM, token="a-token-of-some-app")
    await estate.memory.settled()
    await estate.memory.look()
    await estate.memory.settled()

    assert estate.push_targets.find("a1") is not None
    assert estate.dial.sites[estate.site_id] is before


async def test_a_deleted_app_takes_its_push_token_along(estate: Estate) -> None:
    async with estate.directory.unit(SYSTEM) as unit:
        app = await accounts.create(
            unit, site_id=estate.site_id, kind=AccountKind.APP, user="a1", password="secret1"
        )
        await push_targets.put(unit, app.id, provider=PushProvider.FCM, token="a-token-of-some-app")
    await estate.memory.settled()
    async with estate.directory.unit(SYSTEM) as unit:
        await accounts.delete(unit, app.id)
    await estate.memory.settled()

    assert estate.push_targets.find("a1") is None
