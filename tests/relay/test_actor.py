from dataclasses import replace
from typing import Any

import pytest

from relay.actor import actor_of, landline_owner
from relay.decision import Actor
from tests.support.dial_site import (
    account,
    apartment,
    directory_of,
    foreign_site,
    residence,
    site_with,
)

NOW = 1_800_000_000.0
SITE = residence()
DIRECTORY = directory_of(SITE, foreign_site())


def test_an_account_is_an_actor_of_its_kind() -> None:
    assert actor_of(DIRECTORY, SITE, "a1001", NOW) == Actor(
        "app", "a1001", "A1001", site_id=1, apartment_id=101
    )


def test_a_telephone_is_known_by_its_number() -> None:
    assert actor_of(DIRECTORY, SITE, "+441632960002", NOW) == Actor(
        "landline", "+441632960002", "Flat 1001", site_id=1, apartment_id=101
    )


def test_a_telephone_is_barred_while_the_service_is_off() -> None:
    off = replace(SITE, landline_enabled=False)

    assert actor_of(directory_of(off), off, "+441632960007", NOW) == Actor(
        "landline", "+441632960007", "Ann Smith", site_id=1, person_id=7, barred="landline_off"
    )


def test_a_number_nobody_has_is_unknown() -> None:
    assert actor_of(DIRECTORY, SITE, "+441632969999", NOW) == Actor(
        "unknown", "+441632969999", "+441632969999"
    )


def test_an_account_of_another_site_stays_one_of_another_site() -> None:
    assert actor_of(DIRECTORY, SITE, "9999999999", NOW).site_id == 2


def test_a_disabled_account_is_barred() -> None:
    guard = account("g-1", enabled=False)
    site = site_with((), guards=(guard,))

    assert actor_of(directory_of(site), site, "g-1", NOW).barred == "disabled"


def test_an_app_whose_feature_is_off_is_barred_for_that_reason() -> None:
    site = site_with((apartment(101, 10, "1001", ("a1001", "i1001"), app_enabled=False),))
    directory = directory_of(site)

    assert [actor_of(directory, site, user, NOW).barred for user in ("a1001", "i1001")] == [
        "app_off",
        "",
    ]


def test_the_landline_of_an_owner_without_a_name_goes_by_the_number_of_the_flat() -> None:
    flat = apartment(101, 10, "1001", name="", landlines=("+441632960001",))
    site = site_with((flat,))

    assert landline_owner(site, "+441632960001", NOW) == flat
    assert actor_of(directory_of(site), site, "+441632960001", NOW).display == "1001"


def test_the_telephone_of_somebody_who_has_expired_is_barred_from_that_very_moment() -> None:
    number = "+441632960001"
    flat = apartment(101, 10, "1001", landlines=(number,), landline_ends={number: NOW})
    site = site_with((flat,))

    assert [
        actor_of(directory_of(site), site, number, at).barred for at in (NOW - 1, NOW, NOW + 1)
    ] == ["", "account_expired", "account_expired"]


@pytest.mark.parametrize(
    ("values", "reason"), [({"blocked": True}, "blocked"), ({"expires_at": NOW}, "account_expired")]
)
def test_the_telephones_of_an_apartment_that_is_closed_are_barred(
    values: dict[str, Any], reason: str
) -> None:
    site = site_with((apartment(101, 10, "1001", landlines=("+441632960001",), **values),))

    assert actor_of(directory_of(site), site, "+441632960001", NOW).barred == reason


def test_a_number_that_still_counts_for_somebody_opens() -> None:
    number = "+441632960001"
    ended = apartment(101, 10, "1001", landlines=(number,), landline_ends={number: NOW})
    other = apartment(102, 10, "1002", landlines=(number,))
    site = site_with((ended, other))

    assert landline_owner(site, number, NOW - 1) == ended
    assert landline_owner(site, number, NOW) == other
    assert actor_of(directory_of(site), site, number, NOW).barred == ""


@pytest.mark.parametrize("user", ["a1001", "i1001", "g-1"])
def test_an_account_is_barred_from_the_moment_it_expires(user: str) -> None:
    accounts = {**SITE.accounts, user: replace(SITE.accounts[user], expires_at=NOW)}
    site = replace(SITE, accounts=accounts)

    assert [actor_of(directory_of(site), site, user, at).barred for at in (NOW - 1, NOW)] == [
        "",
        "account_expired",
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"blocked": True}, "blocked"),
        ({"blocked": True, "expires_at": NOW}, "blocked"),
        ({"expires_at": NOW}, "account_expired"),
        ({"expires_at": NOW + 1}, ""),
        ({"active": False}, ""),
    ],
)
def test_phones_of_an_apartment_that_is_blocked_or_has_expired_are_barred(
    values: dict[str, Any], reason: str
) -> None:
    site = site_with((apartment(101, 10, "1001", ("a1001", "i1001"), **values),))
    directory = directory_of(site)

    assert [actor_of(directory, site, user, NOW).barred for user in ("a1001", "i1001")] == [
        reason,
        reason,
    ]
