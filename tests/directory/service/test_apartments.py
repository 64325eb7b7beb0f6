"""Apartments."""

from collections import Counter
from typing import Any

import pytest

from directory.account_status import status_of
from directory.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from directory.kinds import CallMode, CallType, Role
from directory.model import Device, Person
from directory.scope import Scope
from directory.service import accounts, apartments, buildings
from directory.unit import Changed, Directory
from tests.support.directories import NOW, ROOT, Estate, Heard, ids


@pytest.mark.parametrize("number", ["1", "0001", "999999"])
async def test_a_number_is_1_to_6_digits_kept_as_text(
    directory: Directory, estate: Estate, number: str
) -> None:
    async with directory.unit(ROOT) as unit:
        made = await apartments.create(unit, building_id=estate.building, number=number)

    assert (made.number, made.site_id) == (number, estate.site)


@pytest.mark.parametrize("number", ["", "1234567", "12a", "-1", "1.5", "１", "0"])
async def test_other_numbers_are_refused(directory: Directory, estate: Estate, number: str) -> None:
    with pytest.raises(Invalid, match="number: must be 1 to 6 digits"):
        async with directory.unit(ROOT) as unit:
            await apartments.create(unit, building_id=estate.building, number=number)


async def test_a_number_exists_once_in_a_building(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        other = await buildings.create(unit, site_id=estate.site, name="2")
        await apartments.create(unit, building_id=other.id, number="1001")
        second = await apartments.create(unit, building_id=estate.building, number="1002")
        with pytest.raises(Conflict):
            await apartments.create(unit, building_id=estate.building, number="1001")
        with pytest.raises(Conflict):
            await apartments.update(unit, second.id, {"number": "1001"})
        renumbered = await apartments.update(unit, second.id, {"number": "01001"})

    assert renumbered.number == "01001"


class TestCallType:
    @pytest.mark.parametrize("call_type", list(CallType))
    async def test_every_call_type_can_be_chosen_while_the_app_is_on(
        self, directory: Directory, estate: Estate, call_type: CallType
    ) -> None:
        async with directory.unit(ROOT) as unit:
            changed = await apartments.update(
                unit, estate.apartment, {"call_type": call_type.value}
            )

        assert changed.call_type is call_type

    async def test_without_the_app_one_type_is_left(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            bare = await apartments.create(
                unit, building_id=estate.building, number="2", app_enabled=False
            )
            with pytest.raises(Invalid) as of_new:
                await apartments.create(
                    unit,
                    building_id=estate.building,
                    number="3",
                    app_enabled=False,
                    call_type=CallType.INDOOR_THEN_PHONE,
                )
            with pytest.raises(Invalid) as of_old:
                await apartments.update(unit, bare.id, {"call_type": "indoor_then_phone"})

        assert bare.call_type is CallType.INDOOR_ONLY
        expected = (FieldError("call_type", apartments.APP_IS_OFF),)
        assert (of_new.value.errors, of_old.value.errors) == (expected, expected)

    async def test_switching_the_app_off_rewrites_the_type_and_says_so(
        self, directory: Directory, estate: Estate, heard: Heard
    ) -> None:
        async with directory.unit(ROOT) as unit:
            app = await accounts.of_person(unit, estate.master)
            changed = await apartments.update(unit, estate.apartment, {"app_enabled": False})
            notes = list(unit.notes)

        assert app is not None
        assert (changed.app_enabled, changed.call_type) == (False, CallType.INDOOR_ONLY)
        assert notes == [apartments.REWRITTEN]
        assert heard.take() == [
            Changed(estate.site, "apartment", estate.apartment, "update"),
            Changed(estate.site, "account", app.id, "update", app.user),
        ]

    async def test_nothing_is_said_when_the_type_needed_no_change(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            await apartments.update(unit, estate.apartment, {"call_type": "indoor_only"})
            await apartments.update(unit, estate.apartment, {"app_enabled": False})
            await apartments.update(
                unit, estate.apartment, {"app_enabled": True, "call_type": "app_and_indoor"}
            )

            assert unit.notes == []

    async def test_an_app_switched_off_together_with_another_type_is_refused(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Invalid):
                await apartments.update(
                    unit,
                    estate.apartment,
                    {"app_enabled": False, "call_type": "indoor_then_app"},
                )


async def test_the_family_limit_is_0_to_63_or_none(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        for limit in (0, 63, None):
            await apartments.update(unit, estate.apartment, {"family_limit": limit})
        for limit in (-1, 64):
            with pytest.raises(Invalid, match="family_limit: must be 0 to 63"):
                await apartments.update(unit, estate.apartment, {"family_limit": limit})


async def test_a_property_manager_decides_how_a_flat_is_called(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(estate.scope()) as unit:
        changed = await apartments.update(
            unit,
            estate.apartment,
            {"name": "Loft", "call_type": "indoor_then_app", "call_mode": "ip"},
        )
        for attempt in (
            apartments.update(unit, estate.apartment, {"number": "7"}),
            apartments.update(unit, estate.apartment, {"app_enabled": False}),
            apartments.create(unit, building_id=estate.building, number="7"),
            apartments.delete(unit, estate.apartment),
        ):
            with pytest.raises(Forbidden):
                await attempt

    assert (changed.name, changed.call_type, changed.call_mode) == (
        "Loft",
        CallType.INDOOR_THEN_APP,
        CallMode.IP,
    )


async def test_foreign_apartments_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            apartments.get(unit, foreign.apartment),
            apartments.find(unit, foreign.building, "1001"),
            apartments.create(unit, building_id=foreign.building, number="7"),
            apartments.update(unit, foreign.apartment, {"name": "Mine"}),
            apartments.delete(unit, foreign.apartment),
            apartments.list(unit, site_id=foreign.site),
            apartments.list(unit, building_id=foreign.building),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert ids((await apartments.list(unit)).items) == [estate.apartment]


async def test_lists_filter_by_place_number_name_and_call_type(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        loft = await apartments.create(
            unit,
            building_id=estate.building,
            number="9",
            name="Loft",
            call_type=CallType.INDOOR_THEN_APP,
        )
        found = [
            ids((await apartments.list(unit, site_id=estate.site)).items),
            ids((await apartments.list(unit, building_id=estate.building, sort="-id")).items),
            ids((await apartments.list(unit, number="9")).items),
            ids((await apartments.list(unit, name="LOF")).items),
            ids((await apartments.list(unit, call_type=CallType.INDOOR_THEN_APP)).items),
        ]

    assert found == [
        [estate.apartment, loft.id],
        [loft.id, estate.apartment],
        [loft.id],
        [loft.id],
        [loft.id],
    ]
    async with directory.reading(ROOT) as unit:
        assert (await apartments.find(unit, estate.building, "9")).id == loft.id


async def test_deleting_an_apartment_names_the_accounts_that_went_with_it(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    async with directory.unit(ROOT) as unit:
        await apartments.delete(unit, estate.apartment)

    assert [(fact.kind, fact.action) for fact in heard.take()] == [
        ("account", "delete"),
        ("account", "delete"),
        ("apartment", "delete"),
    ]


async def test_numbers_and_what_is_inside_are_found_for_many_apartments_at_once(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    wanted = [estate.apartment, foreign.apartment, 4711]
    async with directory.reading(Scope("ivy", Role.INSTALLER, frozenset({estate.site}))) as unit:
        found = (
            await apartments.numbers(unit, wanted),
            await apartments.count(unit, Person, wanted),
            await apartments.count(unit, Device, wanted),
        )

    assert found == (
        {estate.apartment: "1001"},
        Counter({estate.apartment: 2}),
        Counter({estate.apartment: 1}),
    )


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"active": False}, "inactivated"),
        ({"status": "inactivated"}, "inactivated"),
        ({"status": "blocked"}, "blocked"),
        ({"status": "expired"}, "expired"),
        ({"expires_at": NOW}, "expired"),
        ({"expires_at": NOW + 1}, "normal"),
    ],
)
async def test_an_apartment_has_a_status(
    directory: Directory, estate: Estate, changes: dict[str, Any], status: str
) -> None:
    async with directory.unit(ROOT) as unit:
        row = await apartments.update(unit, estate.apartment, changes)
        made = await apartments.create(unit, building_id=estate.building, number="77", **changes)

    for one in (row, made):
        assert status_of(one.active, one.blocked, one.expires_at, NOW) == status


async def test_a_status_that_another_field_contradicts_is_refused(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid, match="active: contradicts the status normal"):
            await apartments.update(unit, estate.apartment, {"status": "normal", "active": False})


async def test_a_manager_neither_blocks_nor_opens_an_apartment(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(estate.scope(Role.PROPERTY_MANAGER)) as unit:
        for changes in ({"status": "normal"}, {"expires_at": None}):
            with pytest.raises(Forbidden):
                await apartments.update(unit, estate.apartment, changes)
