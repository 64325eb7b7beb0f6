"""Who gets a message: the number plan of calls, without telephones and doors."""

from dataclasses import replace
from typing import Any

import pytest

from sipcore.b2bua.plan import Refusal
from sipcore.calls.correspondence import Correspondence
from tests.support.dial_site import (
    account,
    apartment,
    directory_of,
    foreign_site,
    residence,
    site_with,
)


def reached(sender: str, number: str, site: Any = None, **values: Any) -> list[str] | int:
    """The accounts that get the message, or the status that refuses it."""
    site = site or residence(**values)
    found = Correspondence(directory_of(foreign_site(), site)).envelope(sender, number)
    if isinstance(found, Refusal):
        return found.status
    return [party.user for party in found.recipients]


@pytest.mark.parametrize(
    ("sender", "number", "users"),
    [
        ("d-1", "1001", ["i1001", "a1001"]),
        ("d-2", "1001", ["i2001", "a2001"]),
        ("d-gate", "Tower B*1001", ["i2001", "a2001"]),
        ("d-gate", "**2*1001".replace("2", "Tower B"), ["i2001", "a2001"]),
        ("g-1", "2002", ["i2002"]),
        ("i1001", "i1002", ["i1002"]),
        ("i1001", "g-1", ["g-1"]),
        ("i1001", "0", ["g-1", "g-2"]),
        ("i1001", "GUARD", ["g-1", "g-2"]),
        ("g-1", "guard", ["g-2"]),
        ("i1001", "EMP-7", ["i7", "a7"]),
        ("i1001", "**EMP-7", ["i7", "a7"]),
        ("i1001", "1001", ["a1001"]),
        ("i1001", "i1001", []),
    ],
)
def test_a_number_means_whom_it_means_in_calls(sender: str, number: str, users: list[str]) -> None:
    assert reached(sender, number) == users


def test_the_call_type_does_not_matter() -> None:
    assert reached("d-1", "1001", call_type="landline") == ["i1001", "a1001"]


@pytest.mark.parametrize("number", ["9999999999", "8001", "EMP-8", "nobody", "", "**", "  "])
def test_what_is_foreign_and_what_does_not_exist_look_alike(number: str) -> None:
    assert reached("i1001", number) == 404


@pytest.mark.parametrize("sender", ["i1001", "g-1", "d-1"])
def test_no_message_reaches_a_door(sender: str) -> None:
    assert reached(sender, "d-gate") == 403


def test_a_number_in_two_buildings_is_484() -> None:
    assert reached("d-gate", "1001") == 484


def test_neighbours_write_to_each_other_where_they_may_call_each_other() -> None:
    assert reached("i1001", "1002", allow_apartment_to_apartment=False) == 403
    assert reached("i1001", "i1002", allow_apartment_to_apartment=False) == 403
    assert reached("g-1", "1002", allow_apartment_to_apartment=False) == ["i1002", "a1002"]


def test_the_emergency_number_is_the_guards() -> None:
    assert reached("i1001", "112", emergency_number="112") == ["g-1", "g-2"]
    assert reached("i1001", "112") == 404


def test_who_is_off_or_inactive_gets_nothing() -> None:
    flat = apartment(101, 10, "1001", ("i1001", "a1001"), app_enabled=False)
    gone = apartment(102, 10, "1002", ("i1002",), active=False)
    site = site_with((flat, gone), guards=(account("g-1"), account("g-2", enabled=False)))

    assert reached("g-1", "1001", site) == ["i1001"]
    assert reached("g-1", "a1001", site) == []
    assert reached("g-1", "1002", site) == 480
    assert reached("i1001", "0", site) == ["g-1"]


def test_who_is_unknown_or_switched_off_writes_to_nobody() -> None:
    site = site_with((), guards=(account("g-1", enabled=False),))

    assert reached("g-1", "0", site) == 403
    assert reached("nobody", "0", site) == 403


def test_the_sender_is_named_as_the_server_knows_it() -> None:
    found = Correspondence(directory_of(residence())).envelope("i1001", "0")

    assert not isinstance(found, Refusal)
    assert (found.sender.user, found.sender.display) == ("i1001", "I1001")


def test_what_is_blocked_or_has_expired_gets_and_writes_nothing() -> None:
    ended = account("a1001", apartment_id=101, expires_at=100.0)
    flat = replace(apartment(101, 10, "1001", ("i1001",)), apps=(ended,))
    blocked = apartment(102, 10, "1002", ("i1002",), blocked=True)
    correspondence = Correspondence(directory_of(site_with((flat, blocked))), lambda: 100.0)

    def status_or_users(sender: str, number: str) -> object:
        found = correspondence.envelope(sender, number)
        if isinstance(found, Refusal):
            return found.status, found.reason
        return [party.user for party in found.recipients]

    assert status_or_users("g-1", "1001") == ["i1001"]
    assert status_or_users("g-1", "1002") == (403, "blocked")
    assert status_or_users("a1001", "0") == (403, "caller_expired")
