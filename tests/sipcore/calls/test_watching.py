"""Who may watch whom, in a site and beyond it."""

import pytest

from sipcore.calls.watching import Watching
from sipcore.events.package import Sight
from sipcore.events.rules import Denial, Permission
from tests.support.dial_site import account, directory_of, foreign_site, residence, site_with

ALL, STATE, NO = Sight.FULL, Sight.STATE_ONLY, 403


def seen(watcher: str, target: str, package: str = "dialog", **values: object) -> Sight | int:
    """What the watcher sees, or the status that refuses it."""
    rules = Watching(directory_of(foreign_site(), residence(**values)))  # type: ignore[arg-type]
    answer = rules.watch(watcher, target, package)
    return answer.status if isinstance(answer, Denial) else answer.sight


@pytest.mark.parametrize(
    ("watcher", "target", "sight"),
    [
        ("g-1", "i1001", ALL),
        ("g-1", "d-gate", ALL),
        ("g-1", "g-2", ALL),
        ("i1001", "i1001", ALL),
        ("i1001", "a1001", ALL),
        ("i1001", "d-1001", ALL),
        ("a7", "i7", ALL),
        ("i1001", "i1002", STATE),
        ("a1001", "i2001", STATE),
        ("i1001", "g-1", STATE),
        ("i1001", "d-1", STATE),
        ("i1002", "d-1001", NO),
        ("d-gate", "i1001", NO),
        ("d-gate", "g-1", NO),
        ("d-1001", "i1001", NO),
        ("d-gate", "d-gate", ALL),
    ],
)
def test_calls_are_seen_by_guards_and_the_household(
    watcher: str, target: str, sight: Sight | int
) -> None:
    assert seen(watcher, target) is sight or seen(watcher, target) == sight


@pytest.mark.parametrize(
    ("watcher", "target", "sight"),
    [
        ("g-1", "i1001", ALL),
        ("i1001", "i1001", ALL),
        ("d-gate", "d-gate", ALL),
        ("i1001", "a1001", NO),
        ("i1001", "i1002", NO),
        ("i1001", "g-1", NO),
        ("d-gate", "i1001", NO),
    ],
)
def test_registrations_are_seen_by_guards_and_their_owner(
    watcher: str, target: str, sight: Sight | int
) -> None:
    assert seen(watcher, target, "reg") == sight


def test_neighbours_that_may_not_call_each_other_see_nothing_of_each_other() -> None:
    assert seen("i1001", "i1002", allow_apartment_to_apartment=False) == NO
    assert seen("i1001", "a1001", allow_apartment_to_apartment=False) is ALL


def test_a_door_that_may_not_be_looked_through_cannot_be_watched() -> None:
    site = site_with(
        (), doors=(account("d-1", monitor_allowed=False), account("i9", apartment_id=9))
    )

    assert Watching(directory_of(site)).watch("i9", "d-1", "dialog") == Denial(NO)


@pytest.mark.parametrize("watcher", ["g-1", "i1001", "d-gate"])
@pytest.mark.parametrize("package", ["dialog", "reg"])
def test_what_is_foreign_and_what_does_not_exist_look_alike(watcher: str, package: str) -> None:
    foreign = seen(watcher, "9999999999", package)
    nobody = seen(watcher, "no-such-account", package)

    assert foreign == nobody == 404


def test_who_is_unknown_or_switched_off_watches_nobody() -> None:
    off = site_with((), guards=(account("g-1", enabled=False),))
    rules = Watching(directory_of(off))

    assert rules.watch("g-1", "d-gate", "dialog") == Denial(403)
    assert rules.watch("nobody", "d-gate", "dialog") == Denial(403)


def test_the_permission_names_the_account() -> None:
    rules = Watching(directory_of(residence()))

    assert rules.watch("g-1", "i1001", "reg") == Permission("i1001", ALL)


def test_devices_of_no_household_see_each_other() -> None:
    lobby = (account("i-lobby"), account("i-desk"))
    site = site_with((), doors=lobby)

    assert Watching(directory_of(site)).watch("i-lobby", "i-desk", "dialog") == Permission(
        "i-desk", ALL
    )
