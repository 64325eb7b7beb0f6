"""A record of calls that somebody listens to."""

import pytest

from sipcore.b2bua.facts import CallFact, StageStarted
from sipcore.endpoint.overheard import OverheardJournal
from tests.support.wire import Journal

FACT = StageStarted("c", 1.0, 0, "indoor", 1)


def test_a_fact_is_kept_and_heard() -> None:
    journal = Journal()
    heard: list[CallFact] = []

    OverheardJournal(journal, heard.append).record(FACT)

    assert journal.facts == heard == [FACT]


def test_a_fact_that_cannot_be_kept_is_heard_all_the_same() -> None:
    class Full:
        def record(self, fact: CallFact) -> None:
            raise OSError("disk full")

    heard: list[CallFact] = []

    with pytest.raises(OSError, match="disk full"):
        OverheardJournal(Full(), heard.append).record(FACT)

    assert heard == [FACT]
