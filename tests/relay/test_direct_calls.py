"""Calls past the server, put together from reports."""

from collections.abc import Callable
from itertools import count, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.direct_calls import (
    FORK,
    GRACE,
    LATE,
    LEGS_MOST,
    OPEN_MOST,
    RING_MOST,
    TALK_MOST,
    Answered,
    Began,
    Change,
    DirectCalls,
    End,
    Event,
    Forked,
    Heard,
    Over,
    Rang,
)

DOOR = End("device:1", "1000000001", "10.0.0.1", is_door=True)
HALL = End("device:2", "1000000002", "10.0.0.2")
KITCHEN = End("device:3", "1000000003", "10.0.0.3")
NOW = 1_800_000_000.0


def calls() -> DirectCalls:
    numbers = count(1)
    return DirectCalls(lambda _at: f"c{next(numbers)}")


def tell(
    machine: DirectCalls,
    event: Event,
    reporter: End,
    remote: End | None,
    after: float = 0.0,
    name: str = "",
) -> list[Change]:
    return machine.heard(Heard(event, reporter, remote, NOW + after, name))


def ended(machine: DirectCalls, after: float) -> list[Change]:
    return machine.expire(NOW + after)


def test_a_call_that_both_ends_report_is_one_call_with_its_answer_and_its_end() -> None:
    machine = calls()

    told = [
        tell(machine, Event.OUTGOING, DOOR, HALL),
        tell(machine, Event.INCOMING, HALL, DOOR, 0.2),
        tell(machine, Event.ANSWERED, HALL, DOOR, 5),
        tell(machine, Event.ANSWERED, DOOR, HALL, 5.1),
        tell(machine, Event.ENDED, HALL, DOOR, 20),
        tell(machine, Event.ENDED, DOOR, None, 20.1),
    ]

    assert told == [
        [Began("c1", NOW, DOOR, HALL)],
        [Rang("c1", NOW + 0.2, 1)],
        [Answered("c1", NOW + 5, 1)],
        [],
        [],
        [],
    ]
    assert machine.due == NOW + 20 + GRACE
    assert ended(machine, 20 + GRACE) == [
        Over("c1", NOW + 20, "answered", "callee", "callee_hung_up")
    ]
    assert len(machine) == 0
    assert machine.due is None


def test_a_call_that_nobody_takes_is_missed() -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL)
    tell(machine, Event.ENDED, DOOR, None, 30)

    assert ended(machine, 40) == [Over("c1", NOW + 30, "missed", "caller", "caller_hung_up")]


def test_a_missed_call_that_the_monitor_alone_reports_is_a_call() -> None:
    machine = calls()

    assert tell(machine, Event.MISSED, HALL, DOOR) == [
        Began("c1", NOW, DOOR, HALL),
        Rang("c1", NOW, 1),
    ]
    assert ended(machine, GRACE) == [Over("c1", NOW, "missed", "callee", "not_answered")]


def test_an_answer_that_comes_after_the_end_was_before_it() -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL)
    tell(machine, Event.ENDED, DOOR, HALL, 9)

    assert tell(machine, Event.ANSWERED, HALL, DOOR, 9.5) == [Answered("c1", NOW + 9, 1)]
    assert ended(machine, 12) == [Over("c1", NOW + 9, "answered", "caller", "caller_hung_up")]


REPORTS: tuple[tuple[Event, End, End | None], ...] = (
    (Event.OUTGOING, DOOR, HALL),
    (Event.INCOMING, HALL, DOOR),
    (Event.ANSWERED, HALL, DOOR),
    (Event.ENDED, DOOR, HALL),
    (Event.ENDED, HALL, DOOR),
)


@pytest.mark.parametrize("order", list(permutations(REPORTS)))
def test_in_whatever_order_and_however_often_reports_come_they_make_one_call(
    order: tuple[tuple[Event, End, End | None], ...],
) -> None:
    machine = calls()
    changes: list[Change] = []
    for number, report in enumerate((*order, *order)):
        changes += tell(machine, *report, number * 0.1)
    changes += ended(machine, 5)
    for number, report in enumerate(order):
        if report[0] in (Event.ANSWERED, Event.ENDED):
            changes += tell(machine, *report, 5 + number * 0.1)

    assert [one.callee for one in changes if isinstance(one, Began)] == [HALL]
    assert [one.outcome for one in changes if isinstance(one, Over)] == ["answered"]
    assert sum(isinstance(one, Answered) for one in changes) == 1


