"""Sites, people, devices and MACs as the feature list wants them (sections B, C, E, H, L)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from directory import fields
from directory.errors import Conflict, Invalid, NotFound
from directory.exchange.device_cell import DeviceCell, parse_device_cell
from directory.kinds import DeviceScope, DeviceType, PersonKind
from directory.service import (
    apartments,
    buildings,
    departments,
    devices,
    macs,
    people,
    relays,
    sites,
)
from directory.unit import Directory
from provisioning.catalogue import load_catalogue
from provisioning.profile import ServerAddress, profile_of
from provisioning.render import Renderer
from provisioning.zones import clock_rule
from tests.support.device_settings import settings_of
from tests.support.directories import ROOT, Estate, build_estate, open_directory
from tests.support.repeated_names import names_given_away


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Directory]:
    async with open_directory(tmp_path / "doorline.db") as opened:
        yield opened


@pytest.fixture
async def estate(directory: Directory) -> Estate:
    return await build_estate(directory, "0C110500")


def wrong_fields(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [wrong.field for wrong in error.value.errors]


@pytest.mark.feature("F031")
async def test_departments_and_devices_need_a_site_that_exists(directory: Directory) -> None:
    """Without a site neither a department nor a building, a MAC or a device can be made."""
    async with directory.unit(ROOT) as unit:
        for attempt in (
            departments.create(unit, site_id=1, name="Sales"),
            buildings.create(unit, site_id=1, name="1"),
            macs.create(unit, site_id=1, mac="0C11050B9814"),
            devices.create(unit, site_id=1, name="Gate", type=DeviceType.GUARD_PHONE),
        ):
            with pytest.raises(NotFound):
                await attempt


@pytest.mark.feature("F038")
async def test_a_site_needs_a_name(directory: Directory) -> None:
    """The name of a site is required and may be that of a company."""
    async with directory.unit(ROOT) as unit:
        for name in ("", "  "):
            with pytest.raises(Invalid) as raised:
                await sites.create(unit, name=name)
            assert wrong_fields(raised) == ["name"]
        site = await sites.create(unit, name="Müller & Söhne GmbH")

    assert site.name == "Müller & Söhne GmbH"


@pytest.mark.feature("F050")
async def test_an_office_user_needs_a_department(directory: Directory, estate: Estate) -> None:
    """A user without a department is refused, naming the field."""
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await people.create(unit, site_id=estate.office, first_name="Eve")

    assert wrong_fields(raised) == ["department_id"]


@pytest.mark.feature("F051")
async def test_department_names_have_at_most_128_characters(
    directory: Directory, estate: Estate
) -> None:
    """A department name of 128 characters is taken, one of 129 refused, naming the field."""
    async with directory.unit(ROOT) as unit:
        made = await departments.create(unit, site_id=estate.office, name="x" * 128)
        with pytest.raises(Invalid) as raised:
            await departments.create(unit, site_id=estate.office, name="y" * 129)

    assert (len(made.name), wrong_fields(raised)) == (128, ["name"])


@pytest.mark.feature("F052")
async def test_a_department_has_at_most_ten_floors(directory: Directory, estate: Estate) -> None:
    """Department floors are optional; ten are taken, eleven refused."""
    ten = [str(floor) for floor in range(10)]
    async with directory.unit(ROOT) as unit:
        without = await departments.create(unit, site_id=estate.office, name="None")
        made = await departments.create(unit, site_id=estate.office, name="Ten", floors=ten)
        with pytest.raises(Invalid) as raised:
            await departments.create(
                unit, site_id=estate.office, name="Eleven", floors=[*ten, "10"]
            )

    assert (without.floors, made.floors, wrong_fields(raised)) == ([], ten, ["floors"])


@pytest.mark.feature("F057", "F160")
@pytest.mark.parametrize("who", ["employee", "member"])
async def test_names_of_people_have_at_most_64_characters(
    directory: Directory, estate: Estate, who: str
) -> None:
    """First and last names of office users and residents have up to 64 characters each."""
    person_id = getattr(estate, who)
    async with directory.unit(ROOT) as unit:
        await people.update(unit, person_id, {"first_name": "x" * 64, "last_name": "y" * 64})
        with pytest.raises(Invalid) as raised:
            await people.update(unit, person_id, {"first_name": "x" * 65, "last_name": "y" * 65})

    assert wrong_fields(raised) == ["first_name", "last_name"]


@pytest.mark.feature("F058")
async def test_a_user_id_names_one_person_of_a_site(directory: Directory, estate: Estate) -> None:
    """A second person with the same user ID in the same site is a conflict."""
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict) as raised:
            await people.create(
                unit,
                site_id=estate.office,
                department_id=estate.department,
                first_name="Eve",
                external_id="77",
            )

    assert raised.value.field == "external_id"


@pytest.mark.feature("F059")
async def test_email_addresses_are_checked_and_unique_in_a_site(
    directory: Directory, estate: Estate
) -> None:
    """An email address must be one, and belongs to one person of a site whatever its case."""
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await people.update(unit, estate.master, {"email": "ann at example.com"})
        await people.update(unit, estate.master, {"email": "Ann@example.com"})
        with pytest.raises(Conflict) as conflict:
            await people.update(unit, estate.member, {"email": "ann@EXAMPLE.com"})

    assert (wrong_fields(raised), conflict.value.field) == (["email"], "email")


@pytest.mark.feature("F060")
async def test_a_person_has_at_most_ten_floors(directory: Directory, estate: Estate) -> None:
    """Ten accessible floors of a user are taken, an eleventh is refused."""
    ten = [str(floor) for floor in range(10)]
    async with directory.unit(ROOT) as unit:
        changed = await people.update(unit, estate.employee, {"floors": ten})
        with pytest.raises(Invalid) as raised:
            await people.update(unit, estate.employee, {"floors": [*ten, "10"]})

    assert (changed.floors, wrong_fields(raised)) == (ten, ["floors"])


@pytest.mark.feature("F061")
async def test_a_new_user_starts_with_the_floors_of_the_department(
    directory: Directory, estate: Estate
) -> None:
    """A new user without floors gets those of the department; given ones are kept."""
    async with directory.unit(ROOT) as unit:
        made = [
            await people.create(
                unit,
                site_id=estate.office,
                department_id=estate.department,
                first_name="Eve",
                floors=floors,
            )
            for floors in (None, ["7"])
        ]

    assert [person.floors for person in made] == [["1", "2"], ["7"]]


@pytest.mark.feature("F065")
async def test_country_and_national_number_make_one_e164_value(
    directory: Directory, estate: Estate
) -> None:
    """However country and number are written, one E.164 number is stored."""
    spellings = [("DE", "030 901820"), ("49", "(030) 90-18-20"), (None, "+49 30 901820")]
    async with directory.unit(ROOT) as unit:
        found = [
            (
                await people.update(unit, estate.member, {"country": country, "mobile": number})
            ).mobile
            for country, number in spellings
        ]

    assert found == ["+4930901820"] * 3


@pytest.mark.feature("F093")
async def test_devices_have_one_of_five_types(directory: Directory, estate: Estate) -> None:
    """Type codes 0, 1, 2, 3 and 50 name the five device types; anything else is refused."""
    codes = {}
    for code in range(100):
        try:
            codes[code] = DeviceType.from_code(code)
        except ValueError:
            continue
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await devices.create(
                unit,
                site_id=estate.site,
                name="New",
                type="fridge",  # type: ignore[arg-type]
            )

    assert codes == {
        0: DeviceType.MULTI_TENANT_DOOR,
        1: DeviceType.SINGLE_TENANT_DOOR,
        2: DeviceType.INDOOR_MONITOR,
        3: DeviceType.GUARD_PHONE,
        50: DeviceType.ACCESS_CONTROL,
    }
    assert wrong_fields(raised) == ["type"]


@pytest.mark.feature("F094")
def test_a_device_cell_has_exactly_three_parts() -> None:
    """A device cell is name, type and MAC between commas; two or four parts are refused."""
    assert parse_device_cell("Gate2,0,0C11050B9814") == (
        DeviceCell("Gate2", DeviceType.MULTI_TENANT_DOOR, "0C11050B9814"),
    )
    for text in ("Gate2,0", "Gate2,0,0C11050B9814,1", "Gate2"):
        with pytest.raises(ValueError, match="device 1: must be name,type,MAC"):
            parse_device_cell(text)


@pytest.mark.feature("F095")
def test_several_devices_stand_in_one_cell() -> None:
    """A semicolon separates the devices of a cell, and blanks around the parts are trimmed."""
    assert parse_device_cell("Gate2,0,0C11050B9814; Living Room,2,0C11050893C6") == (
        DeviceCell("Gate2", DeviceType.MULTI_TENANT_DOOR, "0C11050B9814"),
        DeviceCell("Living Room", DeviceType.INDOOR_MONITOR, "0C11050893C6"),
    )


@pytest.mark.feature("F096", "F232")
async def test_a_device_needs_a_mac_of_its_sites_library(
    directory: Directory, estate: Estate
) -> None:
    """A MAC outside the site's library is refused as not_in_library, one in it is bound."""
    async with names_given_away(directory):
        foreign = await build_estate(directory, "0C110599")
    async with directory.unit(ROOT) as unit:
        reasons = []
        for mac in ("0C11050B9814", "0C1105990002", "0C1105000001"):
            with pytest.raises(Conflict) as raised:
                await devices.create(
                    unit, site_id=estate.site, name="New", type=DeviceType.GUARD_PHONE, mac=mac
                )
            reasons.append(raised.value.message.partition(":")[0])
        made = await devices.create(
            unit, site_id=estate.site, name="New", type=DeviceType.GUARD_PHONE, mac="0C1105000002"
        )
        entry = await macs.get(unit, estate.free_mac)
        others = await macs.get(unit, foreign.free_mac)

    assert reasons == ["not_in_library", "not_in_library", "already_bound"]
    assert (entry.device_id, others.device_id) == (made.id, None)


