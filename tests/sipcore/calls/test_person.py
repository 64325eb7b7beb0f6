from dataclasses import replace

from sipcore.b2bua.plan import RingPlan
from sipcore.calls.person import person
from tests.support.dial_site import residence
from tests.support.planning import inquiry, ringing, rung

SITE = residence()


def test_an_external_id_rings_the_person_as_the_call_type_says() -> None:
    worker = replace(SITE.people["EMP-7"], call_type="indoor_then_app_then_phone")
    site = replace(SITE, people={"EMP-7": worker})
    answer = rung(person, inquiry(site, "d-1", "EMP-7"))

    assert ringing(answer) == [
        ("indoor", ["i7"]),
        ("guard", ["g-1", "g-2"]),
        ("app", ["a7"]),
        ("landline", ["+441632960007"]),
    ]
    assert isinstance(answer, RingPlan)
    assert (answer.callee, answer.apartment_id) == ("Ann Smith", None)


def test_a_number_that_is_no_external_id_is_none_of_its_business() -> None:
    assert [
        rung(person, inquiry(SITE, "d-1", dialled)) for dialled in ("1001", "emp-7", "EMP-8")
    ] == [
        None,
        None,
        None,
    ]
