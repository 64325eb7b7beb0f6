"""Everybody hears of every fact."""

import pytest

from sipcore.b2bua.facts import CallFact, StageEnded, StageStarted
from sipcore.endpoint.fact_listeners import ByKind, FactListeners

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


def test_who_asks_for_one_kind_hears_of_no_other() -> None:
    heard: list[CallFact] = []

    def fails(fact: StageEnded) -> None:
        raise OSError("disk full")

    listeners = FactListeners(by_kind=[{StageStarted: heard.append}, {StageEnded: fails}])
    listeners.record(FACT)
    with pytest.raises(OSError, match="disk full"):
        listeners.record(StageEnded("c", 2.0, 0, "timeout"))

    assert heard == [FACT]


def test_several_may_ask_for_the_same_kind_and_one_that_fails_keeps_none_from_hearing() -> None:
    heard: list[tuple[str, CallFact]] = []

    def fails(fact: StageStarted) -> None:
        raise OSError("disk full")

    first: ByKind = {StageStarted: lambda fact: heard.append(("first", fact))}
    last: ByKind = {StageStarted: lambda fact: heard.append(("last", fact))}
    listeners = FactListeners(by_kind=[first, {StageStarted: fails}, last])
    with pytest.raises(OSError, match="disk full"):
        listeners.record(FACT)

    assert heard == [("first", FACT), ("last", FACT)]


def test_who_joins_hears_until_it_leaves() -> None:
    heard: list[CallFact] = []
    listeners = FactListeners()
    listeners.record(FACT)
    listeners.join(heard.append)
    listeners.record(FACT)
    listeners.leave(heard.append)
    listeners.record(FACT)

    assert heard == [FACT]
