"""Quiet hours and do-not-disturb in plans."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from directory.queries.dial import DialDepartment, DialSite
from directory.queries.dial_quiet import DialQuiet
from directory.quiet_windows import boundaries
from directory.ringing import Ringing
from sipcore.b2bua.plan import CallRequest, Party, RingPlan, RingStage, SkippedTarget, Target
from sipcore.calls.inquiry import Answer
from sipcore.calls.quiet import (
    GUARDS_INSTEAD,
    NOBODY_LEFT,
    PRESSED_AGAIN,
    hush,
    is_hushed,
    minute_of_week,
    why_silent,
)
from tests.support.dial_site import residence
from tests.support.planning import inquiry, left_out, planner, refusal, ringing

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
NIGHTS = boundaries([{"days": WEEKDAYS, "start": "22:00", "end": "07:00"}])
SKIP = DialQuiet(NIGHTS)
GUARD = DialQuiet(NIGHTS, "guard")
NIGHT = datetime(2027, 1, 14, 23, 30, tzinfo=LONDON).timestamp()
"""Thursday."""
NOON = NIGHT + 12.5 * 3600
EVERYBODY = None


def dialled(
    quiet: dict[str, DialQuiet],
    number: str = "1001",
    caller: str = "d-1",
    *,
    at: float = NIGHT,
    site: DialSite | None = None,
    online: set[str] | None = EVERYBODY,
    override: bool = False,
) -> Answer:
    site = replace(site or residence("indoor_then_app_then_phone"), quiet=quiet)
    return planner(site, online).plan(CallRequest(caller, number, at, override))


def notes(answer: Answer) -> tuple[str, ...]:
    assert isinstance(answer, RingPlan)
    return answer.notes


def test_at_night_the_household_is_silent_and_the_chain_goes_on() -> None:
    answer = dialled({"apartment:101": SKIP})

    assert ringing(answer) == [
        ("indoor", []),
        ("guard", ["g-1", "g-2"]),
        ("app", []),
        ("landline", ["+441632960001", "+441632960002"]),
    ]
    assert left_out(answer) == [
        ("indoor", "i1001", "quiet_hours"),
        ("app", "a1001", "quiet_hours"),
    ]
    assert is_hushed(answer)


def test_by_day_nothing_is_different() -> None:
    answer = dialled({"apartment:101": SKIP}, at=NOON)

    assert answer == dialled({}, at=NOON)
    assert not is_hushed(answer)


def test_visits_go_straight_to_the_guards_where_that_is_wanted() -> None:
    answer = dialled({"apartment:101": GUARD})

    assert ringing(answer) == [
        ("indoor", []),
        ("guard", ["g-1", "g-2"]),
        ("app", []),
        ("landline", []),
    ]
    assert f"quiet hours: {GUARDS_INSTEAD}" in notes(answer)


def test_guards_come_in_where_the_chain_has_none() -> None:
    site = residence("indoor_then_phone", guard_stage="never")
    answer = dialled({"apartment:101": GUARD}, site=site)

    assert ringing(answer) == [("indoor", []), ("landline", []), ("guard", ["g-1", "g-2"])]


@pytest.mark.parametrize("quiet", [SKIP, GUARD])
def test_with_nobody_left_the_guards_ring(quiet: DialQuiet) -> None:
    site = residence("indoor_then_app", guard_stage="never")
    answer = dialled({"apartment:101": quiet}, site=site)

    assert ringing(answer)[-1] == ("guard", ["g-1", "g-2"])
    what = GUARDS_INSTEAD if quiet is GUARD else NOBODY_LEFT
    assert notes(answer)[-1] == f"quiet hours: {what}"


def test_the_note_names_what_holds_do_not_disturb_or_quiet_hours() -> None:
    at_noon = dialled({"apartment:101": replace(GUARD, do_not_disturb=True)}, at=NOON)
    monitor_off = replace(SKIP, do_not_disturb=True)
    at_night = dialled({"account:i1001": monitor_off, "apartment:101": GUARD})

    assert notes(at_noon)[-1] == f"do-not-disturb: {GUARDS_INSTEAD}"
    assert notes(at_night)[-1] == f"quiet hours: {GUARDS_INSTEAD}"


@pytest.mark.parametrize("guards", [(), residence().guards], ids=["no-guards", "guards-away"])
def test_with_nobody_left_at_all_the_caller_gets_a_defined_answer(guards: tuple[Any, ...]) -> None:
    site = residence("indoor_then_app", guards=guards)
    answer = dialled({"apartment:101": SKIP}, site=site, online={"i1001", "a1001"})

    assert refusal(answer) == (480, "quiet_hours")
    assert is_hushed(answer)


def test_a_silent_phone_that_is_away_does_not_join_when_it_registers() -> None:
    answer = dialled({"apartment:101": SKIP}, online={"i1001", "g-1"})

    assert ("app", "a1001", "quiet_hours") in left_out(answer)
    assert ("guard", "g-2", "not_registered") in left_out(answer)


@pytest.mark.parametrize("quiet", [SKIP, GUARD])
def test_guards_instead_ring_in_one_round(quiet: DialQuiet) -> None:
    site = residence("indoor_then_app", guard_stage="never", ringing=Ringing(rounds=3))
    answer = dialled({"apartment:101": quiet}, site=site)

    assert ringing(answer) == [("indoor", []), ("app", []), ("guard", ["g-1", "g-2"])]
    assert isinstance(answer, RingPlan)
    assert answer.rounds == 1


def test_a_department_rings_without_whoever_is_silent() -> None:
    site = residence()
    sales = DialDepartment(3, "Sales", "300", (site.people["EMP-7"],))
    site = replace(site, departments={"300": sales})
    answer = dialled({"account:a7": SKIP}, "300", site=site)
    alone = dialled({"person:7": GUARD}, "300", site=site)

    assert ringing(answer) == [("app+indoor", ["i7"]), ("guard", ["g-1", "g-2"])]
    assert ringing(alone) == [("app+indoor", []), ("guard", ["g-1", "g-2"])]


def test_one_phone_may_be_silent_alone() -> None:
    answer = dialled({"account:i1001": SKIP})

    assert ringing(answer)[2] == ("app", ["a1001"])
    assert left_out(answer) == [("indoor", "i1001", "quiet_hours")]


def test_guards_who_ring_instead_ring_once_whatever_the_rounds() -> None:
    site = replace(residence("indoor_only", guard_stage="never"), ringing=Ringing(rounds=2))
    answer = dialled({"apartment:101": GUARD}, site=site)

    assert isinstance(answer, RingPlan)
    assert [users for _, users in ringing(answer)] == [[], ["g-1", "g-2"]]
    assert answer.rounds == 1


def test_the_neighbours_quiet_hours_are_theirs() -> None:
    assert not is_hushed(dialled({"apartment:102": SKIP, "account:i1002": SKIP}))


@pytest.mark.parametrize("key", ["person:7", "account:a7"])
def test_a_person_may_be_silent(key: str) -> None:
    answer = dialled({key: replace(SKIP, do_not_disturb=True)}, "EMP-7", at=NOON)

    assert ("a7", "do_not_disturb") in {(user, reason) for _, user, reason in left_out(answer)}


def test_a_residents_own_wish_takes_the_own_app_out_of_the_apartments_calls() -> None:
    site = residence("app_and_indoor")
    flat = site.apartments[10, "1001"]
    ben = replace(flat.apps[0], person_id=9)
    flat = replace(flat, apps=(ben,))
    site = replace(
        site,
        apartments={**site.apartments, (10, "1001"): flat},
        owners={**site.owners, flat.key: flat},
        accounts={**site.accounts, "a1001": ben},
    )
    answer = dialled({"person:9": GUARD}, site=site)

    assert ringing(answer) == [("app+indoor+guard", ["i1001", "g-1", "g-2"])]
    assert [note for note in notes(answer) if GUARDS_INSTEAD in note] == []


def test_a_call_by_a_phones_own_number_is_silent_too() -> None:
    assert refusal(dialled({"apartment:102": SKIP}, "i1002", "i1001")) == (480, "quiet_hours")


def test_a_neighbour_is_not_passed_on_to_the_guards() -> None:
    assert refusal(dialled({"apartment:102": GUARD}, "1002", "i1001")) == (480, "quiet_hours")


def test_the_household_calls_itself_at_any_time() -> None:
    assert not is_hushed(dialled({"apartment:101": GUARD}, "a1001", "i1001"))


def test_a_phone_that_wants_no_call_gets_none_from_its_household_either() -> None:
    quiet = {"account:a1001": DialQuiet(do_not_disturb=True)}

    assert refusal(dialled(quiet, "a1001", "i1001")) == (480, "do_not_disturb")


def test_a_visitor_before_a_private_door_is_none_of_the_household() -> None:
    assert is_hushed(dialled({"apartment:101": SKIP}, "1001", "d-1001"))


@pytest.mark.parametrize("number", ["0", "guard", "999"])
def test_guard_and_emergency_numbers_ring_whatever_is_set(number: str) -> None:
    site = residence(emergency_number="999")
    quiet = {f"account:{user}": DialQuiet((0, 10_080), "guard", True) for user in ("g-1", "g-2")}
    quiet["apartment:101"] = DialQuiet((0, 10_080), "guard", True)

    for caller in ("d-1", "i1001"):
        answer = dialled(quiet, number, caller, site=site)
        assert [users for _, users in ringing(answer)] == [["g-1", "g-2"]]


def test_a_second_press_rings_everybody_and_the_plan_says_so() -> None:
    plain = dialled({})
    answer = dialled({"apartment:101": GUARD}, override=True)

    assert ringing(answer) == ringing(plain)
    assert notes(answer) == (*notes(plain), PRESSED_AGAIN)


def test_overriding_changes_nothing_where_nobody_is_silent() -> None:
    assert dialled({"apartment:102": GUARD}, override=True) == dialled({})


@pytest.mark.parametrize(
    ("quiet", "at", "reason"),
    [
        (DialQuiet(), 100.0, None),
        (DialQuiet(do_not_disturb=True), 100.0, "do_not_disturb"),
        (DialQuiet(do_not_disturb=True, do_not_disturb_until=100.5), 100.0, "do_not_disturb"),
        (DialQuiet(do_not_disturb=True, do_not_disturb_until=100.0), 100.0, None),
        (DialQuiet((5, 6), "skip", True, 100.0), 100.0, "quiet_hours"),
        (DialQuiet((4, 5)), 100.0, None),
        (DialQuiet((6, 7)), 100.0, None),
    ],
)
def test_do_not_disturb_ends_by_itself_and_windows_stay(
    quiet: DialQuiet, at: float, reason: str | None
) -> None:
    assert why_silent(quiet, at, minute=5) == reason


def test_whoever_still_rings_in_a_stage_rings_at_once() -> None:
    """A delay counts from the first phone of the stage; that one may be the silent one."""
    site = replace(residence(), quiet={"account:i1001": DialQuiet(do_not_disturb=True)})
    asked = inquiry(site, "d-1", "1001")
    targets = (
        Target(Party("indoor", "i1001", apartment_id=101)),
        Target(Party("app", "a1001", apartment_id=101), delay=5.0, wakes=True),
        Target(Party("guard", "g-1"), delay=8.0),
        Target(Party("landline", "+44"), "pstn", 5.0, confirms=True, fallbacks=("gsm",)),
    )
    plan = asked.plan("own", (RingStage("all", targets, 30.0),) * 2, callee="x")

    answer = hush(asked, plan, site.owners["apartment:101"])

    assert isinstance(answer, RingPlan)
    for stage in answer.stages:
        assert [(one.party.user, one.delay, one.wakes) for one in stage.targets] == [
            ("a1001", 0.0, True),
            ("g-1", 3.0, False),
            ("+44", 0.0, False),
        ]
        assert stage.targets[2] == Target(
            Party("landline", "+44"), "pstn", confirms=True, fallbacks=("gsm",)
        )
        assert [skipped.party.user for skipped in stage.skipped] == ["i1001"]


def test_whoever_is_not_registered_waits_no_longer_than_those_who_ring() -> None:
    site = replace(residence(), quiet={"account:i1001": DialQuiet(do_not_disturb=True)})
    asked = inquiry(site, "d-1", "1001")
    stage = RingStage(
        "all",
        (
            Target(Party("indoor", "i1001", apartment_id=101)),
            Target(Party("app", "a1001", apartment_id=101), delay=5.0, wakes=True),
        ),
        30.0,
        tuple(SkippedTarget(Party("guard", f"g-{n}"), "not_registered", n) for n in (3.0, 9.0)),
    )

    answer = hush(asked, asked.plan("own", (stage,), callee="x"), site.owners["apartment:101"])

    assert isinstance(answer, RingPlan)
    (left,) = answer.stages
    assert [one.delay for one in left.targets] == [0.0]
    assert [one.delay for one in left.skipped if one.party.kind == "guard"] == [0.0, 4.0]


@pytest.mark.parametrize(
    ("local", "zone", "minute"),
    [
        ("2027-01-11T00:00:59+01:00", "Europe/Berlin", 0),
        ("2027-01-17T23:59:00+01:00", "Europe/Berlin", 10_079),
        ("2027-03-28T01:59:59+01:00", "Europe/Berlin", 6 * 1440 + 119),
        ("2027-03-28T03:00:00+02:00", "Europe/Berlin", 6 * 1440 + 180),
        ("2027-10-31T02:30:00+02:00", "Europe/Berlin", 6 * 1440 + 150),
        ("2027-10-31T02:30:00+01:00", "Europe/Berlin", 6 * 1440 + 150),
        ("2027-01-15T20:00:00+00:00", "Asia/Kathmandu", 5 * 1440 + 105),
    ],
)
def test_the_clock_on_the_wall_decides(local: str, zone: str, minute: int) -> None:
    assert minute_of_week(datetime.fromisoformat(local).timestamp(), ZoneInfo(zone)) == minute
