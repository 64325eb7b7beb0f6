"""People."""

import pytest

from directory.account_status import status_of
from directory.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from directory.kinds import AccountKind, AccountStatus, CallType, DeviceType, PersonKind, Role
from directory.service import accounts, apartments, departments, devices, people, sites
from directory.unit import Changed, Directory
from tests.support.directories import NOW, ROOT, Estate, Heard, ids


async def flat(directory: Directory, estate: Estate, **settings: object) -> int:
    """A second apartment, with nobody in it."""
    async with directory.unit(ROOT) as unit:
        made = await apartments.create(unit, building_id=estate.building, number="2")
        await apartments.update(unit, made.id, settings)
    return made.id


class TestResidents:
    async def test_the_first_is_the_master_and_the_next_is_family(
        self, directory: Directory, estate: Estate
    ) -> None:
        home = await flat(directory, estate)
        async with directory.unit(ROOT) as unit:
            made = [
                await people.create(unit, site_id=estate.site, apartment_id=home, first_name=name)
                for name in ("Eve", "Fred")
            ]

        assert [person.kind for person in made] == [PersonKind.MASTER, PersonKind.MEMBER]
        assert [person.call_type for person in made] == [None, None]

    async def test_a_member_needs_a_master(self, directory: Directory, estate: Estate) -> None:
        home = await flat(directory, estate)
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Conflict, match="master"):
                await people.create(
                    unit,
                    site_id=estate.site,
                    apartment_id=home,
                    first_name="Eve",
                    kind=PersonKind.MEMBER,
                )

    async def test_an_apartment_has_one_master(self, directory: Directory, estate: Estate) -> None:
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Conflict, match="this apartment has a master"):
                await people.create(
                    unit,
                    site_id=estate.site,
                    apartment_id=estate.apartment,
                    first_name="Eve",
                    kind=PersonKind.MASTER,
                )

    async def test_the_family_limit_counts_members(
        self, directory: Directory, estate: Estate
    ) -> None:
        home = await flat(directory, estate, family_limit=2)
        async with directory.unit(ROOT) as unit:
            for name in ("Eve", "Fred", "Gus"):
                await people.create(unit, site_id=estate.site, apartment_id=home, first_name=name)
            with pytest.raises(Conflict, match="may have 2 members"):
                await people.create(unit, site_id=estate.site, apartment_id=home, first_name="Hal")

    async def test_a_resident_needs_an_apartment_of_the_same_site(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            other = await sites.create(unit, name="Other")
            with pytest.raises(Invalid, match="apartment_id: a resident needs an apartment"):
                await people.create(unit, site_id=estate.site, first_name="Eve")
            with pytest.raises(Invalid, match="apartment_id: is not in this site"):
                await people.create(
                    unit, site_id=other.id, apartment_id=estate.apartment, first_name="Eve"
                )
            with pytest.raises(Invalid, match="department_id: a community has no departments"):
                await people.create(
                    unit,
                    site_id=estate.site,
                    apartment_id=estate.apartment,
                    department_id=estate.department,
                    first_name="Eve",
                )

    async def test_a_resident_is_master_or_member(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Invalid, match="master or member"):
                await people.create(
                    unit,
                    site_id=estate.site,
                    apartment_id=estate.apartment,
                    first_name="Eve",
                    kind=PersonKind.BASIC,
                )
            with pytest.raises(Invalid, match="kind: cannot be changed"):
                await people.update(unit, estate.member, {"kind": "basic"})

    async def test_a_resident_is_called_the_way_the_apartment_is(
        self, directory: Directory, estate: Estate
    ) -> None:
        home = await flat(directory, estate)
        async with directory.unit(ROOT) as unit:
            for attempt in (
                people.create(
                    unit,
                    site_id=estate.site,
                    apartment_id=home,
                    first_name="Eve",
                    call_type=CallType.INDOOR_ONLY,
                ),
                people.update(unit, estate.master, {"call_type": "indoor_only"}),
            ):
                with pytest.raises(Invalid, match="the way the apartment is"):
                    await attempt

    async def test_a_master_goes_after_the_family(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Conflict, match="master"):
                await people.delete(unit, estate.master)
            await people.delete(unit, estate.member)
            await people.delete(unit, estate.master)

            assert (await people.list(unit, site_id=estate.site)).items == ()


class TestOfficeUsers:
    async def test_an_office_user_is_given_no_number_that_a_department_has(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            await departments.create(unit, site_id=estate.office, name="Lab", number="70")
            with pytest.raises(Conflict, match="a department of this site has it as its number"):
                await people.update(unit, estate.employee, {"external_id": "70"})

    async def test_an_office_user_does_not_become_a_resident(
        self, directory: Directory, estate: Estate
    ) -> None:
        with pytest.raises(Invalid, match="kind: cannot be changed"):
            async with directory.unit(ROOT) as unit:
                await people.update(unit, estate.employee, {"kind": PersonKind.MASTER})

    async def test_a_resident_is_moved_into_no_department(
        self, directory: Directory, estate: Estate
    ) -> None:
        with pytest.raises(Invalid, match="department_id: a resident has no department"):
            async with directory.unit(ROOT) as unit:
                await people.update(unit, estate.member, {"department_id": estate.department})

    async def test_an_office_user_needs_a_department_of_the_same_office(
        self, directory: Directory, estate: Estate, foreign: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Invalid, match="department_id: an office user needs a department"):
                await people.create(unit, site_id=estate.office, first_name="Eve")
            with pytest.raises(Invalid, match="department_id: is not in this site"):
                await people.create(
                    unit,
                    site_id=estate.office,
                    department_id=foreign.department,
                    first_name="Eve",
                )
            with pytest.raises(Invalid, match="apartment_id: an office has no apartments"):
                await people.create(
                    unit,
                    site_id=estate.office,
                    department_id=estate.department,
                    apartment_id=estate.apartment,
                    first_name="Eve",
                )

    async def test_the_identity_is_basic_or_advanced(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            changed = await people.update(unit, estate.employee, {"kind": "advanced"})
            with pytest.raises(Invalid, match="basic or advanced"):
                await people.create(
                    unit,
                    site_id=estate.office,
                    department_id=estate.department,
                    first_name="Eve",
                    kind=PersonKind.MASTER,
                )

        assert changed.kind is PersonKind.ADVANCED

    async def test_the_floors_of_the_department_are_the_start(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            made = [
                await people.create(
                    unit,
                    site_id=estate.office,
                    department_id=estate.department,
                    first_name="Eve",
                    floors=floors,
                )
                for floors in (None, [], ["7"])
            ]

        assert [person.floors for person in made] == [["1", "2"], [], ["7"]]

    async def test_without_the_app_one_call_type_is_left(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            made = await people.create(
                unit, site_id=estate.office, department_id=estate.department, first_name="Eve"
            )
            with pytest.raises(Invalid) as raised:
                await people.update(unit, made.id, {"call_type": "indoor_then_phone"})
            with pytest.raises(Invalid):
                await people.create(
                    unit,
                    site_id=estate.office,
                    department_id=estate.department,
                    first_name="Fred",
                    call_type=CallType.APP_AND_INDOOR,
                )
            with pytest.raises(Invalid, match="an office user has a call type"):
                await people.update(unit, made.id, {"call_type": None})

        assert made.call_type is CallType.INDOOR_ONLY
        assert raised.value.errors == (FieldError("call_type", apartments.APP_IS_OFF),)

    async def test_switching_the_app_off_rewrites_the_type_and_says_so(
        self, directory: Directory, estate: Estate, heard: Heard
    ) -> None:
        async with directory.unit(ROOT) as unit:
            app = await accounts.of_person(unit, estate.employee)
            changed = await people.update(unit, estate.employee, {"app_enabled": False})
            notes = list(unit.notes)

        assert app is not None
        assert changed.call_type is CallType.INDOOR_ONLY
        assert notes == [apartments.REWRITTEN]
        assert heard.take() == [
            Changed(estate.office, "person", estate.employee, "update"),
            Changed(estate.office, "account", app.id, "update", app.user),
        ]

    async def test_account_and_private_devices_move_along_to_another_department(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            lab = await departments.create(unit, site_id=estate.office, name="Lab")
            desk = await devices.create(
                unit,
                site_id=estate.office,
                name="Desk",
                type=DeviceType.INDOOR_MONITOR,
                person_id=estate.employee,
            )
            await people.update(unit, estate.employee, {"department_id": lab.id})
            found = (await accounts.list(unit, person_id=estate.employee)).items
            with pytest.raises(Invalid, match="needs a department"):
                await people.update(unit, estate.employee, {"department_id": None})

        assert [account.department_id for account in found] == [lab.id, lab.id]
        assert desk.department_id == lab.id


class TestValues:
    async def test_names_have_at_most_64_characters(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            longest = {"first_name": "x" * 64, "last_name": "y" * 64}
            changed = await people.update(unit, estate.member, longest)
            with pytest.raises(Invalid) as raised:
                await people.update(
                    unit, estate.member, {"first_name": "x" * 65, "last_name": "y" * 65}
                )
            with pytest.raises(Invalid):
                await people.update(unit, estate.member, {"first_name": ""})

        assert (changed.first_name, changed.last_name) == ("x" * 64, "y" * 64)
        assert raised.value.errors == (
            FieldError("first_name", "at most 64 characters"),
            FieldError("last_name", "at most 64 characters"),
        )

    @pytest.mark.parametrize("country", ["DE", "49", "+49"])
    async def test_country_and_national_number_make_one_number(
        self, directory: Directory, estate: Estate, country: str
    ) -> None:
        async with directory.unit(ROOT) as unit:
            changed = await people.update(
                unit,
                estate.member,
                {"country": country, "mobile": "01511 2345678", "landlines": ["030 901820"]},
            )

        assert (changed.country, changed.mobile, changed.landlines) == (
            "DE",
            "+4915112345678",
            ["+4930901820"],
        )

    async def test_numbers_are_read_in_the_country_that_is_stored(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            await people.update(unit, estate.member, {"country": "DE"})
            changed = await people.update(unit, estate.member, {"landlines": ["030 901820"]})

        assert changed.landlines == ["+4930901820"]

    async def test_without_a_country_numbers_are_read_in_that_of_the_site(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            changed = await people.update(unit, estate.member, {"mobile": "07700 900123"})

        assert changed.mobile == "+447700900123"

    async def test_a_wrong_country_and_a_wrong_number_are_both_named(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Invalid) as raised:
                await people.update(unit, estate.member, {"country": "device code", "mobile": "x"})

        assert raised.value.errors == (
            FieldError("country", "must be a two-letter country code such as DE"),
            FieldError("mobile", "must be a telephone number: digits, blanks, + ( ) . / -"),
        )

    async def test_three_landlines_are_the_most(self, directory: Directory, estate: Estate) -> None:
        numbers = [f"+44207946000{digit}" for digit in range(4)]
        async with directory.unit(ROOT) as unit:
            changed = await people.update(unit, estate.member, {"landlines": numbers[:3]})
            with pytest.raises(Invalid, match="landlines: at most 3 numbers"):
                await people.update(unit, estate.member, {"landlines": numbers})

        assert changed.landlines == numbers[:3]

    @pytest.mark.parametrize(
        ("field", "value"), [("external_id", "A-77"), ("email", "Ann@Example.com")]
    )
    async def test_external_id_and_email_name_one_person_of_a_site(
        self, directory: Directory, estate: Estate, foreign: Estate, field: str, value: str
    ) -> None:
        async with directory.unit(ROOT) as unit:
            await people.update(unit, estate.master, {field: value})
            await people.update(unit, foreign.master, {field: value})
            await people.update(unit, estate.master, {field: value, "remark": "tenant"})
            with pytest.raises(Conflict) as raised:
                await people.update(unit, estate.member, {field: value})

        assert raised.value.field == field

    async def test_the_apartment_is_fixed(self, directory: Directory, estate: Estate) -> None:
        home = await flat(directory, estate)
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Invalid, match="apartment_id: cannot be changed"):
                await people.update(unit, estate.member, {"apartment_id": home})


class TestApp:
    async def test_enabling_the_app_makes_its_account_once(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            assert await accounts.of_person(unit, estate.member) is None
            for enabled in (True, False, True):
                await people.update(unit, estate.member, {"app_enabled": enabled})
            found = (await accounts.list(unit, person_id=estate.member)).items

        assert [
            (row.kind, row.display, row.apartment_id, row.building_id, row.enabled) for row in found
        ] == [(AccountKind.APP, "Ben Lee", estate.apartment, estate.building, True)]

    async def test_the_account_carries_the_name_of_its_person(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            await people.update(unit, estate.master, {"last_name": "Smith"})
            account = await accounts.of_person(unit, estate.master)

        assert account is not None
        assert account.display == "Ann Smith"

    async def test_the_account_goes_with_its_person(
        self, directory: Directory, estate: Estate, heard: Heard
    ) -> None:
        async with directory.unit(ROOT) as unit:
            app = await accounts.of_person(unit, estate.employee)
            await people.delete(unit, estate.employee)
            assert await accounts.of_person(unit, estate.employee) is None

        assert app is not None
        assert heard.take() == [
            Changed(estate.office, "account", app.id, "delete", app.user),
            Changed(estate.office, "person", estate.employee, "delete"),
        ]


async def test_a_property_manager_deletes_people_only_with_permission(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(estate.scope()) as unit:
        with pytest.raises(Forbidden):
            await people.delete(unit, estate.member)
    async with directory.unit(ROOT) as unit:
        await sites.update(unit, estate.site, {"people_deletable": True})
    async with directory.unit(estate.scope()) as unit:
        await people.delete(unit, estate.member)
        assert ids((await people.list(unit, site_id=estate.site)).items) == [estate.master]


async def test_foreign_people_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            people.get(unit, foreign.master),
            people.create(
                unit, site_id=foreign.site, apartment_id=foreign.apartment, first_name="Eve"
            ),
            people.create(
                unit, site_id=estate.site, apartment_id=foreign.apartment, first_name="Eve"
            ),
            people.update(unit, foreign.member, {"remark": "mine"}),
            people.update(unit, estate.employee, {"department_id": foreign.department}),
            people.delete(unit, foreign.member),
            people.list(unit, site_id=foreign.site),
        ):
            with pytest.raises(NotFound):
                await attempt
        everybody = {person.id for person in (await people.list(unit)).items}

    assert everybody == {estate.master, estate.member, estate.employee}


async def test_lists_filter_by_place_kind_name_and_number(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.member, {"remark": "subtenant"})
        found = [
            ids((await people.list(unit, apartment_id=estate.apartment, sort="id")).items),
            ids((await people.list(unit, department_id=estate.department)).items),
            ids((await people.list(unit, site_id=estate.site, kind=PersonKind.MASTER)).items),
            ids((await people.list(unit, site_id=estate.site, name="ANN")).items),
            ids((await people.list(unit, site_id=estate.site, name="subten")).items),
            ids((await people.list(unit, site_id=estate.office, external_id="77")).items),
            ids((await people.list(unit, site_id=estate.site, sort="-first_name")).items),
        ]

    assert found == [
        [estate.master, estate.member],
        [estate.employee],
        [estate.master],
        [estate.master],
        [estate.member],
        [estate.employee],
        [estate.member, estate.master],
    ]


@pytest.mark.parametrize("status", ["normal", "inactivated", "blocked", "expired"])
async def test_a_person_has_a_status_that_decides_over_the_app(
    directory: Directory, estate: Estate, heard: Heard, status: str
) -> None:
    async with directory.unit(ROOT) as unit:
        row = await people.update(unit, estate.master, {"status": status})
        made = await people.create(
            unit,
            site_id=estate.site,
            apartment_id=estate.apartment,
            first_name="Eve",
            status=AccountStatus(status),
        )

    for one in (row, made):
        assert status_of(one.active, one.blocked, one.expires_at, NOW) == status
    told = [fact.kind for fact in heard.take()]
    assert ("account" in told) is (status != "normal")
