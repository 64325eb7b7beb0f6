"""What the rows of one site become."""

import pytest
from sqlalchemy import select

from directory.model import Building
from directory.queries.dial import DialOwner, DialSite
from directory.queries.site_parts import SiteParts, earlier, of_site
from tests.support.dial_site import account


def parts() -> SiteParts:
    return SiteParts(DialSite(1, "Court", "community", "UTC", "GB"))


def owner(number: str) -> DialOwner:
    return DialOwner(
        site_id=1,
        building_id=None,
        number=number,
        name="Ann",
        call_type="indoor_only",
        app_enabled=True,
        person_id=7,
    )


def test_an_app_rings_for_its_person_and_for_the_apartment() -> None:
    made, app = parts(), account("a1", apartment_id=11, person_id=7)

    made.add_account(app)

    assert (made.accounts, made.apps) == (
        {"a1": app},
        {("apartment", 11): [app], ("person", 7): [app]},
    )
    assert (made.indoor, made.guards) == ({}, [])


def test_a_monitor_rings_indoors_a_guard_for_everybody_and_a_door_for_nobody() -> None:
    made = parts()
    monitor, guard, door = account("i1", apartment_id=11), account("g-1"), account("d1")

    for each in (monitor, guard, door):
        made.add_account(each)

    assert set(made.accounts) == {"i1", "g-1", "d1"}
    assert (made.indoor, made.apps, made.guards) == ({("apartment", 11): [monitor]}, {}, [guard])


@pytest.mark.parametrize(("number", "found"), [("77", ["77"]), ("", [])])
def test_only_a_person_with_a_number_is_found_by_it(number: str, found: list[str]) -> None:
    made = parts()

    made.add_person(owner(number))
    site = made.finish()

    assert (list(site.owners), list(site.people)) == (["person:7"], found)


def test_a_query_is_narrowed_to_one_site_or_left_for_all() -> None:
    query = select(Building.site_id, Building.name)

    one = of_site(query, Building.site_id.expression, 5)

    assert of_site(query, Building.site_id.expression, None) is query
    assert "WHERE buildings.site_id = " in str(one)


def test_the_first_of_several_moments_counts() -> None:
    assert (earlier(None, 5.0, 3.0), earlier(None), earlier()) == (3.0, None, None)
