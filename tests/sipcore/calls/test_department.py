from dataclasses import replace

from directory.queries.dial import DialDepartment
from sipcore.b2bua.plan import RingPlan
from sipcore.calls.department import PHONES_MOST, department
from sipcore.calls.inquiry import Meant
from tests.support.dial_site import account, person, residence, site_with
from tests.support.planning import inquiry, ringing, rung

ANN = person()
OFFICE = replace(residence(), departments={"300": DialDepartment(3, "Sales", "300", (ANN,))})


def test_a_departments_number_rings_the_phones_of_its_people_then_the_guards() -> None:
    answer = rung(department, inquiry(OFFICE, "d-1", "300"))

    assert ringing(answer) == [("app+indoor", ["i7", "a7"]), ("guard", ["g-1", "g-2"])]
    assert isinstance(answer, RingPlan)
    assert (answer.call_type, answer.callee) == ("department", "Sales")


def test_guards_ring_for_visitors_only() -> None:
    assert ringing(rung(department, inquiry(OFFICE, "i1001", "300"))) == [
        ("app+indoor", ["i7", "a7"])
    ]


def test_who_is_not_active_or_has_no_app_is_not_rung() -> None:
    people = (
        replace(ANN, app_enabled=False),
        replace(ANN, active=False, person_id=8),
        replace(ANN, blocked=True, person_id=9),
    )
    site = replace(OFFICE, departments={"300": DialDepartment(3, "Sales", "300", people)})

    found = department(inquiry(site, "d-1", "300"))

    assert isinstance(found, Meant)
    assert [one.user for one in found.accounts] == ["i7"]


def test_a_crowd_rings_as_far_as_a_call_can_branch() -> None:
    phones = tuple([account(f"i{number}") for number in range(5000, 5070)])
    crowd = replace(ANN, indoor=phones, apps=())
    site = site_with((crowd,), departments={"300": DialDepartment(3, "Sales", "300", (crowd,))})

    answer = rung(department, inquiry(site, "d-1", "300"))

    assert isinstance(answer, RingPlan)
    assert len(answer.stages[0].targets) == PHONES_MOST
    assert answer.notes == ("the first 60 of 70 phones ring",)


def test_other_numbers_are_none_of_its_business() -> None:
    assert department(inquiry(OFFICE, "d-1", "301")) is None
