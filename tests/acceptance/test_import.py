"""Spreadsheets of users and devices (sections C, D and E; decisions X01, X03, X04, X11)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from directory.exchange.call_codes import Dialect
from directory.exchange.community_sheet import COMMUNITY
from directory.exchange.sheet_report import SheetReport
from directory.kinds import CallType, DeviceType, SiteKind
from directory.model import Person, Site
from directory.queries.load import load_site
from directory.service import accounts, buildings, departments, devices, macs, people, sites
from directory.service import apartments as flats
from directory.sheet_import import import_sheet
from directory.unit import Directory
from sipcore.b2bua.plan import RingPlan
from sipcore.calls.explain import describe
from tests.support.directories import ROOT, open_directory
from tests.support.planning import plan, ringing
from tests.support.sheets import (
    Values,
    community_file,
    employee,
    header,
    line,
    office_file,
    resident,
    workbook,
)

NUMBERS = {"Mobile_Number": "07400 123456", "Telephone_Calling_Code": "44", "Phone": "01632 960001"}
"""Numbers of a user, written nationally."""
GATE = "Front door,0,0C1105000001"


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Directory]:
    async with open_directory(tmp_path / "doorline.db") as opened:
        yield opened


@pytest.fixture
async def office(directory: Directory) -> Site:
    """An office in Germany with a department, a gate's MAC and the MACs of the guide."""
    async with directory.unit(ROOT) as unit:
        site = await sites.create(
            unit, name="Acme", kind=SiteKind.OFFICE, country="DE", landline_enabled=True
        )
        await departments.create(unit, site_id=site.id, name="Sales", number="10")
        lines = ["0C1105000001", "0C11050B9814", "0C11050893C6"]
        await macs.create_many(unit, site_id=site.id, lines=lines)
    return site


@pytest.fixture
async def community(directory: Directory) -> Site:
    async with directory.unit(ROOT) as unit:
        site = await sites.create(unit, name="Court", country="GB", landline_enabled=True)
        building = await buildings.create(unit, site_id=site.id, name="1")
        await flats.create(
            unit, building_id=building.id, number="1001", call_type="indoor_then_phone"
        )
        await devices.create(
            unit,
            site_id=site.id,
            name="Door",
            type=DeviceType.MULTI_TENANT_DOOR,
            building_id=building.id,
        )
    return site


async def take(
    directory: Directory, site: Site, *rows: Values, dialect: Dialect | None = None
) -> SheetReport:
    """Import an office sheet of these rows."""
    return await import_sheet(directory, ROOT, site.id, office_file(*rows), dialect=dialect)


async def people_of(directory: Directory, site: Site) -> list[Person]:
    async with directory.reading(ROOT) as unit:
        return [*(await people.list(unit, site_id=site.id, sort="id")).items]


async def planned(directory: Directory, site: Site, dialled: str) -> RingPlan:
    """What rings when the site's only door dials that, as if everybody were reachable."""
    dial = await load_site(directory.database, site.id)
    (door,) = [one.user for one in dial.accounts.values() if one.kind == "door"]
    answer = plan(dial, door, dialled)
    assert isinstance(answer, RingPlan)
    return answer


def told(report: SheetReport) -> list[tuple[int, str, str]]:
    """Row, letter and title of each wrong cell."""
    return [(one.row, one.column, one.title) for one in report.problems]


# --- Numbers --------------------------------------------------------------------------------------


@pytest.mark.feature("F066", "F073")
async def test_of_a_sheets_numbers_only_the_phone_is_ever_dialled(
    directory: Directory, office: Site
) -> None:
    """With every call type of a template the mobile number is in no stage, the phone in its own."""
    rows = [
        employee(**NUMBERS, ID=f"E{code}", Call_Type=code, Device=GATE if code == 0 else "")
        for code in range(6)
    ]
    report = await take(directory, office, *rows, dialect=Dialect.B)
    plans = [await planned(directory, office, f"E{code}") for code in range(6)]
    texts = ["\n".join(describe(answer)) for answer in plans]

    assert (report.written, report.problems) == (True, ())
    assert {one.mobile for one in await people_of(directory, office)} == {"+447400123456"}
    assert [text for text in texts if "7400123456" in text] == []
    assert ["+441632960001" in text for text in texts] == [False, True, True, False, True, True]


