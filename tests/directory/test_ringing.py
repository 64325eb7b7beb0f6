import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.ringing import OPEN, Ringing, check_ringing, delay, read_ringing, ring_time

anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(
        st.sampled_from(["app", "indoor", "guard", "landline", "pigeon"]),
        st.none() | st.floats() | st.text(max_size=3),
        max_size=4,
    )
)


def test_what_is_stored_well_is_read_as_it_is() -> None:
    assert read_ringing(
        "stage", "visit", 90, 2, 183, "never", {"app": 20}, {"app": 5}, 1
    ) == Ringing("stage", "visit", 90.0, 2, 183, "never", {"app": 20.0}, {"app": 5.0}, True)


def test_whoever_says_nothing_shares_one_object() -> None:
    assert read_ringing(times={}, delays=None) is OPEN


def test_what_means_nothing_is_left_open_and_named() -> None:
    read = read_ringing(
        "never", 7, 1e9, 9, 200, "sideways", {"app": 0, "dog": 4}, "often", "maybe", "11"
    )

    assert read == Ringing(
        faults=(
            "declined",
            "global_failure",
            "longest_ring",
            "rounds",
            "early_status",
            "guard_stage",
            "ring_times.app",
            "ring_times",
            "delays",
            "landline_confirms",
            "landline_key",
        )
    )


@given(st.lists(anything, min_size=10, max_size=10))
def test_nothing_that_is_stored_keeps_it_from_reading(values: list[object]) -> None:
    read = read_ringing(*values)

    assert all(1 <= seconds <= 300 for seconds in read.times.values())
    assert read.rounds in (None, 1, 2, 3)
    assert read.longest is None or 5 <= read.longest <= 1800


@pytest.mark.parametrize(
    ("kind", "own", "own_stage", "site", "seconds"),
    [
        ("app", Ringing(times={"app": 11}), 12.0, Ringing(times={"app": 13}), 11.0),
        ("app", OPEN, 12.0, Ringing(times={"app": 13}), 12.0),
        ("app", OPEN, None, Ringing(times={"app": 13}), 13.0),
        ("app", OPEN, None, OPEN, 30.0),
        ("landline", Ringing(times={"landline": 11}), 60.0, OPEN, 11.0),
        ("landline", OPEN, 60.0, Ringing(times={"landline": 13}), 13.0),
        ("landline", OPEN, 60.0, OPEN, 60.0),
        ("landline", OPEN, 12.0, OPEN, 45.0),
    ],
)
def test_the_nearest_word_about_a_ring_time_counts(
    kind: str, own: Ringing, own_stage: float | None, site: Ringing, seconds: float
) -> None:
    assert ring_time(kind, own, own_stage, site, 30.0, 45.0) == seconds


def test_an_apartments_delay_goes_before_the_sites() -> None:
    site = Ringing(delays={"app": 5.0})

    assert [
        delay("app", Ringing(delays={"app": 0.0}), site),
        delay("app", OPEN, site),
        delay("indoor", OPEN, site),
    ] == [0.0, 5.0, 0.0]


def test_a_cap_below_the_first_stage_is_a_contradiction() -> None:
    capped = Ringing(longest=20.0)

    assert check_ringing(("app", "indoor"), capped, None, OPEN, 30.0, 45.0) == (
        "longest_ring",
        "20 s is shorter than the first stage, which rings 30 s",
    )
    assert check_ringing(("app", "indoor"), capped, 20.0, OPEN, 30.0, 45.0) is None


def test_the_ring_time_of_a_chain_is_what_the_cap_is_measured_by() -> None:
    capped = Ringing(longest=20.0)

    assert check_ringing(("indoor",), capped, None, OPEN, 30.0, 45.0, 15.0) is None
    assert check_ringing(("indoor",), capped, 10.0, OPEN, 30.0, 45.0, 25.0) == (
        "longest_ring",
        "20 s is shorter than the first stage, which rings 25 s",
    )


def test_nobody_waits_until_the_stage_is_over() -> None:
    slow = Ringing(delays={"app": 30.0})

    assert check_ringing(("indoor",), slow, None, OPEN, 30.0, 45.0) == (
        "delays",
        "app would wait 30 s in a stage of 30 s",
    )
