"""`doorline plan`."""

import json

import pytest

from tests.support.command_line import CommandLine


@pytest.fixture
def court(doorline: CommandLine) -> CommandLine:
    """A site with a door and one account in apartment 12."""
    add = ("account", "add")
    doorline(*add, "d1", "--kind", "door", "--site", "Court", "--display", "Gate")
    doorline(*add, "a1", "--kind", "app", "--site", "Court", "--apartment", "12")
    return doorline


def test_who_would_ring_is_printed(court: CommandLine) -> None:
    done = court(
        *("plan", "--site", "Court", "--apartment", "12", "--from", "Gate", "--all-reachable"),
        *("--at", "2027-01-15T08:00:00"),
    )

    assert done.status == 0
    assert done.lines[0] == "door d1 \"Gate\" dials '12': 12 (app_and_indoor)"
    assert '  in   app a1 "a1"' in done.lines
    assert done.lines[-1] == "note: the site has no guard phone"


def test_a_time_that_cannot_be_read_is_a_usage_error_that_says_what_was_expected(
    court: CommandLine,
) -> None:
    done = court("plan", "--site", "Court", "--apartment", "12", "--at", "tonight")

    assert done.status == 2
    assert "--at" in done.err
    assert "2027-01-15T23:30" in done.err


def test_who_is_not_registered_is_left_out(court: CommandLine) -> None:
    done = court("plan", "--site", "1", "--apartment", "12", "--building", "1")

    assert '  out  app a1 "a1": not registered' in done.lines


def test_the_plan_is_printed_as_json(court: CommandLine) -> None:
    done = court("plan", "--site", "Court", "--apartment", "12", "--json")

    document = json.loads(done.out)
    assert (document["call_type"], document["dialled"]) == ("app_and_indoor", "12")


def test_a_number_that_does_not_exist_is_refused_with_status_one(court: CommandLine) -> None:
    done = court("plan", "--site", "Court", "--apartment", "99")

    assert done.status == 1
    assert done.lines[1] == (
        "refused with 404 unknown_number: nothing in this site has that number"
    )