@pytest.mark.feature("F070", "F073")
async def test_a_rows_calling_code_reads_its_numbers(directory: Directory, office: Site) -> None:
    """ "44" and "+44", as text or number; without one the site's country; all become E.164."""
    report = await take(
        directory,
        office,
        employee(Telephone_Calling_Code="44", Phone="01632 960001"),
        employee(Telephone_Calling_Code="+44", Phone="01632 960001"),
        employee(Telephone_Calling_Code=44, Phone=1632960001),
        employee(Phone="030 901820"),
        employee(Telephone_Calling_Code="44", Phone="+49 30 901820"),
    )

    assert report.written
    assert [(one.country, *one.landlines) for one in await people_of(directory, office)] == [
        ("GB", "+441632960001"),
        ("GB", "+441632960001"),
        ("GB", "+441632960001"),
        (None, "+4930901820"),
        ("GB", "+4930901820"),
    ]


@pytest.mark.feature("F070", "X04")
@pytest.mark.parametrize("text", ["GB", "Multi-tenant door phone=0", "44 (UK)", "999"])
async def test_text_in_the_calling_code_is_told_with_row_and_column(
    directory: Directory, office: Site, text: str
) -> None:
    """What table B prints there by mistake is refused like any other text (X04)."""
    report = await take(
        directory, office, employee(), employee(**{**NUMBERS, "Telephone_Calling_Code": text})
    )

    assert (told(report), report.written) == ([(3, "I", "Telephone Calling Code")], False)
    assert "country calling code such as 44" in report.problems[0].expected


@pytest.mark.feature("F073")
async def test_a_phone_that_its_country_cannot_have_is_told(
    directory: Directory, office: Site
) -> None:
    """The number is right in Germany, and too long for the row's calling code."""
    report = await take(
        directory, office, employee(Telephone_Calling_Code="45", Phone="030 901820")
    )

    assert told(report) == [(2, "K", "Phone")]


@pytest.mark.feature("F072", "F073", "X11")
async def test_a_resident_has_up_to_three_phones_and_all_ring(
    directory: Directory, community: Site
) -> None:
    """Phone1/2/3 of the community template; no number and one are as good (X11)."""
    three = {**resident(), "Phone1/2/3": "01632 960001; 01632 960002;01632 960003"}
    one = {**resident(Account_Type="1", First_Name="Bo"), "Phone1/2/3": "01632 960004"}
    content = community_file(three, one, resident(Account_Type="1", First_Name="Cy"))

    report = await import_sheet(directory, ROOT, community.id, content)

    assert [len(one.landlines) for one in await people_of(directory, community)] == [3, 1, 0]
    assert report.written
    assert ringing(await planned(directory, community, "1001"))[-1] == (
        "landline",
        [f"+44163296000{number}" for number in range(1, 5)],
    )


# --- The app --------------------------------------------------------------------------------------


@pytest.mark.feature("F069")
async def test_the_app_feature_is_1_or_0(directory: Directory, office: Site) -> None:
    """1 makes the account of the app, 0 makes none; nothing else is taken."""
    report = await take(
        directory,
        office,
        employee(SmartPlus_Intercom_Feature="1"),
        employee(SmartPlus_Intercom_Feature=0),
    )
    on, off = await people_of(directory, office)
    async with directory.reading(ROOT) as unit:
        apps = [await accounts.of_person(unit, one.id) is not None for one in (on, off)]

    assert (report.written, apps) == (True, [True, False])
    assert (on.app_enabled, off.app_enabled, off.call_type) == (True, False, CallType.INDOOR_ONLY)
    for wrong in ("2", "yes", True, "", 1.5):
        refused = await take(directory, office, employee(SmartPlus_Intercom_Feature=wrong))
        assert told(refused) == [(2, "J", "SmartPlus Intercom Feature")]


