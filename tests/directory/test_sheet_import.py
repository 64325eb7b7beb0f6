"""Sheets into the directory."""

import pytest

from directory.errors import NotFound
from directory.exchange.call_codes import Dialect
from directory.exchange.community_sheet import WIDE_COMMUNITY
from directory.exchange.office_sheet import OFFICE
from directory.exchange.sheet_report import MOST_PROBLEMS, SheetReport
from directory.exchange.sheet_row import UnreadableSheetError
from directory.kinds import DeviceScope, Role
from directory.model import Apartment, Device, Person
from directory.scope import Scope
from directory.service import accounts, apartments, audit, departments, devices, macs, people
from directory.service.audit import AuditFilter
from directory.sheet_import import import_sheet
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard
from tests.support.sheets import (
    community_file,
    csv_file,
    employee,
    header,
    line,
    office_file,
    resident,
    workbook,
)

NEW_MACS = ("0C11050B9814", "0C11050893C6", "0C11050B9816")


async def stock(directory: Directory, site_id: int) -> None:
    """Put the MACs of these tests into a site's library."""
    async with directory.unit(ROOT) as unit:
        await macs.create_many(unit, site_id=site_id, lines=NEW_MACS)


async def people_of(directory: Directory, site_id: int) -> list[Person]:
    async with directory.reading(ROOT) as unit:
        return [*(await people.list(unit, site_id=site_id, sort="id")).items]


async def devices_of(directory: Directory, site_id: int) -> list[Device]:
    async with directory.reading(ROOT) as unit:
        return [*(await devices.list(unit, site_id=site_id, sort="id")).items]


def told(report: SheetReport) -> list[tuple[int, str, str]]:
    return [(one.row, one.title, one.expected) for one in report.problems]


async def test_one_sheet_makes_users_and_devices(directory: Directory, estate: Estate) -> None:
    await stock(directory, estate.office)
    content = office_file(
        employee(
            Device="Gate2,0,0C11050B9814; Living Room,2,0C11050893C6",
            Identity="advanced",
            ID="EMP-1",
            Phone="01632 960001",
            Call_Type="5",
        ),
        {"Department": "Sales", "Device": "Lobby,3,0C11050B9816"},
    )

    report = await import_sheet(directory, ROOT, estate.office, content)

    assert report == SheetReport("office", 2, 1, 3, (), 0, (), written=True)
    made = (await people_of(directory, estate.office))[-1]
    assert (made.name, made.kind, made.external_id, made.department_id, made.call_type) == (
        "Ann",
        "advanced",
        "EMP-1",
        estate.department,
        "indoor_then_app_then_phone",
    )
    assert (made.landlines, made.floors) == (["+441632960001"], ["1", "2"])
    assert [
        (device.name, device.scope, device.person_id, device.department_id, device.mac)
        for device in await devices_of(directory, estate.office)
    ] == [
        ("Gate2", DeviceScope.DEPARTMENT, None, estate.department, "0C11050B9814"),
        ("Living Room", DeviceScope.PERSON, made.id, estate.department, "0C11050893C6"),
        ("Lobby", DeviceScope.DEPARTMENT, None, estate.department, "0C11050B9816"),
    ]


async def test_csv_does_what_the_workbook_does(directory: Directory, estate: Estate) -> None:
    content = csv_file(OFFICE, employee(Last_Name="Ägir", Phone="01632 960001"), delimiter=";")

    report = await import_sheet(directory, ROOT, estate.office, content)

    made = (await people_of(directory, estate.office))[-1]
    assert (report.written, made.last_name, made.landlines) == (True, "Ägir", ["+441632960001"])


