from hypothesis import given
from hypothesis import strategies as st

from relay.sequence import ECHO_WINDOW, INTER_DIGIT, DigitSequence, Trail


def trail_of(presses: list[tuple[str, float]]) -> Trail:
    trail = Trail()
    for digit, at in presses:
        trail = trail.press(digit, at)
    return trail


def test_a_copy_by_another_way_within_the_window_is_an_echo() -> None:
    sequence = DigitSequence()

    assert [
        sequence.without_echoes("5", "info", 100.0),
        sequence.without_echoes("5", "media", 100.0 + ECHO_WINDOW),
    ] == ["5", ""]


def test_the_same_digit_by_the_same_way_is_a_second_press_however_fast() -> None:
    sequence = DigitSequence()

    assert [sequence.without_echoes("5", "info", at) for at in (100.0, 100.01)] == ["5", "5"]


def test_a_copy_after_the_window_is_a_press() -> None:
    sequence = DigitSequence()

    assert [
        sequence.without_echoes("5", "info", 100.0),
        sequence.without_echoes("5", "media", 100.5),
    ] == ["5", "5"]


def test_two_fast_presses_by_two_ways_are_two_presses() -> None:
    sequence = DigitSequence()
    arrivals = [("info", 0.00), ("media", 0.02), ("info", 0.10), ("media", 0.12)]

    assert [sequence.without_echoes("1", way, at) for way, at in arrivals] == ["1", "", "1", ""]


def test_ways_may_arrive_in_any_order() -> None:
    sequence = DigitSequence()
    arrivals = [("info", 0.00), ("info", 0.10), ("media", 0.12), ("media", 0.22)]

    assert [sequence.without_echoes("1", way, at) for way, at in arrivals] == ["1", "1", "", ""]


def test_each_of_three_ways_is_heard_once() -> None:
    sequence = DigitSequence()

    assert [sequence.without_echoes("1", way, 0.1) for way in ("a", "b", "c", "a")] == [
        "1",
        "",
        "",
        "1",
    ]


def test_digits_of_one_message_are_told_apart() -> None:
    sequence = DigitSequence()
    sequence.without_echoes("12", "info", 0.0)

    assert sequence.without_echoes("123", "media", 0.1) == "3"


def test_a_trail_ends_with_the_code_that_was_pressed() -> None:
    trail = trail_of([("9", 0.0), ("0", 1.0), ("1", 2.0), ("#", 3.0)])

    assert {code: trail.completes(code) for code in ("#", "1#", "01#", "901#", "01", "2#", "")} == {
        "#": True,
        "1#": True,
        "01#": True,
        "901#": True,
        "01": False,
        "2#": False,
        "": False,
    }


def test_a_long_pause_breaks_a_code_but_a_door_may_still_take_it() -> None:
    trail = trail_of([("0", 0.0), ("1", 1.0), ("2", 2.0 + INTER_DIGIT)])

    assert (trail.completes("012"), trail.may_complete("012"), trail.completes("2")) == (
        False,
        True,
        True,
    )


def test_an_opening_begins_a_new_code_but_a_door_may_still_take_the_old_digits() -> None:
    trail = trail_of([("1", 0.0), ("1", 0.5)]).opened().press("1", 1.0)

    assert (trail.completes("11"), trail.may_complete("11"), trail.completes("1")) == (
        False,
        True,
        True,
    )


def test_a_trail_is_a_value_that_a_try_does_not_change() -> None:
    trail = trail_of([("1", 0.0)])
    trail.press("2", 0.5)

    assert trail == trail_of([("1", 0.0)])


def test_only_as_many_digits_are_kept_as_a_code_may_have() -> None:
    trail = trail_of([(digit, 0.1) for digit in "123456789"])

    assert (trail.heard, trail.fresh) == ("6789", 4)


@given(st.text("0123456789*#", max_size=6))
def test_digits_are_not_shown(digits: str) -> None:
    """The only figures in what prints are the count and the moment."""
    trail = trail_of([(digit, 5.0) for digit in digits])

    assert repr(trail) == f"Trail(fresh={min(len(digits), 4)}, last_at={5.0 if digits else 0.0})"


@given(
    st.lists(st.tuples(st.sampled_from("12"), st.sampled_from(("a", "b")), st.floats(0, 3))),
)
def test_a_press_is_counted_at_least_once_for_each_way(
    arrivals: list[tuple[str, str, float]],
) -> None:
    """However copies mingle, no digit is lost: the busiest way counts in full."""
    sequence = DigitSequence()
    arrivals.sort(key=lambda arrival: arrival[2])
    heard = "".join(sequence.without_echoes(digit, way, at) for digit, way, at in arrivals)

    for digit in "12":
        by_way = [
            sum(1 for pressed, way, _ in arrivals if (pressed, way) == (digit, wanted))
            for wanted in ("a", "b")
        ]
        assert max(by_way) <= heard.count(digit) <= sum(by_way)