@pytest.mark.feature("F071")
async def test_without_the_app_a_sheet_cannot_set_another_call_type(
    directory: Directory, office: Site
) -> None:
    """The cell is told, with what can be done."""
    report = await take(directory, office, employee(SmartPlus_Intercom_Feature="0", Call_Type="1"))

    assert told(report) == [(2, "L", "Call Type")]
    assert "enter 1 under SmartPlus Intercom Feature" in report.problems[0].mend


# --- Code tables ----------------------------------------------------------------------------------


async def imported_types(
    directory: Directory, office: Site, codes: str, dialect: Dialect | None
) -> list[str]:
    report = await take(
        directory, office, *[employee(Call_Type=code) for code in codes], dialect=dialect
    )
    assert report.problems == ()
    return [str(one.call_type) for one in await people_of(directory, office)]


@pytest.mark.feature("F078")
async def test_template_a_has_five_codes_and_no_2(directory: Directory, office: Site) -> None:
    """Dialect A maps 0, 1, 3, 4, 5 as listed, stores names, and rejects 2."""
    assert await imported_types(directory, office, "01345", Dialect.A) == [
        "app_and_indoor",
        "phone_and_indoor",
        "app_and_indoor_then_phone",
        "indoor_then_app",
        "indoor_then_app_then_phone",
    ]
    report = await take(directory, office, employee(Call_Type="2"), dialect=Dialect.A)
    assert told(report) == [(2, "L", "Call Type")]


@pytest.mark.feature("F079", "X01")
async def test_template_b_has_six_codes(directory: Directory, office: Site) -> None:
    """Dialect B maps 0 to 5 as listed; 3, whose text is cut off, is indoor then app."""
    assert await imported_types(directory, office, "012345", Dialect.B) == [
        "app_and_indoor",
        "phone_and_indoor",
        "app_and_indoor_then_phone",
        "indoor_then_app",
        "indoor_then_phone",
        "indoor_then_app_then_phone",
    ]


@pytest.mark.feature("F080", "X01")
@pytest.mark.parametrize(
    ("code", "in_a", "in_b"),
    [
        ("2", "nothing", "app_and_indoor_then_phone"),
        ("3", "app_and_indoor_then_phone", "indoor_then_app"),
        ("4", "indoor_then_app", "indoor_then_phone"),
    ],
)
async def test_a_code_with_two_readings_needs_the_dialect(
    directory: Directory, office: Site, code: str, in_a: str, in_b: str
) -> None:
    """Without a declared dialect the file is refused, and both readings are shown (X01)."""
    report = await take(directory, office, employee(), employee(Call_Type=code))

    assert (told(report), report.written) == ([(3, "L", "Call Type")], False)
    assert report.problems[0].expected == f"means {in_a} in template A, {in_b} in template B"
    assert await people_of(directory, office) == []


@pytest.mark.feature("F080")
async def test_codes_that_mean_the_same_in_both_templates_need_no_dialect(
    directory: Directory, office: Site
) -> None:
    assert await imported_types(directory, office, "015", None) == [
        "app_and_indoor",
        "phone_and_indoor",
        "indoor_then_app_then_phone",
    ]


@pytest.mark.feature("F054", "X03")
async def test_both_vocabularies_of_identities_are_one(directory: Directory, office: Site) -> None:
    """Staff and personnel are advanced and basic users, where the sheet is declared as A (X03)."""
    words = ("staff", "personnel", "Advanced User", "basic")
    rows = [employee(Identity=word) for word in words]

    undeclared = await take(directory, office, *rows)
    of_b = await take(directory, office, *rows, dialect=Dialect.B)
    of_a = await take(directory, office, *rows, dialect=Dialect.A)

    assert told(undeclared) == told(of_b) == [(2, "C", "Identity"), (3, "C", "Identity")]
    assert "dialect A" in undeclared.problems[0].mend
    assert (of_a.written, [one.kind for one in await people_of(directory, office)]) == (
        True,
        ["advanced", "basic", "advanced", "basic"],
    )


# --- Users and devices together -------------------------------------------------------------------


