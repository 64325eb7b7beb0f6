"""Token buckets."""

from sipcore.paging.allowance import Allowance


def test_a_burst_is_free_and_then_it_is_slow() -> None:
    allowance = Allowance(rate=1.0, burst=3)

    assert [allowance.take("a", 10.0) for _ in range(5)] == [True, True, True, False, False]
    assert [allowance.take("a", at) for at in (10.5, 11.0, 11.5, 12.0)] == [
        False,
        True,
        False,
        True,
    ]


def test_silence_fills_the_bucket_and_no_more_than_that() -> None:
    allowance = Allowance(rate=1.0, burst=2)
    allowance.take("a", 0.0)

    assert [allowance.take("a", 1000.0) for _ in range(3)] == [True, True, False]


def test_everybody_has_a_bucket_of_their_own() -> None:
    allowance = Allowance(rate=1.0, burst=1)

    assert (allowance.take("a", 0.0), allowance.take("b", 0.0), allowance.take("a", 0.0)) == (
        True,
        True,
        False,
    )


def test_the_longest_silent_is_forgotten_first() -> None:
    allowance = Allowance(rate=0.001, burst=1, most=2)
    for name in ("a", "b", "a", "c"):
        allowance.take(name, 0.0)

    assert len(allowance) == 2
    assert (allowance.take("a", 0.0), allowance.take("b", 0.0)) == (False, True)
