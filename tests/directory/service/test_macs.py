"""The MAC library."""

import pytest

from directory.errors import Conflict, Forbidden, Invalid, NotFound
from directory.kinds import Role
from directory.service import macs
from directory.service.macs import BadLine
from directory.unit import Directory
from tests.support.directories import ROOT, Estate, ids


@pytest.mark.parametrize(
    "spelling", ["0c:11:05:0b:98:14", "0C-11-05-0B-98-14", "0c11.050b.9814", "0C11050B9814"]
)
async def test_every_spelling_is_stored_as_one(
    directory: Directory, estate: Estate, spelling: str
) -> None:
    async with directory.unit(ROOT) as unit:
        made = await macs.create(unit, site_id=estate.site, mac=spelling)

    assert (made.mac, made.device_id) == ("0C11050B9814", None)


async def test_a_mac_is_in_one_library_and_its_holder_is_named_to_those_who_may_see_it(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    taken = "0C1105990002"
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict) as by_root:
            await macs.create(unit, site_id=estate.site, mac=taken)
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        with pytest.raises(Conflict) as by_stranger:
            await macs.create(unit, site_id=estate.site, mac=taken)

    assert [str(by_root.value), str(by_stranger.value)] == [
        "mac: the library of site Linden Court has this MAC",
        "mac: a library of this server has this MAC",
    ]


async def test_good_lines_are_kept_and_bad_ones_reported_by_number(
    directory: Directory, estate: Estate
) -> None:
    lines = ["0C11050B9801", "", "nonsense", "0C:11:05:0B:98:02", "0C11050B9801\r\n"]
    async with directory.unit(ROOT) as unit:
        done = await macs.create_many(unit, site_id=estate.site, lines=lines)

    assert [row.mac for row in done.added] == ["0C11050B9801", "0C11050B9802"]
    assert done.bad_lines == (
        BadLine(3, "must be a MAC address of 12 hexadecimal digits"),
        BadLine(5, "the library of site Linden Court has this MAC"),
    )


async def test_a_bound_mac_stays_and_a_free_one_can_go(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict, match="a device uses this MAC"):
            await macs.delete(unit, estate.bound_mac)
        await macs.delete(unit, estate.free_mac)

        assert ids((await macs.list(unit, site_id=estate.site)).items) == [estate.bound_mac]


async def test_lists_filter_by_part_and_binding(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(estate.scope()) as unit:
        found = [
            ids((await macs.list(unit)).items),
            ids((await macs.list(unit, mac="00:00:02")).items),
            ids((await macs.list(unit, bound=True)).items),
            ids((await macs.list(unit, bound=False)).items),
            ids((await macs.list(unit, sort="-mac")).items),
        ]

    assert found == [
        [estate.bound_mac, estate.free_mac],
        [estate.free_mac],
        [estate.bound_mac],
        [estate.free_mac],
        [estate.free_mac, estate.bound_mac],
    ]


async def test_a_property_manager_keeps_no_macs(directory: Directory, estate: Estate) -> None:
    async with directory.unit(estate.scope()) as unit:
        for attempt in (
            macs.create(unit, site_id=estate.site, mac="0C11050B9814"),
            macs.create_many(unit, site_id=estate.site, lines=[]),
            macs.delete(unit, estate.free_mac),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_foreign_macs_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            macs.get(unit, foreign.free_mac),
            macs.create(unit, site_id=foreign.site, mac="0C11050B9814"),
            macs.create_many(unit, site_id=foreign.site, lines=["0C11050B9814"]),
            macs.delete(unit, foreign.free_mac),
            macs.list(unit, site_id=foreign.site),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_what_is_no_mac_is_refused(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid, match="12 hexadecimal digits"):
            await macs.create(unit, site_id=estate.site, mac="0C11050B981")
