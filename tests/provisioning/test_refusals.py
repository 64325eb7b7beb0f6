import pytest

from provisioning.refusals import HARD_FACTOR, Refusals, Standing

SOURCE = "192.0.2.7"


def refusals_after(count: int, **settings: int) -> Refusals:
    refusals = Refusals(allowed=3, window=60.0, **settings)
    for _ in range(count):
        refusals.add(SOURCE, 100.0)
    return refusals


@pytest.mark.parametrize(
    ("count", "standing"),
    [
        (0, Standing.OPEN),
        (2, Standing.OPEN),
        (3, Standing.TOKENS_ONLY),
        (3 * HARD_FACTOR - 1, Standing.TOKENS_ONLY),
        (3 * HARD_FACTOR, Standing.CLOSED),
    ],
)
def test_a_source_with_refusals_loses_first_files_without_token_then_all(
    count: int, standing: Standing
) -> None:
    assert refusals_after(count).standing(SOURCE, 159.9) is standing


def test_a_new_window_starts_from_nothing() -> None:
    refusals = refusals_after(500)

    assert refusals.standing(SOURCE, 160.0) is Standing.OPEN
    refusals.add(SOURCE, 160.0)
    assert refusals.standing(SOURCE, 160.0) is Standing.OPEN


def test_other_sources_are_not_concerned() -> None:
    assert refusals_after(500).standing("192.0.2.8", 100.0) is Standing.OPEN


def test_refusals_of_an_open_source_and_the_first_after_each_change_are_worth_a_record() -> None:
    refusals = Refusals(allowed=3)

    recorded = [number for number in range(1, 40) if refusals.add(SOURCE, 100.0)]

    assert recorded == [1, 2, 3, 4, 31]


def test_the_number_of_sources_is_bounded() -> None:
    refusals = Refusals(sources=10)
    for number in range(1000):
        refusals.add(f"198.51.100.{number}", 100.0)

    assert len(refusals) == 10
