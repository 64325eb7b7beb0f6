"""Rows of calls and legs that are written once."""

from sipcore.b2bua.facts import CallEnded, CallStarted, LegStarted
from sipcore.storage import call_rows
from sipcore.storage.call_rows import LegRow, clean
from tests.support.calls_on_record import APP, PLAN

LEG = LegStarted("v1", 101.0, 0, 1, APP, "sip:a@h", "leg-1@us")


def test_the_first_answer_is_who_answered() -> None:
    row = call_rows.started(CallStarted("v1", 100.0, "abc", PLAN))
    row.answered(105.0, LegRow(LEG))
    row.answered(107.0, None)
    call_rows.ended(row, CallEnded("v1", 115.0, "answered", "caller", "bye", 0))

    assert row.values()[14:] == (
        *(105.0, 115.0, 10.0, "answered", "caller", "bye", None),
        *("app", "2000000002", "Ann", None, None, None, False),
    )


def test_a_leg_that_is_over_stays_as_it_ended() -> None:
    row = LegRow(LEG)
    row.failed(103.0, 486, "failed", "busy")
    row.call_ended(110.0, "bye")

    assert row.values()[11:] == (None, None, 103.0, 486, "failed", "busy")


def test_a_leg_that_was_answered_is_released_as_an_answered_one() -> None:
    row = LegRow(LEG)
    row.rang(102.0)
    row.answered(103.0)
    row.released(104.0, "transferred")

    assert row.values()[11:] == (102.0, 103.0, 104.0, 200, "answered", "transferred")


def test_text_that_is_not_utf_8_can_be_stored() -> None:
    assert (clean("T\u00fcr"), clean("a\udcffb")) == ("T\u00fcr", "a?b")


def test_a_leg_names_its_device_its_person_and_its_call_id() -> None:
    assert LegRow(LEG).values()[8:11] == (None, 5, "leg-1@us")


def test_a_call_knows_whether_it_was_missed_and_who_opened() -> None:
    row = call_rows.started(CallStarted("v1", 100.0, "abc", PLAN))
    row.missed()
    row.opened("Ann", "2000000002", 3)

    assert (row.is_answered, row.values()[-4:]) == (False, ("Ann", "2000000002", 3, True))
