"""What is missed and what is not, in memory and on record."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallRefused,
    CallStarted,
    KeyAwaited,
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegStarted,
)
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.missed import is_missed
from tests.support.calls_on_record import APP, DOOR, MONITOR, PLAN
from tests.support.storage import create_tables, rows

BEGUN = (
    CallStarted("v1", 100.0, "abc", PLAN),
    LegStarted("v1", 100.0, 0, 1, MONITOR, "sip:m@h"),
    LegStarted("v1", 100.0, 0, 2, APP, "sip:a@h"),
)
RINGS = LegRang("v1", 101.0, 1, 180)


def ended(outcome: str, reason: str, status: int) -> CallEnded:
    return CallEnded("v1", 130.0, outcome, "server", reason, status)


STORIES: dict[str, tuple[Sequence[CallFact], bool]] = {
    "nobody answered": ((*BEGUN, RINGS, ended("missed", "no_answer", 408)), True),
    "the visitor left while it rang": (
        (*BEGUN, RINGS, ended("abandoned", "caller_hung_up", 487)),
        True,
    ),
    "the visitor left before it rang": (
        (*BEGUN, ended("abandoned", "caller_hung_up", 487)),
        False,
    ),
    "one rang in vain, the other was busy at once": (
        (*BEGUN, LegFailed("v1", 100.2, 2, 486, "Busy"), RINGS, ended("busy", "no_answer", 486)),
        True,
    ),
    "nobody rang: all were busy": (
        (
            *BEGUN,
            LegFailed("v1", 100.2, 1, 486, "Busy"),
            LegFailed("v1", 100.2, 2, 486, "Busy"),
            ended("busy", "no_answer", 486),
        ),
        False,
    ),
    "somebody refused": (
        (
            *BEGUN,
            RINGS,
            LegRang("v1", 101.0, 2, 180),
            LegFailed("v1", 103.0, 2, 480, "Unavailable", True),
            ended("refused", "no_answer", 603),
        ),
        False,
    ),
    "one rang in vain, the other declined without ringing": (
        (
            *BEGUN,
            RINGS,
            LegFailed("v1", 100.3, 2, 603, "Decline", True),
            ended("refused", "no_answer", 603),
        ),
        False,
    ),
    "a telephone that had to confirm was answered, and nobody pressed the key": (
        (*BEGUN, KeyAwaited("v1", 102.0, 1), ended("missed", "no_answer", 408)),
        True,
    ),
    "it was answered elsewhere": (
        (
            *BEGUN,
            RINGS,
            LegAnswered("v1", 105.0, 2),
            LegReleased("v1", 105.0, 1, "answered_elsewhere"),
            CallEnded("v1", 130.0, "answered", "caller", "bye", 0),
        ),
        False,
    ),
    "the number was refused": (
        (CallRefused("v1", 100.0, "abc", DOOR, "9999", 480, "inactive", True),),
        False,
    ),
    "a phone failed after it rang": (
        (*BEGUN, RINGS, LegFailed("v1", 104.0, 1, 500, "x"), ended("failed", "no_answer", 500)),
        True,
    ),
}


@pytest.mark.parametrize("interval", [0.0, 5.0], ids=["fact by fact", "all at once"])
@pytest.mark.parametrize("story", STORIES)
def test_a_visit_is_missed_when_it_rang_and_nobody_answered_or_refused(
    tmp_path: Path, story: str, interval: float
) -> None:
    facts, is_missed_then = STORIES[story]
    path = create_tables(tmp_path)
    for some in [[fact] for fact in facts] if interval == 0.0 else [facts]:
        journal = SqlCallJournal(path, interval=interval)
        for fact in some:
            journal.record(fact)
        assert journal.flush_and_close()

    assert rows(path, "SELECT missed FROM calls") == [(is_missed_then,)]


def test_a_visit_that_the_servers_end_cut_while_it_rang_is_missed(tmp_path: Path) -> None:
    path = create_tables(tmp_path)
    journal = SqlCallJournal(path, interval=0.0)
    for fact in (*BEGUN, RINGS):
        journal.record(fact)
    journal.flush_and_close()
    before = rows(path, "SELECT missed FROM calls")

    journal.close_interrupted(500.0)

    assert (before, rows(path, "SELECT missed FROM calls")) == ([(0,)], [(1,)])


def test_who_declines_has_not_missed_it() -> None:
    assert is_missed([(True, None), (True, "failed")]) is True
    assert is_missed([(True, None), (False, "declined")]) is False
    assert is_missed([(False, "failed")]) is False
    assert is_missed([]) is False
