"""Everybody hears of every fact."""

import pytest

from sipcore.b2bua.facts import CallFact, StageStarted
from sipcore.endpoint.fact_listeners import FactListeners

FACT = StageStarted("c", 1.0, 0, "indoor", 1)


def test_each_listener_hears_in_order() -> None:
    heard: list[tuple[str, CallFact]] = []

    FactListeners(
        lambda fact: heard.append(("first", fact)), lambda fact: heard.append(("second", fact))
    ).record(FACT)

    assert heard == [("first", FACT), ("second", FACT)]


def test_a_listener_that_fails_keeps_nobody_from_hearing() -> None:
    heard: list[CallFact] = []

    def fails(fact: CallFact) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        FactListeners(fails, heard.append).record(FACT)

    assert heard == [FACT]
