"""Push targets in memory."""

import pytest

from directory.errors import SealError
from directory.kinds import PushProvider
from directory.queries.push_targets import (
    PushTargetTable,
    StoredPushTarget,
    load_push_targets,
    refresh_push_targets,
)
from directory.service import accounts, push_targets
from directory.unit import Directory
from tests.support.directories import ROOT, Estate

TOKEN = "fcm-token-of-the-hall-5aFe"


async def told(directory: Directory, account_id: int) -> str:
    async with directory.unit(ROOT) as unit:
        target = await push_targets.put(unit, account_id, provider=PushProvider.FCM, token=TOKEN)
        return target.user


async def table_of(directory: Directory) -> PushTargetTable:
    return await load_push_targets(directory.database, directory.vault)


async def test_a_target_is_found_by_user_and_opens_only_when_asked(
    directory: Directory, estate: Estate
) -> None:
    user = await told(directory, estate.lab_account)

    table = await table_of(directory)
    found = table.find(user)

    assert found is not None
    assert (len(table), list(table), table.find("nobody")) == (1, [found], None)
    assert (found.provider, found.site_id, found.dead) == ("fcm", estate.site, False)
    assert TOKEN not in repr(found)
    assert table.token(found).reveal() == TOKEN


async def test_a_site_is_brought_up_to_date_without_touching_others(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    own, other = (
        await told(directory, estate.lab_account),
        await told(directory, foreign.lab_account),
    )
    table = await table_of(directory)
    async with directory.unit(ROOT) as unit:
        await accounts.delete(unit, estate.lab_account)
        await push_targets.remove(unit, foreign.lab_account)

    await refresh_push_targets(directory.database, table, estate.site)

    assert table.find(own) is None
    assert table.find(other) is not None


async def test_a_dead_token_is_known_as_dead(directory: Directory, estate: Estate) -> None:
    user = await told(directory, estate.lab_account)
    table = await table_of(directory)
    stored = table.find(user)
    assert stored is not None
    async with directory.unit(ROOT) as unit:
        await push_targets.mark_dead(unit, stored.target_id, stored.sealed)

    await refresh_push_targets(directory.database, table, estate.site)

    found = table.find(user)
    assert found is not None
    assert found.dead


async def test_a_token_of_another_account_does_not_open(
    directory: Directory, estate: Estate
) -> None:
    user = await told(directory, estate.lab_account)
    table = await table_of(directory)
    stored = table.find(user)
    assert stored is not None

    with pytest.raises(SealError):
        table.token(StoredPushTarget(9, estate.site, "other", stored.provider, stored.sealed))
