"""What all tables have in common."""

from sqlalchemy import Enum, inspect, select, text

from directory.model import Account, Base, Building, Device, Row, Site, SiteBound, table_of
from directory.unit import Directory
from tests.support.directories import ROOT, Estate

OWN: list[type[Base]] = [
    mapper.class_
    for mapper in Base.registry.mappers
    if mapper.class_.__module__.startswith("directory.")
]


def test_every_constraint_has_the_name_of_the_convention() -> None:
    unnamed = [
        f"{table.name}: {constraint!r}"
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]

    assert unnamed == []


def test_every_sort_of_row_has_a_word_of_its_own() -> None:
    words = [row.word for row in OWN if issubclass(row, Row)]

    assert sorted(words) == sorted(set(words))
    assert {"site", "building", "department", "apartment", "person", "device"} <= set(words)


def test_words_are_stored_by_their_value_as_plain_text() -> None:
    wrong = [
        f"{table.name}.{column.name}"
        for row in OWN
        for table in [table_of(row)]
        for column in table.columns
        if isinstance(column.type, Enum)
        and (column.type.native_enum or column.type.length != 32 or column.type.create_constraint)
    ]

    assert wrong == []
    kinds = table_of(Account).c.kind.type
    assert isinstance(kinds, Enum)
    assert kinds.enums == ["door", "indoor", "guard", "app"]


def test_secret_columns_are_marked() -> None:
    marked = {
        f"{table_of(row).name}.{column.key}"
        for row in OWN
        for column in inspect(row).columns
        if column.info.get("secret")
    }

    assert marked == {
        "accounts.password",
        "devices.autop_token",
        "devices.autop_token_hash",
        "people.landlines",
        "push_targets.token",
        "relays.dtmf_code",
        "tokens.token_hash",
    }


def test_every_row_of_a_site_is_found_by_it_without_a_scan() -> None:
    without = [
        table_of(row).name
        for row in OWN
        if issubclass(row, SiteBound) and not table_of(row).c.site_id.index
    ]

    assert without == []


def test_a_row_prints_its_id_and_nothing_else() -> None:
    account = Account(id=7, user="1000000001", password=b"sealed")

    assert repr(account) == "Account(id=7)"
    assert repr(Device()) == "Device(id=None)"


async def test_the_id_of_a_deleted_row_is_never_given_again(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        first = await unit.create(Building(site_id=estate.site, name="2"))
        await unit.delete(first)
    async with directory.unit(ROOT) as unit:
        second = await unit.create(Building(site_id=estate.site, name="3"))

    assert second.id > first.id


async def test_the_database_holds_words_as_text(directory: Directory, estate: Estate) -> None:
    async with directory.database.connect() as connection:
        stored = await connection.execute(
            text("SELECT kind, plan, time_format, date_format FROM sites WHERE id = :id"),
            {"id": estate.site},
        )
        assert stored.one() == ("community", "basic", "24", "Y/M/D")
        found = await connection.execute(select(Site.kind).where(Site.id == estate.site))
        assert found.scalar_one().value == "community"