@pytest.mark.feature("F097")
async def test_every_spelling_of_a_mac_is_stored_as_one(
    directory: Directory, estate: Estate
) -> None:
    """Colons, hyphens and dots in a MAC are accepted; twelve upper-case digits are stored."""
    async with directory.unit(ROOT) as unit:
        made = [
            (await macs.create(unit, site_id=estate.site, mac=text)).mac
            for text in ("0c:11:05:0b:98:14", "0C-11-05-0B-98-15", "0c11.050b.9816")
        ]

    assert made == ["0C11050B9814", "0C11050B9815", "0C11050B9816"]


@pytest.mark.feature("F104")
async def test_a_device_has_a_name_that_reaches_its_file(
    directory: Directory, estate: Estate
) -> None:
    """A device needs a name, and a new name makes a new file."""
    catalogue = load_catalogue()
    server = ServerAddress("192.0.2.1", {"udp": 5060}, "doorline.local", "http://192.0.2.1:8080")

    async def file() -> bytes:
        settings = await settings_of(directory, estate.gate)
        model = catalogue.model(settings.vendor, settings.model)
        assert model is not None
        profile = profile_of(settings, model, server, clock_rule(settings.timezone))
        return Renderer(catalogue).device_file(profile, model, server).body

    before = await file()
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await devices.update(unit, estate.gate, {"name": ""})
        await devices.update(unit, estate.gate, {"name": "North Entrance"})
    after = await file()

    assert wrong_fields(raised) == ["name"]
    assert (b"North Entrance" in before, b"North Entrance" in after) == (False, True)


