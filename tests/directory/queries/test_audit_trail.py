"""What other processes changed."""

from directory.kinds import AccountKind, PushProvider, Role
from directory.queries.audit_trail import entries_after, last_entry
from directory.service import accounts, operators, push_targets, sites
from directory.unit import Directory
from tests.support.directories import ROOT


async def test_changes_come_in_their_order_with_their_sites(directory: Directory) -> None:
    before = await last_entry(directory.database)
    async with directory.unit(ROOT) as unit:
        first = await sites.create(unit, name="Court")
        await operators.create(unit, name="ivy", role=Role.INSTALLER)
        second = await sites.create(unit, name="Square")

    found = await entries_after(directory.database, before)

    assert [site_id for _, site_id in found] == [first.id, None, second.id]
    assert await last_entry(directory.database) == found[-1][0]
    assert await entries_after(directory.database, found[0][0], 1) == [found[1]]
    assert await entries_after(directory.database, found[-1][0]) == []


async def test_an_empty_trail_ends_at_nothing(directory: Directory) -> None:
    assert await last_entry(directory.database) == 0


async def test_push_tokens_are_no_news(directory: Directory) -> None:
    async with directory.unit(ROOT) as unit:
        site = await sites.create(unit, name="Court")
        app = await accounts.create(unit, site_id=site.id, kind=AccountKind.APP)
    before = await last_entry(directory.database)
    async with directory.unit(ROOT) as unit:
        await push_targets.put(unit, app.id, provider=PushProvider.FCM, token="a-push-token")

    assert await last_entry(directory.database) > before
    assert await entries_after(directory.database, before) == []
