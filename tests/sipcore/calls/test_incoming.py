"""Calls that come in from a trunk."""

from dataclasses import replace

import pytest

from directory.queries.dial import DialSite
from sipcore.b2bua.facts import CallEnded
from sipcore.b2bua.plan import IncomingCall, Party, Refusal, RingPlan
from sipcore.calls.explain import describe
from sipcore.calls.incoming import IncomingCalls, Line, TrunkLines, digits_of
from sipcore.calls.inquiry import Answer
from tests.support.dial_site import directory_of, foreign_site, residence
from tests.support.planning import left_out, reach, refusal, ringing

LINES = TrunkLines(
    2,
    {
        "49301": Line("Riverside", "guard"),
        "49302": Line("Riverside", "1*1001"),
        "49303": Line("Nowhere", "guard"),
        "49304": Line("Riverside", "d-gate"),
        "49305": Line("Riverside", "+441632960001"),
    },
)
SITE = residence("indoor_then_phone")


def incoming(site: DialSite = SITE) -> IncomingCalls:
    """What comes in to a small site through the trunk `city`."""
    return IncomingCalls({"city": LINES}, directory_of(foreign_site(), site), reach())


def called(
    dialled: str, number: str = "+441632960999", trunk: str = "city", display: str = ""
) -> IncomingCall:
    """Somebody telephones."""
    return IncomingCall(trunk, number, display, dialled, 1_800_000_000.0)


def plan(call: IncomingCall) -> Answer:
    """What becomes of it."""
    return incoming().plan(call)


@pytest.mark.parametrize("dialled", ["+49301", "0049301", "49301", "+49-301"])
def test_a_number_of_ours_rings_the_guards(dialled: str) -> None:
    assert ringing(plan(called(dialled))) == [("guard", ["g-1", "g-2"])]


def test_or_an_apartment_but_none_of_its_telephones() -> None:
    """No toll bypass: a call from outside never leaves through a trunk again."""
    answer = plan(called("+49302"))

    assert ringing(answer) == [("indoor", ["i1001"]), ("landline", [])]
    assert {skipped[2] for skipped in left_out(answer)} == {"no_transit"}


@pytest.mark.parametrize(
    ("dialled", "trunk"),
    [("+49309", "city"), ("", "city"), ("guard", "city"), ("+49301", "other")],
)
def test_any_other_number_leads_nowhere(dialled: str, trunk: str) -> None:
    assert refusal(plan(called(dialled, trunk=trunk))) == (404, "unknown_line")


def test_the_record_names_the_number_that_was_called() -> None:
    assert [plan(called(number)).dialled for number in ("+49301", "+49305", "+49309")] == [
        "+49301",
        "+49305",
        "+49309",
    ]


@pytest.mark.parametrize("online", [None, ()])
def test_no_door_is_called_from_outside_even_if_the_settings_say_so(
    online: tuple[str, ...] | None,
) -> None:
    """Not even one that is out of reach now: it might register while the call rings."""
    directory = directory_of(foreign_site(), SITE)
    calls = IncomingCalls({"city": LINES}, directory, reach(online))

    assert refusal(calls.plan(called("+49304"))) == (403, "door_not_by_telephone")


def test_no_telephone_is_called_from_outside_even_if_the_settings_say_so() -> None:
    assert refusal(plan(called("+49305"))) == (404, "unknown_number")


@pytest.mark.parametrize(
    ("number", "user"),
    [
        ("+441632960999", "+441632960999"),
        ("00441632960999", "+441632960999"),
        ("i1001", "+1001"),
        ("", "+anonymous"),
        ("guard", "+anonymous"),
        ("9" * 80, "+" + "9" * 32),
    ],
)
def test_whoever_calls_is_never_taken_for_an_account(number: str, user: str) -> None:
    answer = plan(called("+49301", number, display="Ann"))

    assert isinstance(answer, RingPlan)
    assert answer.caller == Party(
        "landline", user, "Ann", site_id=1, is_account=False, takes_text=False
    )
    assert not answer.is_visit


def test_a_trunk_has_so_many_incoming_calls_at_a_time() -> None:
    calls = incoming()
    calls.began("a", "city")
    assert isinstance(calls.plan(called("+49301")), RingPlan)
    calls.began("b", "city")

    assert refusal(calls.plan(called("+49301"))) == (486, "line_busy")
    for fact in (CallEnded(name, 1.0, "missed", "server", "", 480) for name in ("a", "other")):
        calls.by_kind[CallEnded](fact)

    assert (len(calls), calls.at_once("city"), calls.at_once("other")) == (1, 1, 0)
    assert not isinstance(calls.plan(called("+49301")), Refusal)
    calls.failed("b")
    assert len(calls) == 0


def test_a_site_is_found_by_its_present_name() -> None:
    renamed = incoming(replace(SITE, name="Lakeside"))

    assert refusal(renamed.plan(called("+49301"))) == (404, "missing_site")


def test_a_number_whose_site_is_not_there_is_not_taken_for_an_unknown_number() -> None:
    answer = plan(called("+49303"))

    assert refusal(answer) == (404, "missing_site")
    assert describe(answer)[1] == (
        "refused with 404 missing_site: no site has the name that the settings give for that number"
    )


def test_a_name_that_two_sites_have_leads_to_neither() -> None:
    """Whoever gives a site another tenant's name does not get that tenant's calls."""
    twin = replace(foreign_site(), name=SITE.name)
    calls = IncomingCalls({"city": LINES}, directory_of(twin, SITE), reach())
    answer = calls.plan(called("+49301"))

    assert refusal(answer) == (404, "repeated_site")
    assert "several sites" in describe(answer)[1]
    assert isinstance(answer, Refusal)
    assert answer.caller.site_id != SITE.site_id


def test_digits_are_all_that_counts_in_a_number() -> None:
    assert digits_of("+49 (30) 12-3") == digits_of("00493012" + "3") == "4930123"
