"""Pages of lists."""

import base64
import json

import pytest

from directory.errors import Invalid
from directory.service import buildings
from directory.unit import Directory
from tests.support.directories import ROOT, Estate, ids


@pytest.fixture
async def names(directory: Directory, estate: Estate) -> list[str]:
    """Ten more buildings in an order that is not that of their names."""
    made = ["c", "B", "a", "10", "9", "z", "y", "x", "ä", "m"]
    async with directory.unit(ROOT) as unit:
        for name in made:
            await buildings.create(unit, site_id=estate.site, name=name)
    return made


@pytest.mark.parametrize("sort", ["name", "-name", "id", "-id", "created_at", "-created_at"])
@pytest.mark.parametrize("limit", [1, 3, 11, 100])
async def test_pages_of_any_size_make_the_whole_list(
    directory: Directory, estate: Estate, names: list[str], sort: str, limit: int
) -> None:
    async with directory.reading(ROOT) as unit:
        whole = await buildings.list(unit, sort=sort, limit=100)
        turned: list[int] = []
        cursor = None
        while True:
            page = await buildings.list(unit, sort=sort, limit=limit, cursor=cursor)
            assert len(page.items) <= limit
            turned += ids(page.items)
            cursor = page.next_cursor
            if cursor is None:
                break

    assert whole.next_cursor is None
    assert turned == ids(whole.items)
    assert len(set(turned)) == 11


async def test_a_row_added_meanwhile_neither_repeats_nor_hides_others(
    directory: Directory, estate: Estate, names: list[str]
) -> None:
    async with directory.reading(ROOT) as unit:
        first = await buildings.list(unit, limit=5)
    async with directory.unit(ROOT) as unit:
        await buildings.create(unit, site_id=estate.site, name="0")
    async with directory.reading(ROOT) as unit:
        rest = await buildings.list(unit, limit=100, cursor=first.next_cursor)

    assert sorted(row.name for row in (*first.items, *rest.items)) == sorted([*names, "1"])


def forged(*key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "%%%",
        "ä",
        forged("name"),
        forged("name", "a"),
        forged("id", "a", 1),
        forged("name", None, 1),
        forged("name", ["a"], 1),
        forged("name", "a", "b"),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
async def test_a_cursor_of_another_list_is_refused(
    directory: Directory, estate: Estate, cursor: str
) -> None:
    async with directory.reading(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await buildings.list(unit, cursor=cursor)

    assert [error.field for error in raised.value.errors] == ["cursor"]


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_page_has_1_to_1000_rows(directory: Directory, estate: Estate, limit: int) -> None:
    async with directory.reading(ROOT) as unit:
        with pytest.raises(Invalid, match="limit: must be 1 to 1000"):
            await buildings.list(unit, limit=limit)


@pytest.mark.parametrize("sort", ["", "-", "--name", "password", "site_id", "name,id"])
async def test_only_known_orders_are_sorted_by(
    directory: Directory, estate: Estate, sort: str
) -> None:
    async with directory.reading(ROOT) as unit:
        with pytest.raises(Invalid, match="sort: must be one of name, created_at, id"):
            await buildings.list(unit, sort=sort)
