"""Digits that were pressed in one go."""

import pytest

from relay.burst import Burst, burst_detail
from relay.decision import Actor
from tests.support.dial_site import account

ANN, BOB = (Actor("app", user, user.title()) for user in ("ann", "bob"))


@pytest.mark.parametrize(
    ("actor", "at", "goes_on"),
    [(ANN, 110.0, True), (ANN, 110.1, False), (BOB, 101.0, False)],
)
def test_a_burst_ends_with_a_pause_or_another_hand(actor: Actor, at: float, goes_on: bool) -> None:
    assert Burst(ANN, 2, 100.0).goes_on(actor, at) is goes_on


def test_an_entry_names_who_and_where_and_how_many_digits() -> None:
    detail = burst_detail(ANN, account("d-1"), "no_code", count=2)

    assert (detail["by"], detail["door"], detail["count"], detail["forwarded"]) == (
        "Ann",
        "D-1",
        2,
        True,
    )
