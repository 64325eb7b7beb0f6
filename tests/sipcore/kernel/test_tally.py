"""Tally: a Counter in everything that it is used for."""

from collections import Counter

import pytest

from sipcore.kernel.tally import Tally


def test_it_counts_from_zero() -> None:
    tally = Tally()
    tally["calls"] += 1
    tally["calls"] += 1

    assert (tally["calls"], tally["never"]) == (2, 0)
    assert tally == Counter(calls=2)


def test_figures_are_taken_out_one_by_one() -> None:
    tally = Tally(calls=1)
    del tally["calls"]

    assert not tally
    with pytest.raises(KeyError):
        del tally["calls"]


def test_other_counters_go_on_forgiving_what_is_missing() -> None:
    other: Counter[str] = Counter()
    del other["never"]

    assert not other
