"""Figures that many messages raise."""

from sipcore.kernel.count import count
from sipcore.kernel.tally import Tally


def test_a_figure_begins_with_one_and_goes_up() -> None:
    counters = Tally()

    count(counters, "messages")
    count(counters, "messages")

    assert (counters["messages"], counters["others"]) == (2, 0)