def test_two_monitors_that_a_button_rings_are_two_sides_of_one_call() -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL)

    assert tell(machine, Event.OUTGOING, DOOR, KITCHEN, 0.1) == [
        Forked("c1", NOW + 0.1, 2, KITCHEN)
    ]
    tell(machine, Event.MISSED, KITCHEN, DOOR, 8)
    assert tell(machine, Event.ANSWERED, HALL, DOOR, 9) == [Answered("c1", NOW + 9, 1)]
    assert tell(machine, Event.ENDED, KITCHEN, DOOR, 10) == []
    tell(machine, Event.ENDED, HALL, DOOR, 60)
    assert ended(machine, 70) == [Over("c1", NOW + 60, "answered", "callee", "callee_hung_up")]


def test_a_call_to_somebody_else_later_is_another_call() -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL)

    assert tell(machine, Event.OUTGOING, DOOR, KITCHEN, FORK + 1) == [
        Over("c1", NOW, "missed", "server", "no_end_reported"),
        Began("c2", NOW + FORK + 1, DOOR, KITCHEN),
    ]


def test_a_call_to_somebody_else_after_the_end_is_another_call() -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL)
    tell(machine, Event.ENDED, DOOR, HALL, 1)

    assert tell(machine, Event.OUTGOING, DOOR, KITCHEN, 2) == [
        Over("c1", NOW + 1, "missed", "caller", "caller_hung_up"),
        Began("c2", NOW + 2, DOOR, KITCHEN),
    ]


def test_a_call_with_another_name_is_another_call() -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL, 0, "a")

    assert tell(machine, Event.OUTGOING, DOOR, HALL, 1, "a") == []
    assert tell(machine, Event.OUTGOING, DOOR, HALL, 2, "b")[1:] == [
        Began("c2", NOW + 2, DOOR, HALL)
    ]


def test_a_visitor_who_presses_again_makes_another_call() -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL)
    tell(machine, Event.ENDED, DOOR, HALL, 10)
    ended(machine, 14)

    assert tell(machine, Event.INCOMING, HALL, DOOR, 15) == []  # of the first call, late
    assert tell(machine, Event.OUTGOING, DOOR, HALL, 16) == [Began("c2", NOW + 16, DOOR, HALL)]


def test_what_comes_late_makes_no_call_for_half_a_minute() -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL, 0, "a")
    tell(machine, Event.ENDED, DOOR, HALL, 10)
    ended(machine, 14)

    assert tell(machine, Event.OUTGOING, DOOR, HALL, 15, "a") == []
    assert tell(machine, Event.MISSED, HALL, DOOR, 16) == []
    assert tell(machine, Event.ANSWERED, HALL, DOOR, 17) == []
    assert tell(machine, Event.MISSED, HALL, DOOR, 11 + LATE) != []


def test_two_doors_that_call_one_monitor_make_two_calls() -> None:
    machine = calls()
    other = End("device:9", "1000000009", "10.0.0.9", is_door=True)
    tell(machine, Event.OUTGOING, DOOR, HALL)
    tell(machine, Event.ANSWERED, HALL, DOOR, 1)

    assert tell(machine, Event.OUTGOING, other, HALL, 2) == [Began("c2", NOW + 2, other, HALL)]
    tell(machine, Event.ENDED, other, HALL, 3)
    assert ended(machine, 10) == [Over("c2", NOW + 3, "missed", "caller", "caller_hung_up")]
    tell(machine, Event.ENDED, HALL, DOOR, 30)
    assert ended(machine, 40) == [Over("c1", NOW + 30, "answered", "callee", "callee_hung_up")]


def test_an_end_that_names_another_call_and_nobody_does_not_end_this_one() -> None:
    machine = calls()
    tell(machine, Event.INCOMING, HALL, DOOR, 0, "direct")
    tell(machine, Event.ANSWERED, HALL, DOOR, 2, "direct")

    tell(machine, Event.ENDED, HALL, None, 5, "through the server")
    assert ended(machine, 5 + GRACE) == []

    tell(machine, Event.ENDED, HALL, None, 20, "direct")
    assert ended(machine, 20 + GRACE) == [
        Over("c1", NOW + 20, "answered", "callee", "callee_hung_up")
    ]


