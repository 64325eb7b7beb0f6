from dataclasses import replace

import pytest

from sipcore.b2bua.plan import RingPlan
from sipcore.calls.guard import guard
from tests.support.dial_site import residence
from tests.support.planning import inquiry, left_out, refusal, ringing, rung

SITE = residence()


@pytest.mark.parametrize("dialled", ["0", "guard", "Guard", "GUARD"])
def test_every_guard_phone_rings_at_the_same_time(dialled: str) -> None:
    answer = rung(guard, inquiry(SITE, "d-1", dialled))

    assert ringing(answer) == [("guard", ["g-1", "g-2"])]
    assert isinstance(answer, RingPlan)
    assert (answer.call_type, answer.callee, answer.is_visit) == ("guard", "guard", True)


def test_a_guard_who_calls_the_guards_rings_the_others() -> None:
    answer = rung(guard, inquiry(SITE, "g-1", "0"))

    assert (ringing(answer), left_out(answer)) == (
        [("guard", ["g-2"])],
        [("guard", "g-1", "is_caller")],
    )


def test_a_site_without_guard_phones_says_that_nobody_can_be_rung() -> None:
    assert refusal(rung(guard, inquiry(replace(SITE, guards=()), "d-1", "0"))) == (480, "no_stage")


@pytest.mark.parametrize("dialled", ["00", "", "g-1", "guards"])
def test_other_numbers_are_none_of_its_business(dialled: str) -> None:
    assert rung(guard, inquiry(SITE, "d-1", dialled)) is None
