"""`doorline account add`."""

import io
import sys

import pytest

from tests.support.command_line import CommandLine


def add(doorline: CommandLine, user: str, *more: str) -> tuple[int, list[str], str]:
    done = doorline("account", "add", user, "--kind", "app", "--site", "Lab", *more)
    return done.status, done.lines, done.err


def test_a_drawn_password_is_printed(doorline: CommandLine) -> None:
    status, lines, _ = add(doorline, "1000")

    assert status == 0
    assert lines[0] == "sip:1000@test.example"
    assert len(lines[1]) == 20


def test_a_site_is_told_when_it_is_made(doorline: CommandLine) -> None:
    at_home = ("--apartment", "12")

    assert add(doorline, "1000", *at_home)[2].splitlines()[0] == 'made site "Lab"'
    assert add(doorline, "1001", *at_home)[2] == ""


def test_an_apartment_is_told_when_it_is_made(doorline: CommandLine) -> None:
    add(doorline, "1000", "--apartment", "12")

    assert add(doorline, "1001", "--apartment", "9999")[2] == (
        'made apartment 9999 in building "1"\n'
    )


def test_an_account_that_rings_with_no_flat_is_told(doorline: CommandLine) -> None:
    add(doorline, "1000", "--apartment", "12")
    guard = doorline("account", "add", "1002", "--kind", "guard", "--site", "Lab")

    assert add(doorline, "1001")[2] == (
        "1001 rings with no flat: it is of kind app and has no apartment\n"
    )
    assert guard.err == ""


def test_a_given_password_is_not_printed(
    doorline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("labsecret\n"))

    status, lines, _ = add(doorline, "1000", "--password-stdin")

    assert (status, lines) == (0, ["sip:1000@test.example"])


def test_without_a_password_on_standard_input_nothing_is_made(
    doorline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))

    assert add(doorline, "1000", "--password-stdin") == (
        1,
        [],
        "doorline: no password on standard input\n",
    )


def test_an_account_rings_with_the_apartment_it_is_put_into(doorline: CommandLine) -> None:
    add(doorline, "1000", "--apartment", "12")
    add(doorline, "1001", "--apartment", "12", "--building", "1", "--display", "Ann")
    plan = doorline("plan", "--site", "Lab", "--apartment", "12", "--all-reachable")

    assert [line for line in plan.lines if line.startswith("  in")] == [
        '  in   app 1000 "1000"',
        '  in   app 1001 "Ann"',
    ]


def test_an_apartment_without_its_building_is_asked_for_where_there_are_several(
    doorline: CommandLine,
) -> None:
    add(doorline, "1000", "--apartment", "12", "--building", "A")
    add(doorline, "1001", "--apartment", "12", "--building", "B")

    assert add(doorline, "1002", "--apartment", "12") == (
        1,
        [],
        "doorline: the site has several buildings: name one with --building\n",
    )


def test_a_user_that_exists_is_refused(doorline: CommandLine) -> None:
    add(doorline, "1000")

    assert add(doorline, "1000")[2] == "doorline: user: this server has an account of that name\n"
