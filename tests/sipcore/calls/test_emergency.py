from dataclasses import replace

from sipcore.b2bua.plan import RingPlan
from sipcore.calls.emergency import emergency
from tests.support.dial_site import residence
from tests.support.planning import inquiry, refusal, ringing, rung

SITE = residence(emergency_number="112")


def test_the_emergency_number_rings_every_guard_phone() -> None:
    answer = rung(emergency, inquiry(SITE, "d-1", "112"))

    assert ringing(answer) == [("guard", ["g-1", "g-2"])]
    assert isinstance(answer, RingPlan)
    assert (answer.call_type, answer.callee, answer.notes) == (
        "emergency",
        "emergency",
        ("the guard phones answer the site's emergency number",),
    )


def test_an_apartment_of_the_same_number_is_pointed_out() -> None:
    answer = rung(emergency, inquiry(residence(emergency_number="1001"), "d-1", "1001"))

    assert isinstance(answer, RingPlan)
    assert answer.notes == (
        "the guard phones answer the site's emergency number",
        "an apartment has the same number: reach it as building*apartment",
    )


def test_without_guard_phones_nobody_can_be_rung() -> None:
    assert refusal(rung(emergency, inquiry(replace(SITE, guards=()), "d-1", "112"))) == (
        480,
        "no_stage",
    )


def test_other_numbers_are_none_of_its_business() -> None:
    none_set = replace(SITE, emergency_number="")

    assert [
        rung(emergency, inquiry(SITE, "d-1", "1001")),
        rung(emergency, inquiry(SITE, "d-1", "")),
        rung(emergency, inquiry(none_set, "d-1", "")),
        rung(emergency, inquiry(none_set, "d-1", "112")),
    ] == [None, None, None, None]
