"""Addresses in the place of numbers."""

import pytest

from directory.queries.provisioning import ContactEntry, DirectPeer
from provisioning.direct import address_of, lines, named, note_of, nowhere, numbers

HALL = DirectPeer("Hall", "1000000002", "10.0.0.2")
KITCHEN = DirectPeer("Kitchen", "1000000003")


def seen(user: str) -> str:
    return {"1000000003": "10.0.0.3"}.get(user, "")


def flat(*peers: DirectPeer) -> ContactEntry:
    return ContactEntry("Flat 2", "1002", "owner", "Flat 2", peers)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (HALL, "10.0.0.2"),
        (KITCHEN, "10.0.0.3"),
        (DirectPeer("Attic", "1000000004"), ""),
        (DirectPeer("Attic", "1000000003", "10.0.0.9"), "10.0.0.9"),
        (DirectPeer("Attic", "1000000004", "fd00::4"), ""),
    ],
)
def test_an_address_that_was_entered_goes_before_one_that_was_seen(
    peer: DirectPeer, address: str
) -> None:
    assert address_of(peer, seen) == address


def test_a_household_with_one_monitor_is_called_at_its_address() -> None:
    unknown: list[str] = []

    assert lines(flat(HALL), nowhere, unknown) == [
        ContactEntry("Flat 2", "10.0.0.2", "owner", "Flat 2")
    ]
    assert unknown == []


def test_each_of_several_monitors_has_a_line_and_one_without_an_address_its_account() -> None:
    unknown: list[str] = []

    assert lines(flat(HALL, KITCHEN), nowhere, unknown) == [
        ContactEntry("Flat 2 - Hall", "10.0.0.2", "owner", "Flat 2"),
        ContactEntry("Flat 2 - Kitchen", "1000000003", "owner", "Flat 2"),
    ]
    assert unknown == ["Kitchen (Flat 2)"]


@pytest.mark.parametrize("entry", [flat(), flat(KITCHEN)])
def test_a_household_without_an_address_is_called_through_the_server(entry: ContactEntry) -> None:
    assert lines(entry, nowhere, []) == [entry]


def test_the_call_button_rings_every_monitor_at_once() -> None:
    assert numbers((HALL, KITCHEN), ("1002",), seen, []) == ("10.0.0.2", "10.0.0.3")
    assert numbers((HALL, KITCHEN), ("1002",), nowhere, []) == ("10.0.0.2", "1000000003")
    assert numbers((KITCHEN,), ("1002",), nowhere, []) == ("1002",)
    assert numbers((), ("1002",), seen, []) == ("1002",)


def test_a_note_names_monitors_without_an_address_once_and_not_all_of_them() -> None:
    many = [named(DirectPeer(f"M{n}", "")) for n in (1, 1, 2, 3, 4, 5, 6, 7)]

    assert note_of([]) == ""
    assert note_of([named(KITCHEN, "Flat 2")]) == (
        "Calls go through the server to Kitchen (Flat 2): no address is known."
    )
    assert note_of(many) == (
        "Calls go through the server to M1, M2, M3, M4, M5 and 2 more: no address is known."
    )
