"""The dial directory in memory."""

from dataclasses import replace

from directory.queries.dial import DialAccount, DialDirectory, DialRelay, DialSite
from tests.support.dial_site import account, apartment, residence


def site(site_id: int, *users: str) -> DialSite:
    accounts = {
        user: DialAccount(number, user, "app", user, site_id)
        for number, user in enumerate(users, start=1)
    }
    return DialSite(site_id, f"Site {site_id}", "community", "UTC", "GB", accounts=accounts)


def test_an_account_is_found_in_whatever_site_it_is() -> None:
    directory = DialDirectory()
    first, second = site(1, "a"), site(2, "b")
    directory.put_site(first)
    directory.put_site(second)

    assert (directory.account("a"), directory.account("b"), directory.account("c")) == (
        first.accounts["a"],
        second.accounts["b"],
        None,
    )
    assert (directory.site_of("a"), directory.site_of("b"), directory.site_of("c")) == (
        first,
        second,
        None,
    )


def test_a_site_is_replaced_as_a_whole() -> None:
    directory = DialDirectory()
    directory.put_site(site(1, "a", "b"))
    directory.put_site(site(1, "b", "c"))

    assert [user for user in "abc" if directory.account(user)] == ["b", "c"]


def test_a_dropped_site_takes_its_accounts_along() -> None:
    directory = DialDirectory()
    directory.put_site(site(1, "a"))
    directory.put_site(site(2, "b"))
    directory.drop_site(1)
    directory.drop_site(99)

    assert (list(directory.sites), directory.account("a")) == ([2], None)
    assert directory.account("b") is not None


def test_an_account_that_moved_to_another_site_survives_the_old_one() -> None:
    directory = DialDirectory()
    directory.put_site(site(1, "a"))
    directory.put_site(site(2, "a"))
    directory.put_site(site(1))

    found = directory.account("a")
    assert found is not None
    assert found.site_id == 2


def test_a_relay_does_not_print_its_code() -> None:
    relay = DialRelay(1, 2, 1, "Door", "4711")

    assert repr(relay) == ("DialRelay(relay_id=1, device_id=2, index=1, name='Door', in_call=True)")


def test_the_owner_of_an_account_is_its_person_or_else_its_apartment() -> None:
    home = residence()
    lodger = account("a1001", apartment_id=101, person_id=404)

    assert [
        None if owner is None else owner.key
        for owner in (
            home.owner_of(home.accounts["i7"]),
            home.owner_of(home.accounts["i1001"]),
            home.owner_of(lodger),
            home.owner_of(home.accounts["g-1"]),
        )
    ] == ["person:7", "apartment:101", "apartment:101", None]


def test_an_apartment_is_found_by_its_id() -> None:
    home = residence()

    assert [home.apartment(key) for key in (101, 999, None)] == [
        home.owners["apartment:101"],
        None,
        None,
    ]


def test_an_owner_without_a_name_goes_by_its_number() -> None:
    flat = apartment(101, 10, "1001")

    assert (flat.display, replace(flat, name="").display) == ("Flat 1001", "1001")


def test_a_resident_with_a_number_is_another_owner_than_the_apartment() -> None:
    flat = apartment(101, 10, "1001")

    assert (flat.key, replace(flat, person_id=7).key) == ("apartment:101", "person:7")


def test_a_name_leads_to_the_sites_that_have_it_now() -> None:
    directory = DialDirectory()
    first, second = (DialSite(number, "Court", "community", "UTC", "GB") for number in (1, 2))
    for site in (second, first):
        directory.put_site(site)
    assert directory.named("Court") == (first, second)
    assert directory.is_repeated("Court")

    renamed = DialSite(1, "Mill", "community", "UTC", "GB")
    directory.put_site(renamed)

    assert (directory.named("Court"), directory.named("Mill")) == ((second,), (renamed,))
    assert not directory.is_repeated("Court")
    directory.drop_site(2)
    assert directory.named("Court") == ()