@pytest.mark.feature("F105")
async def test_contacts_and_monitors_follow_the_scope_of_a_door(
    directory: Directory, estate: Estate
) -> None:
    """Public, departmental and private doors offer those they serve and ring only at theirs."""
    async with directory.unit(ROOT) as unit:
        lab = await departments.create(unit, site_id=estate.office, name="Lab")
        dan = await people.create(
            unit,
            site_id=estate.office,
            department_id=lab.id,
            first_name="Dan",
            external_id="78",
        )
        doors = {
            name: await devices.create(
                unit,
                site_id=estate.office,
                name=name,
                type=DeviceType.MULTI_TENANT_DOOR,
                department_id=department_id,
                person_id=person_id,
            )
            for name, department_id, person_id in (
                ("gate", None, None),
                ("lab", lab.id, None),
                ("own", None, dan.id),
            )
        }
        desks = [
            await devices.create(
                unit,
                site_id=estate.office,
                name="Desk",
                type=DeviceType.INDOOR_MONITOR,
                person_id=person_id,
            )
            for person_id in (dan.id, estate.employee)
        ]

    offered = {
        name: [contact.number for contact in (await settings_of(directory, door.id)).contacts]
        for name, door in doors.items()
    }
    rung = [[door.name for door in (await settings_of(directory, desk.id)).doors] for desk in desks]

    assert [door.scope for door in doors.values()] == [
        DeviceScope.SITE,
        DeviceScope.DEPARTMENT,
        DeviceScope.PERSON,
    ]
    assert offered == {"gate": ["77", "78"], "lab": ["78"], "own": ["78"]}
    assert rung == [["gate", "lab", "own"], ["gate"]]


