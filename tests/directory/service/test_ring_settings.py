from collections.abc import Mapping
from typing import Any

import pytest

from directory.errors import Invalid
from directory.kinds import CallType, FailureScope
from directory.ringing import Ringing
from directory.service import apartments, people, ring_settings, sites
from directory.unit import Directory
from tests.support.directories import ROOT, Estate


async def refused(
    directory: Directory, site_id: int, changes: Mapping[str, Any]
) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as raised:
        async with directory.unit(ROOT) as unit:
            await sites.update(unit, site_id, changes)
    return [(error.field, error.message) for error in raised.value.errors]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"declined": "everybody"}, "declined"),
        ({"rounds": 4}, "rounds"),
        ({"rounds": 0}, "rounds"),
        ({"early_status": 182}, "early_status"),
        ({"early_status": True}, "early_status"),
        ({"longest_ring": 4}, "longest_ring"),
        ({"ring_times": {"app": 0}}, "ring_times.app"),
        ({"ring_times": {"app": 301}}, "ring_times.app"),
        ({"ring_times": {"pigeon": 20}}, "ring_times.pigeon"),
        ({"delays": {"app": -1}}, "delays.app"),
        ({"delays": [5]}, "delays"),
        ({"ring_times": None}, "ring_times"),
        ({"landline_confirms": "yes"}, "landline_confirms"),
        ({"landline_key": "11"}, "landline_key"),
        ({"landline_key": ""}, "landline_key"),
        ({"landline_key": 1}, "landline_key"),
        ({"landline_key": "A"}, "landline_key"),
        ({"guard_order": "random"}, "guard_order"),
        ({"call_type": "nobody_knows"}, "call_type"),
        ({"emergency_landline": "12"}, "emergency_landline"),
        ({"emergency_landline": "+499001123456"}, "emergency_landline"),
        ({"emergency_landline": "+870773111632"}, "emergency_landline"),
    ],
)
async def test_a_wrong_setting_is_refused_with_its_name(
    directory: Directory, estate: Estate, changes: Mapping[str, Any], field: str
) -> None:
    assert [name for name, _ in await refused(directory, estate.site, changes)] == [field]


async def test_tables_are_changed_kind_by_kind_and_null_takes_one_away(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await sites.update(unit, estate.site, {"ring_times": {"app": 20, "guard": 40}})
        site = await sites.update(unit, estate.site, {"ring_times": {"app": 25, "guard": None}})
        flat = await apartments.update(unit, estate.apartment, {"delays": {"app": 3}})
        kept = await apartments.update(unit, estate.apartment, {"delays": {}})

    assert (site.ring_times, flat.delays, kept.delays) == ({"app": 25.0}, {"app": 3.0}, {"app": 3})


async def test_a_cap_below_the_first_stage_is_refused(directory: Directory, estate: Estate) -> None:
    assert await refused(directory, estate.site, {"longest_ring": 20}) == [
        ("longest_ring", "20 s is shorter than the first stage, which rings 30 s")
    ]


async def test_a_site_is_told_which_apartment_its_cap_does_not_suit(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"ring_times": {"indoor": 80}})

    assert await refused(directory, estate.site, {"longest_ring": 60}) == [
        (
            "longest_ring",
            f"apartment 1001 (id {estate.apartment}): "
            "60 s is shorter than the first stage, which rings 80 s",
        )
    ]


async def test_an_apartment_is_measured_by_its_own_settings_and_the_sites(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await sites.update(unit, estate.site, {"longest_ring": 60})
    with pytest.raises(Invalid, match="60 s is shorter"):
        async with directory.unit(ROOT) as unit:
            await apartments.update(unit, estate.apartment, {"stage_timeout": 90})
    with pytest.raises(Invalid, match="app would wait 40 s in a stage of 30 s"):
        async with directory.unit(ROOT) as unit:
            await apartments.update(unit, estate.apartment, {"delays": {"app": 40}})
    async with directory.unit(ROOT) as unit:
        flat = await apartments.update(
            unit, estate.apartment, {"stage_timeout": 90, "longest_ring": 200}
        )

    assert (flat.stage_timeout, flat.longest_ring) == (90.0, 200.0)


async def test_null_leaves_a_setting_of_an_apartment_to_the_site(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        flat = await apartments.update(
            unit, estate.apartment, {"declined": "visit", "rounds": 2, "early_status": 0}
        )
        before = (flat.declined, flat.rounds, flat.early_status)
        await apartments.update(
            unit, estate.apartment, {"declined": None, "rounds": None, "early_status": None}
        )

    assert before == (FailureScope.VISIT, 2, 0)
    assert (flat.declined, flat.rounds, flat.early_status) == (None, None, None)


async def test_a_call_type_is_built_in_or_a_chain_of_the_site(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        flat = await apartments.update(unit, estate.apartment, {"call_type": "night"})
        worker = await people.update(unit, estate.employee, {"call_type": "night"})
    with pytest.raises(Invalid, match="must be a chain of this site or one of app_and_indoor"):
        async with directory.unit(ROOT) as unit:
            await apartments.update(unit, estate.apartment, {"call_type": "day"})
    with pytest.raises(Invalid, match="must be a chain of this site"):
        async with directory.unit(ROOT) as unit:
            await people.update(unit, estate.employee, {"call_type": "day"})

    assert (flat.call_type, worker.call_type) == ("night", "night")


def test_a_built_in_type_is_a_word_of_the_enum() -> None:
    assert ring_settings.call_type("indoor_only") is CallType.INDOOR_ONLY
    assert ring_settings.call_type(" night ") == "night"


async def test_telephones_of_a_site_or_of_one_apartment_confirm_with_the_sites_key(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        flat = await apartments.update(unit, estate.apartment, {"landline_confirms": True})
        site = await sites.update(unit, estate.site, {"landline_key": "#"})

    assert ring_settings.ringing_of(flat) == Ringing(confirms=True)
    found = ring_settings.ringing_of(site)
    assert (found.confirms, found.key) == (False, "#")
    assert "landline_key" not in ring_settings.OWN_CHECKS


async def test_what_is_stored_is_what_the_planner_reads(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        flat = await apartments.update(
            unit,
            estate.apartment,
            {"guard_stage": "never", "rounds": 3, "delays": {"app": 2}, "landline_confirms": False},
        )

    assert ring_settings.ringing_of(flat) == Ringing(
        guard_stage="never", rounds=3, delays={"app": 2.0}, confirms=False
    )


async def test_an_office_user_is_measured_by_the_cap_too(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await sites.update(unit, estate.office, {"longest_ring": 60})
    with pytest.raises(Invalid, match="60 s is shorter than the first stage, which rings 90 s"):
        async with directory.unit(ROOT) as unit:
            await people.update(unit, estate.employee, {"stage_timeout": 90})
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.employee, {"stage_timeout": 55})

    assert await refused(directory, estate.office, {"longest_ring": 50}) == [
        (
            "longest_ring",
            f"person Cleo (id {estate.employee}): "
            "50 s is shorter than the first stage, which rings 55 s",
        )
    ]