def test_an_end_that_belongs_to_no_call_is_nothing() -> None:
    machine = calls()

    assert tell(machine, Event.ENDED, DOOR, HALL) == []
    assert tell(machine, Event.ANSWERED, HALL, None) == []
    assert tell(machine, Event.OUTGOING, DOOR, DOOR) == []
    assert tell(machine, Event.OUTGOING, DOOR, None) == []
    assert len(machine) == 0


@pytest.mark.parametrize(
    ("answers", "after", "outcome"),
    [(False, RING_MOST, "missed"), (True, 2 + TALK_MOST, "answered")],
)
def test_a_call_without_an_end_ends_with_the_last_that_is_known_of_it(
    answers: bool, after: float, outcome: str
) -> None:
    machine = calls()
    tell(machine, Event.OUTGOING, DOOR, HALL)
    if answers:
        tell(machine, Event.ANSWERED, HALL, DOOR, 2)
    last = NOW + 2 if answers else NOW

    assert ended(machine, after - 1) == []
    assert ended(machine, after) == [Over("c1", last, outcome, "server", "no_end_reported")]
    assert tell(machine, Event.MISSED, HALL, DOOR, after + LATE) == []
    assert tell(machine, Event.MISSED, HALL, DOOR, after + LATE + 1) != []


def test_a_monitor_may_call_another_one() -> None:
    machine = calls()
    tell(machine, Event.ANSWERED, KITCHEN, HALL)  # who called whom is a guess
    tell(machine, Event.OUTGOING, HALL, KITCHEN, 1)

    assert len(machine) == 1


def test_there_are_never_too_many_calls_nor_sides() -> None:
    machine = calls()
    first = [
        one
        for number in range(OPEN_MOST + 1)
        for one in tell(machine, Event.OUTGOING, End(f"device:{number + 100}", "", ""), HALL)
    ]
    assert (len(machine), isinstance(first[-2], Over)) == (OPEN_MOST, True)

    for number in range(1, OPEN_MOST + 1):
        tell(machine, Event.ENDED, End(f"device:{number + 100}", "", ""), HALL, 1)
    ended(machine, 1 + GRACE)  # one more than are remembered, with the one that ended before
    assert tell(machine, Event.MISSED, HALL, End("device:101", "", ""), 5) == []
    assert tell(machine, Event.MISSED, HALL, End("device:100", "", ""), 5) != []

    button = calls()
    for number in range(LEGS_MOST + 1):
        tell(button, Event.OUTGOING, DOOR, End(f"device:{number + 50}", "", ""), number / 100)
    assert len(button) == 1
    assert button.due == NOW + LEGS_MOST / 100 + RING_MOST


@given(
    st.lists(
        st.tuples(
            st.sampled_from(Event),
            st.sampled_from([DOOR, HALL, KITCHEN]),
            st.sampled_from([DOOR, HALL, KITCHEN, None]),
            st.floats(0, 50),
            st.sampled_from(["", "a", "b"]),
        ),
        max_size=40,
    )
)
def test_every_call_begins_once_is_answered_once_at_most_and_ends_once(
    reports: list[tuple[Event, End, End | None, float, str]],
) -> None:
    machine, at, changes = calls(), 0.0, list[Change]()
    for event, reporter, remote, wait, name in reports:
        at += wait
        changes += tell(machine, event, reporter, remote, at, name)
    changes += ended(machine, at + RING_MOST + TALK_MOST)

    def of(kind: type[Change]) -> Callable[[], list[str]]:
        return lambda: [one.call_id for one in changes if isinstance(one, kind)]

    begun = of(Began)()
    assert len(set(begun)) == len(begun)
    assert sorted(of(Over)()) == sorted(begun)
    assert len(set(of(Answered)())) == len(of(Answered)())
    assert {one.call_id for one in changes} == set(begun)
    assert len(machine) == 0
    for call_id in begun:
        told = [one for one in changes if one.call_id == call_id]
        assert isinstance(told[0], Began)
        assert isinstance(told[-1], Over)
