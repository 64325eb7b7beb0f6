from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.queries.dial import DialAccount
from relay.decision import DENIALS, Actor, Decision, Question, decide
from tests.support.dial_site import account, relay

PUBLIC = account("d-1", building_id=10)
PRIVATE = account("d-1001", building_id=10, apartment_id=101)
OFFICE = account("d-2", person_id=7)
RESIDENT = Actor("app", "a1001", "Ann", site_id=1, apartment_id=101)


def verdict(actor: Actor, door: DialAccount = PUBLIC, in_call: bool = True) -> Decision:
    return decide(Question(actor, door, relay(5, "1", door=door.user, in_call=in_call)))


@pytest.mark.parametrize("kind", ["indoor", "app", "guard", "landline"])
def test_the_parties_a_door_can_ring_may_open_it(kind: str) -> None:
    assert verdict(replace(RESIDENT, kind=kind)) == Decision(True, "in_call")


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        (replace(RESIDENT, kind="door"), "door_may_not_open"),
        (replace(RESIDENT, kind="unknown"), "kind_may_not_open"),
        (replace(RESIDENT, kind="trunk"), "kind_may_not_open"),
        (replace(RESIDENT, site_id=2), "foreign_site"),
        (replace(RESIDENT, site_id=None), "foreign_site"),
        (replace(RESIDENT, barred="disabled"), "disabled"),
        (replace(RESIDENT, barred="app_off"), "app_off"),
        (replace(RESIDENT, kind="landline", barred="landline_off"), "landline_off"),
    ],
)
def test_each_denial_has_its_reason(actor: Actor, reason: str) -> None:
    assert verdict(actor) == Decision(False, reason)


def test_a_relay_that_is_closed_to_calls_opens_for_nobody() -> None:
    assert [
        verdict(replace(RESIDENT, kind=kind), in_call=False)
        for kind in ("indoor", "app", "guard", "landline")
    ] == [Decision(False, "in_call_off")] * 4


def test_a_relay_of_another_door_is_not_opened_through_this_one() -> None:
    other = relay(5, "1", door="d-2")

    assert decide(Question(RESIDENT, PUBLIC, other)) == Decision(False, "other_door")


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        (RESIDENT, Decision(True, "in_call")),
        (replace(RESIDENT, kind="guard", apartment_id=None), Decision(True, "in_call")),
        (replace(RESIDENT, apartment_id=102), Decision(False, "other_household")),
        (replace(RESIDENT, apartment_id=None), Decision(False, "other_household")),
        (
            replace(RESIDENT, kind="landline", apartment_id=102),
            Decision(False, "other_household"),
        ),
    ],
)
def test_a_private_door_opens_for_its_household_and_the_guards(
    actor: Actor, expected: Decision
) -> None:
    assert verdict(actor, PRIVATE) == expected


def test_the_private_door_of_a_person_opens_for_that_person() -> None:
    actors = (replace(RESIDENT, person_id=7), replace(RESIDENT, person_id=8))

    assert [verdict(actor, OFFICE) for actor in actors] == [
        Decision(True, "in_call"),
        Decision(False, "other_household"),
    ]


def test_every_row_of_the_table_has_a_reason_or_leaves_it_to_the_actor() -> None:
    assert [reason for _applies, reason in DENIALS] == [
        "other_door",
        "door_may_not_open",
        "kind_may_not_open",
        "foreign_site",
        "",
        "in_call_off",
        "other_household",
    ]


ACTORS = st.builds(
    Actor,
    kind=st.sampled_from(("door", "indoor", "app", "guard", "landline", "unknown")),
    user=st.just("x"),
    display=st.just("X"),
    site_id=st.sampled_from((None, 1, 2)),
    apartment_id=st.sampled_from((None, 101, 102)),
    person_id=st.sampled_from((None, 7, 8)),
    barred=st.sampled_from(("", "disabled")),
)


@given(ACTORS, st.sampled_from((PUBLIC, PRIVATE, OFFICE)), st.booleans())
def test_whoever_is_allowed_is_a_sound_party_of_the_same_site(
    actor: Actor, door: DialAccount, in_call: bool
) -> None:
    decision = verdict(actor, door, in_call)

    assert decision.reason != ""
    if decision.allowed:
        assert (actor.site_id, actor.barred, in_call) == (1, "", True)
        assert actor.kind not in ("door", "unknown")