@pytest.mark.feature("F127")
async def test_a_model_limits_its_relays(directory: Directory, estate: Estate) -> None:
    """Relays can be added to a device up to what its model has."""
    made = {}
    for model in ("R29", "R20A", "E16", "X916"):
        async with directory.unit(ROOT) as unit:
            door = await devices.create(
                unit,
                site_id=estate.site,
                name=model,
                type=DeviceType.MULTI_TENANT_DOOR,
                model=model,
            )
            count = 0
            while count < 10:
                try:
                    await relays.create(unit, device_id=door.id, name=f"Relay {count}")
                except Conflict:
                    break
                count += 1
            made[model] = count

    assert made == {"R29": 3, "R20A": 2, "E16": 1, "X916": 4}


@pytest.mark.feature("F150")
async def test_building_names_have_at_most_128_characters(
    directory: Directory, estate: Estate
) -> None:
    """A building name of 128 characters is taken, one of 129 refused."""
    async with directory.unit(ROOT) as unit:
        made = await buildings.create(unit, site_id=estate.site, name="x" * 128)
        with pytest.raises(Invalid) as raised:
            await buildings.create(unit, site_id=estate.site, name="y" * 129)

    assert (len(made.name), wrong_fields(raised)) == (128, ["name"])


@pytest.mark.feature("F151")
async def test_apartment_numbers_are_one_to_six_digits(
    directory: Directory, estate: Estate
) -> None:
    """`0001` is kept as it is written; seven digits and letters are refused."""
    async with directory.unit(ROOT) as unit:
        made = [
            (await apartments.create(unit, building_id=estate.building, number=number)).number
            for number in ("1", "0001", "999999")
        ]
        for number in ("1234567", "12a", "", "-1"):
            with pytest.raises(Invalid) as raised:
                await apartments.create(unit, building_id=estate.building, number=number)
            assert wrong_fields(raised) == ["number"]

    assert made == ["1", "0001", "999999"]


@pytest.mark.feature("F152")
async def test_an_apartment_may_have_a_name_beside_its_number(
    directory: Directory, estate: Estate
) -> None:
    """The name of an apartment is optional and is shown instead of the number where it is set."""
    before = await settings_of(directory, estate.gate)
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"name": "Garden flat"})
    after = await settings_of(directory, estate.gate)

    assert [(entry.name, entry.number) for entry in (*before.contacts, *after.contacts)] == [
        ("1001", "1001"),
        ("Garden flat", "1001"),
    ]


