"""`doorline import`."""

import asyncio
import json
from pathlib import Path

import pytest

from directory.kinds import SiteKind
from directory.scope import Scope
from directory.service import departments, people, sites
from doorline.opening import opened
from doorline.settings import load
from tests.support.command_line import CommandLine
from tests.support.sheets import Values, employee, office_file


@pytest.fixture
def office(doorline: CommandLine) -> CommandLine:
    """The command line on a database with an office that has one department."""
    asyncio.run(_make_office(doorline.config))
    return doorline


async def _make_office(config: Path) -> None:
    async with (
        opened(load(config)) as directory,
        directory.unit(Scope.system("test")) as unit,
    ):
        made = await sites.create(unit, name="Acme", kind=SiteKind.OFFICE, country="GB")
        await departments.create(unit, site_id=made.id, name="Sales")


async def _people(config: Path) -> list[str]:
    async with (
        opened(load(config)) as directory,
        directory.reading(Scope.system("test")) as unit,
    ):
        return [one.first_name for one in (await people.list(unit)).items]


def stored(office: CommandLine) -> list[str]:
    return asyncio.run(_people(office.config))


def sheet(office: CommandLine, *rows: Values) -> str:
    path = office.folder / "people.xlsx"
    path.write_bytes(office_file(*rows))
    return str(path)


def test_a_sheet_is_imported(office: CommandLine) -> None:
    done = office("import", sheet(office, employee(), employee()), "--site", "Acme")

    assert (done.status, done.out, done.err) == (0, "2 users and 0 devices imported\n", "")
    assert stored(office) == ["Ann", "Ann"]


def test_a_dry_run_writes_nothing(office: CommandLine) -> None:
    done = office("import", sheet(office, employee()), "--site", "1", "--dry-run")

    assert (done.status, done.out) == (0, "1 user and 0 devices would be imported\n")
    assert stored(office) == []


def test_wrong_cells_are_told_and_nothing_is_imported(office: CommandLine) -> None:
    path = sheet(office, employee(), employee(Call_Type="3"), employee(Identity="boss"))
    done = office("import", path, "--site", "Acme")

    assert (done.status, done.out) == (1, "")
    assert done.err.splitlines() == [
        f"doorline: {path}: row 3, column L (Call Type): means app_and_indoor_then_phone in "
        "template A, indoor_then_app in template B; say which template the sheet was made from: "
        "dialect A (Add User to Office) or dialect B",
        f"doorline: {path}: row 4, column C (Identity): must be basic or advanced; "
        "write basic or advanced",
        "doorline: nothing was imported",
    ]
    assert stored(office) == []


@pytest.mark.parametrize("dialect", ["A", "b"])
def test_the_dialect_says_what_a_code_means(office: CommandLine, dialect: str) -> None:
    path = sheet(office, employee(Call_Type="3"))

    assert office("import", path, "--site", "Acme", "--dialect", dialect).status == 0


def test_the_report_as_json(office: CommandLine) -> None:
    path = sheet(office, employee(Phone="?"))
    done = office("import", path, "--site", "Acme", "--json")
    report = json.loads(done.out)

    assert (done.status, done.err) == (1, "")
    assert (report["written"], report["users"], report["devices"]) == (False, 0, 0)
    assert [(one["row"], one["column"], one["title"]) for one in report["problems"]] == [
        (2, "K", "Phone")
    ]


def test_what_cannot_be_read_is_told_in_one_line(office: CommandLine) -> None:
    path = office.folder / "people.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    old = office("import", str(path), "--site", "Acme")
    missing = office("import", "none.xlsx", "--site", "Acme")
    no_site = office("import", sheet(office, employee()), "--site", "Acne")
    no_dialect = office("import", str(path), "--site", "Acme", "--dialect", "C")

    assert (old.status, old.err) == (
        1,
        f"doorline: {path}: is an old .xls workbook or protected by a password: save it as .xlsx "
        "without one\n",
    )
    assert missing.err == "doorline: none.xlsx: cannot be read: No such file or directory\n"
    assert no_site.err == "doorline: no site Acne\n"
    assert no_dialect.status == 2


def test_what_is_left_out_and_what_is_too_much_is_told(
    office: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    from directory.exchange.cell_problem import CellProblem
    from directory.exchange.sheet_report import SheetReport
    from doorline.cli.import_sheet import _tell

    problem = CellProblem(2, "A", "Building", "must not be empty", "write a name")
    _tell(Path("f.csv"), SheetReport("community", 1, 0, 0, (problem,), 7, ("PIN: …",), False))
    printed = capsys.readouterr()

    assert printed.out == "note: PIN: …\n"
    assert printed.err.splitlines()[1:] == [
        "doorline: … and 7 more",
        "doorline: nothing was imported",
    ]