@pytest.mark.feature("F076", "F094", "F095", "F097")
async def test_one_file_makes_users_and_devices_and_counts_both(
    directory: Directory, office: Site
) -> None:
    """The guide's own cell: two devices, one with blanks; the monitor becomes the user's."""
    cell = "Gate2,0,0C11050B9814; Living Room,2,0c:11:05:08:93:c6"

    report = await take(directory, office, employee(Department="10", Device=cell), employee())

    assert (report.users, report.devices, report.written) == (2, 2, True)
    user = (await people_of(directory, office))[0]
    async with directory.reading(ROOT) as unit:
        made = (await devices.list(unit, site_id=office.id, sort="id")).items
    assert [(one.name, one.type, one.mac, one.person_id) for one in made] == [
        ("Gate2", DeviceType.MULTI_TENANT_DOOR, "0C11050B9814", None),
        ("Living Room", DeviceType.INDOOR_MONITOR, "0C11050893C6", user.id),
    ]


@pytest.mark.feature("F096")
async def test_a_mac_of_a_sheet_must_be_in_the_library_of_that_very_site(
    directory: Directory, office: Site, community: Site
) -> None:
    """Another site's library does not count; the row is told why, and nothing is written."""
    async with directory.unit(ROOT) as unit:
        await macs.create(unit, site_id=community.id, mac="0C1105FFFFFF")

    report = await take(directory, office, employee(Device="Gate,0,0C1105FFFFFF"))

    assert (told(report), report.written) == ([(2, "B", "Device")], False)
    assert "not_in_library" in report.problems[0].expected
    assert await people_of(directory, office) == []


@pytest.mark.feature("F093", "F094")
@pytest.mark.parametrize(
    "cell", ["Gate,4,0C11050B9814", "Gate,0", "Gate,0,0C11050B9814,more", "Gate,0,nonsense"]
)
async def test_a_wrong_device_is_told_with_its_cell(
    directory: Directory, office: Site, cell: str
) -> None:
    report = await take(directory, office, employee(Device=cell))

    assert told(report) == [(2, "B", "Device")]
    assert report.problems[0].expected.startswith("device 1: ")


@pytest.mark.feature("F051", "F058")
async def test_lengths_and_ids_are_told_with_field_and_row(
    directory: Directory, office: Site
) -> None:
    """A department of 129 characters, and an ID that is in the sheet twice."""
    report = await take(
        directory, office, employee(ID="7"), employee(Department="x" * 129), employee(ID=7)
    )

    assert told(report) == [(3, "A", "Department"), (4, "F", "ID")]


# --- The community template -----------------------------------------------------------------------


@pytest.mark.feature("F224")
async def test_a_wrong_header_names_the_column(directory: Directory, community: Site) -> None:
    """Fifteen columns in the listed order; each wrong title is told, and no row is looked at."""
    titles = header(COMMUNITY)
    assert len(titles) == 15
    titles[2], titles[14] = "Flat", "Notes"
    content = workbook([titles, line(COMMUNITY, resident())])

    report = await import_sheet(directory, ROOT, community.id, content)

    assert told(report) == [(1, "C", "Apt"), (1, "O", "Remark")]
    assert [one.expected for one in report.problems] == [
        "the title must be Apt, not Flat",
        "the title must be Remark, not Notes",
    ]
    assert (report.users, report.written) == (0, False)


@pytest.mark.feature("F153", "F155", "F161")
async def test_residents_need_only_a_flat_that_exists_and_a_name(
    directory: Directory, community: Site
) -> None:
    """The member may stand before the master; an unknown flat is told."""
    good = community_file(resident(Account_Type="1", First_Name="Bo"), resident())
    lost = community_file(resident(Building="2"), resident(Apt="2"))

    refused = await import_sheet(directory, ROOT, community.id, lost)
    taken = await import_sheet(directory, ROOT, community.id, good)

    assert told(refused) == [(2, "A", "Building"), (3, "C", "Apt")]
    assert (taken.users, [one.kind for one in await people_of(directory, community)]) == (
        2,
        ["master", "member"],
    )
