from sipcore.b2bua.plan import Party, Refusal, RingPlan
from sipcore.calls.inquiry import Reach, party_of, stranger
from tests.support.dial_site import account, residence
from tests.support.planning import inquiry

SITE = residence()


def test_a_party_carries_every_id_of_its_account() -> None:
    app = account("a1001", building_id=10, apartment_id=101, person_id=5)

    assert party_of(app) == Party(
        kind="app", user="a1001", display="A1001", site_id=1, person_id=5, apartment_id=101
    )


def test_a_refusal_names_the_caller_and_marks_a_visit() -> None:
    door = party_of(SITE.accounts["d-1"])

    assert inquiry(SITE, "d-1", "77").refuse(404, "unknown_number") == Refusal(
        404, "unknown_number", door, "77", is_visit=True
    )


def test_somebody_reads_everywhere_but_at_a_door() -> None:
    """Device facts §5.4: some doors open at a word."""
    parties = [party_of(SITE.accounts[user]) for user in ("d-1", "i1001", "g-1")]

    assert [party.takes_text for party in parties] == [False, True, True]


def test_only_doors_make_visits() -> None:
    callers = ("d-1", "i1001", "a1001", "g-1")

    assert [inquiry(SITE, caller, "0").is_visit for caller in callers] == [
        True,
        False,
        False,
        False,
    ]


def test_a_plan_names_caller_number_and_callee() -> None:
    made = inquiry(SITE, "g-1", "1001").plan(
        "direct", (), callee="Flat", apartment_id=101, notes=("why",)
    )

    assert made == RingPlan(
        call_type="direct",
        caller=party_of(SITE.accounts["g-1"]),
        dialled="1001",
        stages=(),
        is_visit=False,
        callee="Flat",
        apartment_id=101,
        notes=("why",),
    )


def test_everybody_but_a_door_may_hide_and_strangers_are_no_accounts() -> None:
    """RFC 3323; a door phone is no person."""
    parties = [*(party_of(SITE.accounts[user]) for user in ("d-1", "i1001", "g-1")), stranger("x")]

    assert [(party.may_hide, party.is_account) for party in parties] == [
        (False, True),
        (True, True),
        (True, True),
        (True, False),
    ]


def test_whoever_supposes_that_all_are_registered_supposes_nothing_of_telephones() -> None:
    reach = Reach(
        lambda _user: False, lambda _site: "a", lambda _site: ("b",), lambda _site, _n, _a: "no"
    )

    supposed = reach.with_everybody()

    assert supposed.reachable("anybody")
    assert (supposed.trunk, supposed.fallbacks, supposed.toll) == (
        reach.trunk,
        reach.fallbacks,
        reach.toll,
    )


def test_a_call_from_a_telephone_is_let_through_to_no_other() -> None:
    reach = Reach(lambda _user: True, lambda _site: "a").without_telephones()

    assert reach.toll(residence(), "+49301234567", 0) == "no_transit"


def test_where_nothing_is_said_of_telephones_there_is_one_trunk_and_no_limit() -> None:
    reach, site = Reach(lambda _user: True, lambda _site: "a"), residence()

    assert (reach.fallbacks(site), reach.toll(site, "+49", 9)) == ((), None)
