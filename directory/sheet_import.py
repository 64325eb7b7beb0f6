"""Import of a sheet of users and devices: one unit of work, as a whole or not at all (F076).

Rows go through the directory's services, so that a sheet can do nothing its operator could not do
by hand; what a service refuses becomes a problem of the cell it is about.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from directory.errors import Conflict, DirectoryError, Forbidden, Invalid
from directory.exchange import community_sheet, office_sheet
from directory.exchange.call_codes import Dialect
from directory.exchange.cell_problem import CellProblem
from directory.exchange.community_sheet import EACH_PHONE, WIDE_COMMUNITY, ResidentRow
from directory.exchange.device_cell import DeviceCell
from directory.exchange.office_sheet import PRIVATE, OfficeRow, OfficeUser
from directory.exchange.sheet import Sheet, read_sheet
from directory.exchange.sheet_report import MOST_PROBLEMS, SheetReport
from directory.exchange.template import Template
from directory.exchange.workbook import read_rows
from directory.kinds import PersonKind
from directory.model import Apartment, Building, Department
from directory.scope import Scope
from directory.service import apartments, devices, people, sites
from directory.unit import Directory, Unit

_OFFICE_TITLES: Mapping[str, str] = {
    "kind": office_sheet.IDENTITY,
    "first_name": office_sheet.FIRST_NAME,
    "last_name": office_sheet.LAST_NAME,
    "external_id": office_sheet.EXTERNAL_ID,
    "email": office_sheet.EMAIL,
    "mobile": office_sheet.MOBILE,
    "country": office_sheet.CALLING_CODE,
    "app_enabled": office_sheet.APP,
    "landlines": office_sheet.PHONE,
    "call_type": office_sheet.CALL_TYPE,
}
_COMMUNITY_TITLES: Mapping[str, str] = {
    "kind": community_sheet.ACCOUNT_TYPE,
    "first_name": community_sheet.FIRST_NAME,
    "last_name": community_sheet.LAST_NAME,
    "email": community_sheet.EMAIL,
    "mobile": community_sheet.MOBILE,
    "country": community_sheet.CALLING_CODE,
    "floors": community_sheet.FLOORS,
    "remark": community_sheet.REMARK,
    "name": community_sheet.APARTMENT_NAME,
}
_NO_APP_TYPE = (
    f"leave the cell empty, or enter 1 under {office_sheet.APP}: without the app a user has"
    " the call type of monitors and guard phones"
)
_IN_LIBRARY = "add the MAC to the library of this very site first"
_HAS_MASTER = (
    "enter 1 for a member of the family, or delete the row when its master is there already"
)
_FREE_MAC = "leave the device out, or delete the one that has the MAC"


class _UndoneError(Exception):
    """Leaves a unit of work so that nothing of it is kept."""


async def import_sheet(
    directory: Directory,
    scope: Scope,
    site_id: int,
    content: bytes,
    *,
    dialect: Dialect | None = None,
    dry_run: bool = False,
) -> SheetReport:
    """Import the octets of an `.xlsx` or CSV file into a site.

    With a problem in any cell, and with `dry_run`, nothing is written; the report is the same.
    NotFound for a site out of the scope, UnreadableSheetError for a file that holds no sheet.
    """
    async with directory.reading(scope) as unit:
        site = await sites.get(unit, site_id)
    sheet = await asyncio.to_thread(
        lambda: read_sheet(read_rows(content), site.kind, country=site.country, dialect=dialect)
    )
    written = False
    try:
        async with directory.unit(scope) as unit:
            importer = _Importer(unit, site_id, sheet.template)
            await importer.take(sheet)
            if dry_run or sheet.problems or importer.problems:
                raise _UndoneError
        written = True
    except _UndoneError:
        pass
    problems = sorted((*sheet.problems, *importer.problems), key=lambda problem: problem.place)
    return SheetReport(
        template=sheet.template.name,
        rows=sheet.row_count,
        users=importer.users,
        devices=importer.devices,
        problems=tuple(problems[:MOST_PROBLEMS]),
        more_problems=max(0, len(problems) - MOST_PROBLEMS),
        notes=sheet.notes,
        written=written,
    )


@dataclass(slots=True)
class _Importer:
    """One import while it runs."""

    unit: Unit
    site_id: int
    template: Template
    users: int = 0
    devices: int = 0
    problems: list[CellProblem] = field(default_factory=list)

    async def take(self, sheet: Sheet) -> None:
        """Write every row through the services; count what is made, note what they refuse."""
        site = await sites.get(self.unit, self.site_id)
        departments = await self._departments()
        flats = await self._apartments()
        # F155: a family member needs the master, whatever the order of the rows.
        for row in sorted(sheet.rows, key=_is_member):
            if isinstance(row, OfficeRow):
                await self._take_office_row(row, departments)
            else:
                await self._take_resident(row, flats)
        if self.users or self.devices:
            after = {"users": self.users, "devices": self.devices}
            self.unit.audit("import", site, {}, after)
            self.unit.changed(site, "import")

    async def _take_office_row(self, row: OfficeRow, departments: Mapping[str, set[int]]) -> None:
        found = departments.get(row.department, set())
        if len(found) != 1:
            how_many = "several departments" if found else "no department"
            told = f"{how_many} of this site with that name or number"
            self._refuse(row.number, office_sheet.DEPARTMENT, told)
            return
        (department_id,) = found
        person_id = None
        if row.user is not None:
            person_id = await self._add_office_user(row.number, row.user, department_id)
            if person_id is None:
                return
        for number, device in enumerate(row.devices, start=1):
            owner = person_id if device.type in PRIVATE else None
            await self._add_device(row.number, number, device, owner, department_id)

    async def _add_office_user(self, row: int, user: OfficeUser, department_id: int) -> int | None:
        """Id of the new person; None when the services refuse the row."""
        try:
            made = await people.create(
                self.unit,
                site_id=self.site_id,
                department_id=department_id,
                kind=user.kind,
                first_name=user.first_name,
                last_name=user.last_name,
                external_id=user.external_id,
                email=user.email,
                country=user.country,
                mobile=user.mobile,
                landlines=user.landlines,
                app_enabled=user.app_enabled,
                call_type=user.call_type,
            )
        except DirectoryError as error:
            self._refuse_fields(row, _OFFICE_TITLES, error)
            return None
        self.users += 1
        return made.id

    async def _add_device(
        self, row: int, number: int, device: DeviceCell, owner: int | None, department_id: int
    ) -> None:
        """A device of the row's user, or of the department (F105)."""
        try:
            await devices.create(
                self.unit,
                site_id=self.site_id,
                name=device.name,
                type=device.type,
                mac=device.mac,
                person_id=owner,
                department_id=department_id,
            )
        except Conflict as error:
            mend = _FREE_MAC if error.message.startswith("already_bound") else _IN_LIBRARY
            told = f"device {number} ({device.mac}): {error.message}"
            self._refuse(row, office_sheet.DEVICE, told, mend)
        except DirectoryError as error:
            told = f"device {number} ({device.mac}): {error}"
            self._refuse(row, office_sheet.DEVICE, told, _mend(error))
        else:
            self.devices += 1

    async def _take_resident(
        self, row: ResidentRow, flats: Mapping[str, Mapping[str, Apartment]]
    ) -> None:
        numbers = flats.get(row.building)
        if numbers is None:
            told = "no building of this site has that name"
            self._refuse(row.number, community_sheet.BUILDING, told)
            return
        flat = numbers.get(row.apartment)
        if flat is None:
            told = "no apartment of that building has that number"
            self._refuse(row.number, community_sheet.APARTMENT, told)
            return
        try:
            if row.apartment_name:
                await apartments.update(self.unit, flat.id, {"name": row.apartment_name})
            await people.create(
                self.unit,
                site_id=self.site_id,
                apartment_id=flat.id,
                kind=row.kind,
                first_name=row.first_name,
                last_name=row.last_name,
                email=row.email,
                country=row.country,
                mobile=row.mobile,
                landlines=row.landlines,
                # The sheet has no column for it: every resident has a login of the app.
                app_enabled=True,
                floors=row.floors,
                remark=row.remark,
            )
        except DirectoryError as error:
            is_about_kind = isinstance(error, Conflict) and error.field == "kind"
            mend = _HAS_MASTER if is_about_kind and row.kind is PersonKind.MASTER else None
            self._refuse_fields(row.number, _titles_in(self.template), error, mend)
        else:
            self.users += 1

    async def _departments(self) -> dict[str, set[int]]:
        """Ids by name and by number (F051)."""
        query = select(Department).where(Department.site_id == self.site_id)
        found: dict[str, set[int]] = {}
        for row in await self.unit.rows(query):
            for text in (row.name, row.number):
                if text is not None:
                    found.setdefault(text, set()).add(row.id)
        return found

    async def _apartments(self) -> dict[str, dict[str, Apartment]]:
        """Apartments by building's name and number."""
        buildings = await self.unit.rows(select(Building).where(Building.site_id == self.site_id))
        names = {row.id: row.name for row in buildings}
        found: dict[str, dict[str, Apartment]] = {name: {} for name in names.values()}
        query = select(Apartment).where(Apartment.site_id == self.site_id)
        for flat in await self.unit.rows(query):
            found[names[flat.building_id]][flat.number] = flat
        return found

    def _refuse(self, row: int, title: str, told: str, mend: str | None = None) -> None:
        self.problems.append(self.template.problem(row, title, told, mend))

    def _refuse_fields(
        self,
        row: int,
        titles: Mapping[str, str],
        error: DirectoryError,
        mend: str | None = None,
    ) -> None:
        """Make problems of what a service said about the fields of a person.

        `mend` says how to mend them, where the columns do not know it.
        """
        first = next(iter(titles.values()))
        wrong = [(first, str(error))]
        if isinstance(error, Invalid):
            wrong = [(_title(titles, one.field), one.message) for one in error.errors]
        elif isinstance(error, Conflict):
            wrong = [(_title(titles, error.field), error.message)]
        for title, told in wrong:
            usual = _NO_APP_TYPE if title == office_sheet.CALL_TYPE else _mend(error)
            self._refuse(row, title, told, mend or usual)


def _title(titles: Mapping[str, str], name: str) -> str:
    """The column of a field; `landlines.2` is in that of `landlines`."""
    return titles.get(name.partition(".")[0]) or next(iter(titles.values()))


def _titles_in(template: Template) -> Mapping[str, str]:
    """Columns of a resident's fields in a template with one column for telephones, or three."""
    phones = EACH_PHONE[0] if template is WIDE_COMMUNITY else community_sheet.PHONES
    return {**_COMMUNITY_TITLES, "landlines": phones}


def _mend(error: DirectoryError) -> str | None:
    """How to mend what the role may not do; None for what the column knows."""
    return "ask an installer to import the row" if isinstance(error, Forbidden) else None


def _is_member(row: OfficeRow | ResidentRow) -> bool:
    return isinstance(row, ResidentRow) and row.kind is PersonKind.MEMBER
