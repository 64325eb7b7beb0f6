"""Which failure the caller is told."""

import pytest

from sipcore.b2bua.best_response import best_failure, outcome_of, passed_on, told_of_fork


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([], 480),
        ([408], 408),
        ([408, 486], 486),
        ([480, 408], 480),
        ([404, 408], 408),
        ([486, 603], 603),
        ([500, 408], 408),
        ([503], 500),
        ([503, 404], 404),
        ([401], 500),
        ([302, 500], 480),
        ([600, 603], 600),
    ],
)
def test_the_most_telling_failure_wins(statuses: list[int], told: int) -> None:
    assert best_failure(statuses) == told
    assert best_failure(reversed(statuses)) == told


@pytest.mark.parametrize(
    ("status", "told"), [(300, 480), (302, 480), (401, 500), (407, 500), (503, 500), (486, 486)]
)
def test_what_concerns_one_leg_alone_is_renamed_for_the_other(status: int, told: int) -> None:
    assert passed_on(status) == told_of_fork(status) == told


@pytest.mark.parametrize("status", [420, 421, 422, 423, 481, 489, 501, 505])
def test_what_is_wrong_with_a_request_of_ours_is_no_fault_of_the_sender(status: int) -> None:
    assert (told_of_fork(status), passed_on(status)) == (500, status)


def test_a_loop_is_told_and_a_glare_is_nobody_there() -> None:
    assert [told_of_fork(status) for status in (482, 483, 491)] == [482, 483, 480]


def test_that_an_edge_proxy_has_lost_a_flow_is_told_to_no_endpoint() -> None:
    """RFC 5626 §11.5."""
    assert told_of_fork(430) == 480


@pytest.mark.parametrize(
    ("outcome", "statuses"),
    [
        ("busy", (486, 600)),
        ("missed", (408, 480)),
        ("failed", (403, 404, 608, 488, 500, 604)),
    ],
)
def test_the_record_calls_each_status_by_a_word(outcome: str, statuses: tuple[int, ...]) -> None:
    assert {outcome_of(status) for status in statuses} == {outcome}
