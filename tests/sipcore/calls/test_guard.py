from dataclasses import replace

import pytest

from directory.ringing import ALONE_MOST, Ringing
from sipcore.b2bua.plan import RingPlan
from sipcore.calls.guard import guard
from tests.support.dial_site import account, residence, site_with
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


def test_guards_in_order_have_a_stage_each_though_they_are_not_registered_yet() -> None:
    site = replace(SITE, guard_order="in_order", ringing=Ringing(times={"guard": 12.0}))
    answer = rung(guard, inquiry(site, "d-1", "0"))
    alone = rung(guard, inquiry(site, "d-1", "0", online={"g-2"}))

    assert ringing(answer) == [("guard", ["g-1"]), ("guard", ["g-2"])]
    assert isinstance(answer, RingPlan)
    assert [stage.timeout for stage in answer.stages] == [12.0, 12.0]
    assert (ringing(alone), left_out(alone)) == (
        [("guard", []), ("guard", ["g-2"])],
        [("guard", "g-1", "not_registered")],
    )


def test_who_is_left_out_for_good_has_no_turn() -> None:
    phones = (account("g-0", enabled=False), account("g-1"), account("g-2"))
    site = site_with((), guards=phones, guard_order="in_order")
    answer = rung(guard, inquiry(site, "d-1", "0"))

    assert isinstance(answer, RingPlan)
    assert ringing(answer) == [("guard", ["g-1"]), ("guard", ["g-2"])]
    assert [one.reason for one in answer.stages[0].skipped] == ["disabled"]


def test_very_many_guards_in_order_end_in_one_stage_of_all_the_others() -> None:
    phones = tuple([account(f"g-{number}") for number in range(ALONE_MOST + 4)])
    site = site_with((), guards=phones, guard_order="in_order")

    assert [len(users) for _, users in ringing(rung(guard, inquiry(site, "d-1", "0")))] == [
        *[1] * (ALONE_MOST + 1),
        3,
    ]