async def test_with_one_wrong_cell_nothing_is_written_and_nobody_is_told(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    heard.take()
    content = office_file(employee(ID="1"), employee(Telephone_Calling_Code="GB"))

    report = await import_sheet(directory, ROOT, estate.office, content)

    assert (report.written, report.users, report.rows) == (False, 1, 2)
    assert told(report) == [
        (3, "Telephone Calling Code", "must be a country calling code such as 44 or +44")
    ]
    assert [one.id for one in await people_of(directory, estate.office)] == [estate.employee]
    assert heard.take() == []


async def test_a_dry_run_reports_the_same_and_writes_nothing(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    heard.take()
    content = office_file(employee(), employee())

    tried = await import_sheet(directory, ROOT, estate.office, content, dry_run=True)

    assert tried == SheetReport("office", 2, 2, 0, (), 0, (), written=False)
    assert len(await people_of(directory, estate.office)) == 1
    assert heard.take() == []
    assert (await import_sheet(directory, ROOT, estate.office, content)).users == tried.users


async def test_what_the_directory_refuses_is_told_by_cell(
    directory: Directory, estate: Estate
) -> None:
    await stock(directory, estate.office)
    async with directory.unit(ROOT) as unit:
        await departments.create(unit, site_id=estate.office, name="Hall", number="12")
        await departments.create(unit, site_id=estate.office, name="12", number="13")
    content = office_file(
        employee(Department="Sale"),
        employee(Department="12"),
        employee(ID="77"),
        employee(ID="12"),
        employee(SmartPlus_Intercom_Feature="0", Call_Type="0"),
        employee(Device="Gate,0,0C11050B9814; Gate,0,0C1105FFFFFF"),
        {"Department": "Hall", "Device": "Desk,0,0C11050893C6"},
    )

    report = await import_sheet(directory, ROOT, estate.office, content)

    assert told(report) == [
        (2, "Department", "no department of this site with that name or number"),
        (3, "Department", "several departments of this site with that name or number"),
        (4, "ID", "another person of this site has it"),
        (5, "ID", "a department of this site has it as its number"),
        (6, "Call Type", "only indoor_only is left while the app feature is off"),
        (
            7,
            "Device",
            "device 2 (0C1105FFFFFF): not_in_library: the MAC is not in the library of this site",
        ),
    ]
    assert [one.mend for one in report.problems][-2:] == [
        "leave the cell empty, or enter 1 under SmartPlus Intercom Feature: without the app a "
        "user has the call type of monitors and guard phones",
        "add the MAC to the library of this very site first",
    ]


async def test_a_mac_that_a_device_has_is_told(directory: Directory, estate: Estate) -> None:
    await stock(directory, estate.office)
    content = office_file({"Department": "Sales", "Device": "Gate,0,0C11050B9814"})
    await import_sheet(directory, ROOT, estate.office, content)

    report = await import_sheet(directory, ROOT, estate.office, content)

    assert [one.expected for one in report.problems] == [
        "device 1 (0C11050B9814): already_bound: another device of this site has the MAC"
    ]


async def test_residents_come_into_their_flats_the_master_first(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        flat = await apartments.create(unit, building_id=estate.building, number="0002")
    content = community_file(
        resident(Apt="0002", Account_Type="1", First_Name="Bo", Remark="tenant"),
        resident(Apt="0002", Apt_Name="Bakery", PIN="4711", Accessible_Floors="1;2"),
    )

    report = await import_sheet(directory, ROOT, estate.site, content)

    made = (await people_of(directory, estate.site))[-2:]
    assert (report.template, report.users, report.devices, report.written) == (
        "community",
        2,
        0,
        True,
    )
    assert [note.partition(":")[0] for note in report.notes] == ["PIN"]
    assert [(one.first_name, one.kind, one.apartment_id, one.floors) for one in made] == [
        ("Ann", "master", flat.id, ["1", "2"]),
        ("Bo", "member", flat.id, []),
    ]
    async with directory.reading(ROOT) as unit:
        assert (await apartments.get(unit, flat.id)).name == "Bakery"
        assert all([await accounts.of_person(unit, one.id) for one in made])


async def test_residents_need_places_that_exist(directory: Directory, estate: Estate) -> None:
    content = workbook(
        [
            header(WIDE_COMMUNITY),
            line(WIDE_COMMUNITY, resident(Building="9")),
            line(WIDE_COMMUNITY, resident(Apt="9")),
            line(WIDE_COMMUNITY, resident()),
        ]
    )

    report = await import_sheet(directory, ROOT, estate.site, content)

    assert told(report) == [
        (2, "Building", "no building of this site has that name"),
        (3, "Apt", "no apartment of that building has that number"),
        (4, "Account Type", "this apartment has a master"),
    ]
    assert report.problems[-1].mend.startswith("enter 1 for a member of the family")


async def test_a_property_manager_brings_people_but_no_devices(
    directory: Directory, estate: Estate
) -> None:
    await stock(directory, estate.office)
    manager = estate.scope(Role.PROPERTY_MANAGER)

    with_device = await import_sheet(
        directory, manager, estate.office, office_file(employee(Device="Gate,0,0C11050B9814"))
    )
    without = await import_sheet(directory, manager, estate.office, office_file(employee()))

    assert [str(problem) for problem in with_device.problems] == [
        "row 2, column B (Device): device 1 (0C11050B9814): this role may not create device; "
        "ask an installer to import the row"
    ]
    assert (with_device.written, without.written) == (False, True)


async def test_a_site_out_of_the_scope_is_not_found_whatever_the_file(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    manager = estate.scope()

    for content in (b"", office_file(employee())):
        with pytest.raises(NotFound):
            await import_sheet(directory, manager, foreign.office, content)
    assert len(await people_of(directory, foreign.office)) == 1


async def test_departments_and_flats_of_another_site_are_none_of_this_sheet(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    """Both estates have a department Sales and a flat 1001 in building 1."""
    both = Scope("both", Role.INSTALLER, estate.scope().site_ids | foreign.scope().site_ids)  # type: ignore[operator]
    report = await import_sheet(directory, both, foreign.office, office_file(employee()))

    made = (await people_of(directory, foreign.office))[-1]
    assert (report.written, made.department_id) == (True, foreign.department)


async def test_what_was_imported_is_audited_and_told_once_more_for_the_site(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    heard.take()

    await import_sheet(directory, ROOT, estate.office, office_file(employee()))

    async with directory.reading(ROOT) as unit:
        wanted = AuditFilter(site_id=estate.office, action="import")
        (entry,) = (await audit.list(unit, wanted)).items
    assert (entry.kind, entry.row_id, entry.after) == (
        "site",
        estate.office,
        {"users": 1, "devices": 0},
    )
    assert heard.take()[-1] == Changed(estate.office, "site", estate.office, "import")


async def test_a_sheet_without_rows_changes_nothing(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    heard.take()
    report = await import_sheet(directory, ROOT, estate.office, office_file())

    assert report == SheetReport("office", 0, 0, 0, (), 0, (), written=True)
    assert heard.take() == []


async def test_a_file_that_is_no_sheet_is_refused(directory: Directory, estate: Estate) -> None:
    with pytest.raises(UnreadableSheetError):
        await import_sheet(directory, ROOT, estate.office, b"PK nothing")


async def test_a_report_has_an_end(directory: Directory, estate: Estate) -> None:
    wrong = employee(Identity="?", Email="?", Phone="?", Call_Type="?")
    content = office_file(*[wrong] * (MOST_PROBLEMS // 4 + 1))

    report = await import_sheet(
        directory, ROOT, estate.office, content, dialect=Dialect.B, dry_run=True
    )

    assert (len(report.problems), report.more_problems) == (MOST_PROBLEMS, 4)


async def test_a_name_of_a_flat_that_is_given_takes_the_place_of_the_old_one(
    directory: Directory, estate: Estate
) -> None:
    content = community_file(resident(Account_Type="1", Apt_Name="The Lees"))

    await import_sheet(directory, ROOT, estate.site, content)

    async with directory.reading(ROOT) as unit:
        flat: Apartment = await apartments.get(unit, estate.apartment)
    assert flat.name == "The Lees"
