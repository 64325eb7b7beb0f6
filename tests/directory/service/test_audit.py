"""Reading audit rows."""

import pytest

from directory.errors import Forbidden, Invalid, NotFound
from directory.kinds import Role
from directory.service import apartments, audit, operators
from directory.service.audit import AuditFilter
from directory.unit import Directory
from tests.support.directories import NOW, ROOT, Estate


async def test_rows_of_the_sites_in_scope_come_newest_first(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await operators.create(unit, name="ann", role=Role.ROOT)
    async with directory.reading(estate.scope(Role.INSTALLER)) as unit:
        own = (await audit.list(unit, limit=1000)).items
    async with directory.reading(ROOT) as unit:
        everything = (await audit.list(unit, limit=1000)).items

    assert {row.site_id for row in own} == {estate.site, estate.office}
    assert [row.id for row in own] == sorted((row.id for row in own), reverse=True)
    assert {row.site_id for row in everything} == {
        None,
        estate.site,
        estate.office,
        foreign.site,
        foreign.office,
    }


async def test_filters_work_together(directory: Directory, estate: Estate) -> None:
    async with directory.unit(estate.scope()) as unit:
        await apartments.update(unit, estate.apartment, {"name": "Loft"})

    async with directory.reading(ROOT) as unit:
        found = [
            [(row.kind, row.action) for row in (await audit.list(unit, wanted)).items]
            for wanted in (
                AuditFilter(kind="apartment", row_id=estate.apartment),
                AuditFilter(actor=estate.scope().actor),
                AuditFilter(site_id=estate.site, action="update", kind="apartment"),
                AuditFilter(kind="apartment", since=NOW, until=NOW + 1),
                AuditFilter(until=NOW),
                AuditFilter(since=NOW + 1),
            )
        ]

    created, updated = ("apartment", "create"), ("apartment", "update")
    assert found == [[updated, created], [updated], [updated], [updated, created], [], []]


async def test_pages_follow_each_other(directory: Directory, estate: Estate) -> None:
    async with directory.reading(ROOT) as unit:
        whole = [row.id for row in (await audit.list(unit, limit=1000)).items]
        turned, cursor = [], None
        while True:
            page = await audit.list(unit, limit=7, cursor=cursor)
            turned += [row.id for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        for wrong in ("x", "", "-1", "1" * 30):
            with pytest.raises(Invalid, match="cursor"):
                await audit.list(unit, cursor=wrong)
        for limit in (0, 1001):
            with pytest.raises(Invalid, match="limit"):
                await audit.list(unit, limit=limit)

    assert turned == whole


async def test_a_property_manager_reads_no_audit_rows(directory: Directory, estate: Estate) -> None:
    async with directory.reading(estate.scope()) as unit:
        with pytest.raises(Forbidden):
            await audit.list(unit)


async def test_a_foreign_site_is_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(estate.scope(Role.INSTALLER)) as unit:
        with pytest.raises(NotFound):
            await audit.list(unit, AuditFilter(site_id=foreign.site))