@pytest.mark.feature("F153")
async def test_a_resident_lives_in_an_apartment_that_exists(
    directory: Directory, estate: Estate
) -> None:
    """A resident without an apartment, or with an unknown one, is refused."""
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await people.create(unit, site_id=estate.site, first_name="Eve")
        with pytest.raises(NotFound):
            await people.create(unit, site_id=estate.site, apartment_id=4711, first_name="Eve")

    assert wrong_fields(raised) == ["apartment_id"]


@pytest.mark.feature("F154", "F155")
async def test_a_master_comes_before_the_family(directory: Directory, estate: Estate) -> None:
    """Residents are master or member, and a member before the master is a conflict."""
    async with directory.unit(ROOT) as unit:
        flat = await apartments.create(unit, building_id=estate.building, number="2")

        async def move_in(kind: PersonKind) -> PersonKind:
            person = await people.create(
                unit, site_id=estate.site, apartment_id=flat.id, first_name="Eve", kind=kind
            )
            return person.kind

        with pytest.raises(Conflict) as raised:
            await move_in(PersonKind.MEMBER)
        with pytest.raises(Invalid) as wrong:
            await move_in(PersonKind.ADVANCED)
        moved_in = [await move_in(kind) for kind in (PersonKind.MASTER, PersonKind.MEMBER)]

    assert (raised.value.field, wrong_fields(wrong)) == ("kind", ["kind"])
    assert moved_in == [PersonKind.MASTER, PersonKind.MEMBER]


@pytest.mark.feature("F156")
async def test_a_member_shares_the_site_of_the_apartment(
    directory: Directory, estate: Estate
) -> None:
    """A family member entered under another site than the apartment's is refused."""
    async with directory.unit(ROOT) as unit:
        other = await sites.create(unit, name="Other")
        with pytest.raises(Invalid) as raised:
            await people.create(
                unit, site_id=other.id, apartment_id=estate.apartment, first_name="Eve"
            )
        member = await people.create(
            unit, site_id=estate.site, apartment_id=estate.apartment, first_name="Eve"
        )

    assert wrong_fields(raised) == ["apartment_id"]
    assert (member.site_id, member.apartment_id) == (estate.site, estate.apartment)


@pytest.mark.feature("F158")
async def test_a_family_has_the_members_its_apartment_permits(
    directory: Directory, estate: Estate
) -> None:
    """The limit of an apartment is 0 to 63, and a limit of two refuses the third member."""
    async with directory.unit(ROOT) as unit:
        for limit in (-1, 64):
            with pytest.raises(Invalid) as raised:
                await apartments.update(unit, estate.apartment, {"family_limit": limit})
            assert wrong_fields(raised) == ["family_limit"]
        for limit in (0, 63, 2):
            await apartments.update(unit, estate.apartment, {"family_limit": limit})
        await people.create(
            unit, site_id=estate.site, apartment_id=estate.apartment, first_name="Second"
        )
        with pytest.raises(Conflict) as full:
            await people.create(
                unit, site_id=estate.site, apartment_id=estate.apartment, first_name="Third"
            )

    assert full.value.field == "kind"


@pytest.mark.feature("F159")
async def test_people_are_found_by_their_remark(directory: Directory, estate: Estate) -> None:
    """A remark such as `tenant` is stored and searched by parts of it."""
    async with directory.unit(ROOT) as unit:
        await people.update(unit, estate.member, {"remark": "Sub-tenant until May"})
        found = await people.list(unit, site_id=estate.site, name="tenant")

    assert [(person.id, person.remark) for person in found.items] == [
        (estate.member, "Sub-tenant until May")
    ]


@pytest.mark.feature("F162")
def test_floors_are_numbers_and_a_few_words() -> None:
    """Floors are -10 to 128, G0, G1, G2 or All, which absorbs the others."""
    check = fields.floors(10)

    assert check(["-10", "128", "G0", "G1", "G2"]) == ["-10", "128", "G0", "G1", "G2"]
    assert check(["3", "All"]) == ["All"]
    for floor in ("-11", "129", "G3"):
        with pytest.raises(ValueError, match="a floor is"):
            check([floor])
