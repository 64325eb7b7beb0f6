"""How much a site may telephone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    LegAnswered,
    LegFailed,
    LegReleased,
    LegStarted,
    StageStarted,
)
from sipcore.b2bua.plan import Party
from sipcore.calls.toll import TollGuard, TollLimits
from tests.support.dial_site import directory_of, foreign_site, residence

SITE = replace(residence(), timezone="Europe/Berlin")
NOON = datetime(2026, 11, 29, 11, 0, tzinfo=UTC).timestamp()
NUMBER = "+442079460123"
PHONE = Party("landline", NUMBER, site_id=1, is_account=False)
APP = Party("app", "a1001", site_id=1)


class Clock:
    """The time of day."""

    now = NOON


def guard(limits: TollLimits | None = None, clock: Clock | None = None) -> TollGuard:
    """A guard of two sites with these limits."""
    allowed, time = limits or TollLimits(), clock or Clock()
    return TollGuard(lambda _site: allowed, directory_of(foreign_site(), SITE), lambda: time.now)


def hear(tolls: TollGuard, *facts: CallFact) -> None:
    """Facts of calls come to pass."""
    for fact in facts:
        listener = tolls.by_kind.get(type(fact))
        if listener is not None:
            listener(fact)


def started(call: str, leg: int = 1, party: Party = PHONE, at: float = NOON) -> LegStarted:
    """A leg starts."""
    return LegStarted(call, at, 0, leg, party, "sip:x")


def ended(call: str) -> CallEnded:
    """A call ends."""
    return CallEnded(call, NOON, "answered", "caller", "bye", 0)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+442079460123", None),
        ("+4915112345678", None),
        ("+499001123456", "landline_kind"),  # premium
        ("112", "landline_kind"),
        ("+49110", "landline_kind"),
        ("+870773111632", "landline_country"),  # a satellite telephone
    ],
)
def test_by_default_neither_premium_nor_short_nor_stateless_numbers_ring(
    number: str, reason: str | None
) -> None:
    assert guard().refusal(SITE, number) == reason


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+493012345678", None),
        ("+4915112345678", "landline_kind"),
        ("+442079460123", "landline_country"),
    ],
)
def test_kinds_and_countries_can_be_few(number: str, reason: str | None) -> None:
    few = TollLimits(kinds=frozenset(("fixed",)), countries=frozenset(("DE",)))

    assert guard(few).refusal(SITE, number) == reason


def for_emergencies(number: str, limits: TollLimits) -> TollGuard:
    """A guard of a site with that number for emergencies and two calls."""
    site = replace(SITE, emergency_landline=number)
    tolls = TollGuard(lambda _site: limits, directory_of(site), lambda: NOON)
    hear(tolls, started("a"), started("b"))
    return tolls


def test_no_counter_stops_the_number_for_emergencies() -> None:
    for limits in (TollLimits(at_once=1), TollLimits(per_day=1)):
        tolls = for_emergencies(NUMBER, limits)
        party = Party("landline", NUMBER, "emergency", site_id=1, is_account=False)

        assert tolls.admit(party)
        assert not tolls.admit(Party("landline", "+442079460199", site_id=1, is_account=False))


@pytest.mark.parametrize("owner", [{"apartment_id": 101}, {"person_id": 7}])
def test_a_residents_landline_is_counted_though_it_is_the_number_for_emergencies(
    owner: dict[str, Any],
) -> None:
    tolls = for_emergencies(NUMBER, TollLimits(at_once=1))
    party = Party("landline", NUMBER, site_id=1, is_account=False, **owner)

    assert tolls.why_not(party) == "landline_limit"


@pytest.mark.parametrize(
    ("number", "limits", "reason"),
    [
        ("+499001123456", TollLimits(), "landline_kind"),
        ("+4911833", TollLimits(), "landline_kind"),
        ("+870773111632", TollLimits(), "landline_country"),
        (NUMBER, TollLimits(kinds=frozenset(("mobile",))), "landline_kind"),
        (NUMBER, TollLimits(countries=frozenset(("DE",))), "landline_country"),
        (NUMBER, TollLimits(countries=frozenset(("GB",))), None),
    ],
)
def test_the_number_for_emergencies_is_of_a_kind_and_country_that_are_allowed(
    number: str, limits: TollLimits, reason: str | None
) -> None:
    party = Party("landline", number, "emergency", site_id=1, is_account=False)

    assert for_emergencies(number, limits).why_not(party) == reason


def test_numbers_that_may_be_fixed_or_mobile_ring_where_either_may() -> None:
    assert guard(TollLimits(kinds=frozenset(("mobile",)))).refusal(SITE, "+12025550123") is None


def test_so_many_telephones_ring_at_a_time_and_those_that_end_make_room() -> None:
    tolls = guard(TollLimits(at_once=2))
    hear(tolls, started("a"), started("b"))
    assert tolls.refusal(SITE, NUMBER) == "landline_limit"

    for end in (LegFailed("a", NOON, 1, 486, "Busy"), LegReleased("a", NOON, 1, "stage_timeout")):
        hear(tolls, end)
        assert tolls.refusal(SITE, NUMBER) is None
        hear(tolls, started("a"))
    assert tolls.at_once == 2


def test_a_telephone_that_talks_takes_its_place_until_the_call_is_over() -> None:
    tolls = guard(TollLimits(at_once=1))
    hear(tolls, started("a"), LegAnswered("a", NOON, 1))
    assert tolls.refusal(SITE, NUMBER) == "landline_limit"

    hear(tolls, ended("a"))

    assert tolls.refusal(SITE, NUMBER) is None
    assert tolls.usage(1) == (0, 1)


def test_the_numbers_of_one_plan_count_beside_each_other() -> None:
    tolls = guard(TollLimits(at_once=2, per_day=3))

    assert tolls.refusal(SITE, NUMBER, 1) is None
    assert tolls.refusal(SITE, NUMBER, 2) == "landline_limit"


def test_a_day_has_so_many_calls_and_ends_at_midnight_of_the_site() -> None:
    clock = Clock()
    tolls = guard(TollLimits(per_day=2), clock)
    hear(tolls, started("a"), ended("a"), started("b"), ended("b"))

    assert tolls.refusal(SITE, NUMBER) == "landline_day_limit"
    clock.now = datetime(2026, 11, 29, 22, 59, tzinfo=UTC).timestamp()
    assert tolls.refusal(SITE, NUMBER) == "landline_day_limit"
    clock.now += 60.0
    assert tolls.refusal(SITE, NUMBER) is None
    assert tolls.usage(1) == (0, 0)
    assert tolls.usages() == {}


def test_a_restart_forgets_no_call_of_today() -> None:
    tolls = guard(TollLimits(per_day=2))

    tolls.restore([(1, NOON - 86_400.0), (1, NOON - 60.0), (99, NOON), (1, NOON)])

    assert tolls.usage(1) == (0, 2)
    assert tolls.usages() == {1: (0, 2)}
    assert tolls.refusal(SITE, NUMBER) == "landline_day_limit"


def test_sites_do_not_count_for_each_other_and_apps_not_at_all() -> None:
    tolls = guard(TollLimits(at_once=1, per_day=1))
    foreign = Party("landline", NUMBER, site_id=foreign_site().site_id, is_account=False)

    hear(tolls, started("a", party=foreign), started("b", party=APP), ended("b"))

    assert tolls.refusal(SITE, NUMBER) is None
    assert tolls.usage(1) == (0, 0)


def test_what_may_start_is_counted_before_it_is_heard_of() -> None:
    """Many calls are planned while nobody rings yet; all of them come to their landline stage."""
    tolls = guard(TollLimits(at_once=2))

    assert [tolls.admit(PHONE) for _ in range(3)] == [True, True, False]
    assert tolls.why_not(PHONE) == "landline_limit"

    hear(tolls, StageStarted("a", NOON, 0, "landline", 2), started("a", 1), started("a", 2))
    assert not tolls.admit(PHONE)
    hear(tolls, ended("a"))
    assert tolls.admit(PHONE)


def test_what_was_allowed_and_never_started_is_forgotten() -> None:
    tolls = guard(TollLimits(at_once=1))
    assert tolls.admit(PHONE)

    hear(tolls, StageStarted("b", NOON, 0, "indoor", 1))

    assert tolls.admit(PHONE)


@pytest.mark.parametrize("site_id", [None, 99])
def test_a_landline_of_no_site_does_not_ring(site_id: int | None) -> None:
    party = Party("landline", NUMBER, site_id=site_id, is_account=False)

    assert not guard().admit(party)
    assert guard().why_not(party) == "landline_off"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("stage", "failed", "released", "ended")),
            st.integers(0, 3),
            st.integers(1, 3),
        ),
        max_size=60,
    )
)
def test_never_more_ring_than_may_and_nothing_stays_when_all_is_over(
    steps: list[tuple[str, int, int]],
) -> None:
    tolls = guard(TollLimits(at_once=3))
    open_legs: set[tuple[str, int]] = set()
    number = 0
    for kind, which, legs in steps:
        call = f"call{which}"
        if kind == "stage":
            may = sum(tolls.admit(PHONE) for _ in range(legs))
            hear(tolls, StageStarted(call, NOON, 0, "landline", may))
            for _ in range(may):
                number += 1
                open_legs.add((call, number))
                hear(tolls, started(call, number))
        elif kind == "ended":
            open_legs -= {leg for leg in open_legs if leg[0] == call}
            hear(tolls, ended(call))
        else:
            mine = [leg for leg in open_legs if leg[0] == call]
            for leg in mine[:1]:
                open_legs.discard(leg)
                if kind == "failed":
                    hear(tolls, LegFailed(call, NOON, leg[1], 486, "Busy"))
                else:
                    hear(tolls, LegReleased(call, NOON, leg[1], "x"))
        assert tolls.at_once == len(open_legs) <= 3
    for which in range(4):
        hear(tolls, ended(f"call{which}"))
    assert tolls.at_once == 0
    assert tolls._legs == {}
