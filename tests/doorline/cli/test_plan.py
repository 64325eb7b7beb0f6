"""`doorline plan`."""

import asyncio
import json

import pytest

from directory.kinds import AccountKind, PushProvider
from directory.scope import Scope
from directory.service import accounts, push_targets
from doorline.opening import opened
from doorline.settings import load
from tests.support.command_line import CommandLine


@pytest.fixture
def court(doorline: CommandLine) -> CommandLine:
    """A site with a door and one account in apartment 12."""
    add = ("account", "add")
    doorline(*add, "d1", "--kind", "door", "--site", "Court", "--display", "Gate")
    doorline(*add, "a1", "--kind", "app", "--site", "Court", "--apartment", "12")
    return doorline


def tell_token(court: CommandLine) -> None:
    """The app tells its push token to the server."""

    async def tell() -> None:
        async with (
            opened(load(court.config)) as directory,
            directory.unit(Scope.system()) as unit,
        ):
            (app,) = (await accounts.list(unit, kind=AccountKind.APP)).items
            await push_targets.put(
                unit, app.id, provider=PushProvider.FCM, token="a-token-of-some-app"
            )

    asyncio.run(tell())


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


def test_an_app_that_a_push_can_wake_is_in(court: CommandLine) -> None:
    """Whatever the files of the provider are: only the server needs to read them."""
    tell_token(court)
    court.config.write_text(
        f'{court.config.read_text()}\n[push.fcm]\nservice_account = "missing.json"\n'
    )

    done = court("plan", "--site", "1", "--apartment", "12", "--building", "1")

    assert '  in   app a1 "a1", woken by a push' in done.lines


def test_without_a_provider_a_token_wakes_nobody(court: CommandLine) -> None:
    tell_token(court)
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
