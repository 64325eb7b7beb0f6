from dataclasses import replace

from sipcore.calls.rules import may_call_account, may_call_owner, may_look_through
from tests.support.dial_site import residence

OPEN = residence()
CLOSED = replace(OPEN, allow_apartment_to_apartment=False)
CALLERS = ("d-1", "g-1", "i1001", "a1001", "i2001", "a7")


def test_a_site_may_keep_apartments_from_calling_each_other() -> None:
    flat = CLOSED.owners["apartment:101"]
    refused = "apartments_may_not_call_each_other"

    assert [may_call_owner(CLOSED.accounts[caller], CLOSED, flat) for caller in CALLERS] == [
        None,
        None,
        None,
        None,
        refused,
        None,
    ]
    assert [
        may_call_account(CLOSED.accounts[caller], CLOSED, CLOSED.accounts["a1001"])
        for caller in CALLERS
    ] == [None, None, None, None, refused, None]


def test_by_default_apartments_may_call_each_other() -> None:
    flat = OPEN.owners["apartment:101"]

    assert [may_call_owner(OPEN.accounts[caller], OPEN, flat) for caller in CALLERS] == [None] * 6


def test_people_and_guards_are_no_apartments() -> None:
    resident = CLOSED.accounts["i1001"]

    assert (
        may_call_owner(resident, CLOSED, CLOSED.owners["person:7"]),
        may_call_account(resident, CLOSED, CLOSED.accounts["g-1"]),
    ) == (None, None)


def test_a_public_door_may_be_looked_through_by_everybody_but_a_door() -> None:
    door = OPEN.accounts["d-2"]

    assert [may_look_through(OPEN.accounts[caller], door) for caller in CALLERS] == [
        "door_may_not_call_door",
        None,
        None,
        None,
        None,
        None,
    ]


def test_without_permission_only_guards_look_through_a_public_door() -> None:
    door = replace(OPEN.accounts["d-2"], monitor_allowed=False)

    assert [may_look_through(OPEN.accounts[caller], door) for caller in CALLERS] == [
        "door_may_not_call_door",
        None,
        "monitor_not_allowed",
        "monitor_not_allowed",
        "monitor_not_allowed",
        "monitor_not_allowed",
    ]


def test_a_private_door_may_be_looked_through_by_its_household_alone() -> None:
    door = OPEN.accounts["d-1001"]

    assert [may_look_through(OPEN.accounts[caller], door) for caller in CALLERS] == [
        "door_may_not_call_door",
        "private_door",
        None,
        None,
        "private_door",
        "private_door",
    ]


def test_the_private_door_of_a_person_serves_that_person() -> None:
    door = replace(OPEN.accounts["d-2"], person_id=7)

    assert [may_look_through(OPEN.accounts[caller], door) for caller in ("a7", "i1001", "g-1")] == [
        None,
        "private_door",
        "private_door",
    ]


def test_a_household_needs_permission_for_its_private_door_too() -> None:
    door = replace(OPEN.accounts["d-1001"], monitor_allowed=False)

    assert may_look_through(OPEN.accounts["i1001"], door) == "monitor_not_allowed"
