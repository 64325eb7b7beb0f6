"""Durations counted by bound."""

from sipcore.kernel.histogram import Histogram


def test_a_duration_is_counted_under_the_bound_it_does_not_exceed() -> None:
    histogram = Histogram((0.5, 1.0))
    for seconds in (0.25, 0.5, 0.75, 8.0):
        histogram.add(seconds)

    assert (histogram.counts, histogram.total) == ([2, 1, 1], 9.5)
