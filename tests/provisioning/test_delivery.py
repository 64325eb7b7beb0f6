import pytest

from provisioning.delivery import (
    GRACE,
    Access,
    FirstFetch,
    Refusal,
    admit,
    status_of,
    take_window,
)

NOW = 1_800_000_000.0
HERE, THERE = "192.0.2.7", "198.51.100.9"
TAKEN = FirstFetch(HERE, window=NOW + 600, ends_at=NOW + GRACE)


def ask(
    *,
    by_token: bool = False,
    own_file: bool = True,
    armed_until: float | None = NOW + 600,
    first: FirstFetch | None = None,
    source: str = HERE,
    now: float = NOW,
) -> Access | Refusal:
    return admit(
        by_token=by_token,
        own_file=own_file,
        armed_until=armed_until,
        first=first,
        source=source,
        now=now,
    )


def test_the_token_opens_every_file_at_any_time() -> None:
    assert ask(by_token=True, armed_until=None, own_file=False) is Access.TOKEN


def test_a_device_that_is_not_armed_needs_its_token() -> None:
    assert ask(armed_until=None) is Refusal.NOT_ARMED


def test_a_window_is_over_at_its_end() -> None:
    assert ask(armed_until=NOW) is Refusal.NOT_ARMED


def test_an_armed_device_has_its_own_file_by_mac_alone() -> None:
    assert ask() is Access.WINDOW


def test_an_armed_device_does_not_have_the_common_file_before_its_own() -> None:
    assert ask(own_file=False) is Refusal.NEEDS_TOKEN


def test_the_address_that_took_the_window_may_repeat() -> None:
    closed = TAKEN.ends_at

    assert ask(first=TAKEN, armed_until=closed, now=NOW + 59) is Access.RETRY
    assert ask(first=TAKEN, armed_until=closed, own_file=False) is Access.RETRY


def test_another_address_may_not_use_a_window_that_is_taken() -> None:
    assert ask(first=TAKEN, source=THERE) is Refusal.WINDOW_TAKEN


def test_a_window_taken_a_moment_ago_counts_before_its_new_end_is_stored() -> None:
    assert ask(first=TAKEN, armed_until=TAKEN.window) is Access.RETRY


def test_after_the_grace_the_window_is_over() -> None:
    assert ask(first=TAKEN, armed_until=TAKEN.ends_at, now=NOW + 60) is Refusal.NOT_ARMED


def test_a_device_armed_anew_has_a_new_window_for_anybody() -> None:
    assert ask(first=TAKEN, armed_until=NOW + 3600, source=THERE) is Access.WINDOW


def test_a_taken_window_ends_after_the_grace_or_with_the_old_window() -> None:
    assert take_window(NOW + 600, HERE, NOW) == FirstFetch(HERE, NOW + 600, NOW + GRACE)
    assert take_window(NOW + 10, HERE, NOW) == FirstFetch(HERE, NOW + 10, NOW + 10)


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        (None, 200),
        ("", 200),
        ('"other"', 200),
        ('"here"', 304),
        ('W/"here"', 304),
        ('"other" , "here"', 304),
        ("*", 304),
        ("here", 200),
    ],
)
def test_bytes_the_caller_has_are_not_sent_again(if_none_match: str | None, status: int) -> None:
    assert status_of('"here"', if_none_match, once=False) == status


def test_a_file_with_one_time_lines_is_always_sent() -> None:
    assert status_of('"here"', '"here"', once=True) == 200
