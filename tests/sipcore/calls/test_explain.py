import json

import pytest

from sipcore.b2bua.plan import Party, RingPlan, RingStage, Target
from sipcore.b2bua.policy import STAGE, VISIT, RingPolicy
from sipcore.calls.explain import REASONS, as_values, describe, longest_ring, sentence
from tests.support.dial_site import residence
from tests.support.planning import plan, planner

SITE = residence("indoor_then_app_then_phone")
ONLINE = {"i1001", "g-2"}


def test_a_plan_is_told_line_by_line_with_everybody_in_or_out() -> None:
    assert describe(plan(SITE, "d-1", "1001", ONLINE)) == (
        "door d-1 \"D-1\" dials '1001': Flat 1001 (indoor_then_app_then_phone)",
        "the caller hears 180 at once",
        "stage 1: indoor, 30 s",
        '  in   indoor i1001 "I1001"',
        "stage 2: guard, 30 s",
        '  in   guard g-2 "G-2"',
        '  out  guard g-1 "G-1": not registered',
        "stage 3: app, skipped at once",
        '  out  app a1001 "A1001": not registered',
        "stage 4: landline, 45 s",
        '  in   landline +441632960001 "Flat 1001" through trunk pstn',
        '  in   landline +441632960002 "Flat 1001" through trunk pstn',
        "rings at most 105 s in all",
        "note: guard stage: after indoor (the type's default)",
    )


def test_whatever_a_plan_can_say_is_told_in_words() -> None:
    door, app, phone = (Party(kind, kind) for kind in ("door", "app", "landline"))
    stage = RingStage(
        "app+landline",
        (Target(app, delay=5.0, wakes=True), Target(phone, "pstn", confirms=True)),
        30.0,
    )
    policy = RingPolicy(STAGE, VISIT, 45.0, 183)

    assert describe(RingPlan("x", door, "1", (stage, stage), policy=policy, rounds=2)) == (
        "door door dials '1':  (x)",
        "the caller hears 183 at once",
        "round 1 of 2",
        "stage 1: app+landline, 30 s",
        "  in   app app, after 5 s, woken by a push",
        "  in   landline landline through trunk pstn, must press a key",
        "round 2 of 2",
        "stage 2: app+landline, 30 s",
        "  in   app app, after 5 s, woken by a push",
        "  in   landline landline through trunk pstn, must press a key",
        "rings at most 45 s in all (never longer than 45 s)",
        "a phone that declines ends the stage",
        "any other 6xx ends the visit",
    )


def test_a_refusal_says_why_and_what_to_do() -> None:
    assert describe(planner(SITE).simulate(1, "1001")) == (
        "door \"any door phone\" dials '1001'",
        "refused with 484 ambiguous_number: several buildings have an apartment of that number: "
        "dial building*apartment",
    )


def test_a_party_that_is_missing_altogether_is_a_line_too() -> None:
    assert describe(plan(SITE, "d-2", "2002", {"i2002"}))[2:5] == (
        "stage 1: app+indoor+guard, 30 s",
        '  in   indoor i2002 "I2002"',
        "  out  app: there is none",
    )


def test_a_plan_as_values_can_be_written_as_json() -> None:
    values = as_values(plan(SITE, "d-2", "2002", online=(), trunk=None))

    assert json.loads(json.dumps(values)) == values
    assert values == {
        "call_type": "app_and_indoor",
        "caller": {
            "kind": "door",
            "user": "d-2",
            "display": "D-2",
            "device_id": 53,
            "person_id": None,
            "apartment_id": None,
        },
        "dialled": "2002",
        "callee": "Flat 2002",
        "apartment_id": 202,
        "is_visit": True,
        "policy": {
            "declined": "leg",
            "global_failure": "leg",
            "longest_ring": None,
            "early_status": 180,
            "landline_key": "1",
        },
        "rounds": 1,
        "stages": [
            {
                "name": "app+indoor+guard",
                "timeout": 30.0,
                "targets": [],
                "skipped": [
                    _skipped("app", "", "none_configured", "there is none"),
                    _skipped("indoor", "i2002", "not_registered", "not registered"),
                    _skipped("guard", "g-1", "not_registered", "not registered"),
                    _skipped("guard", "g-2", "not_registered", "not registered"),
                ],
            }
        ],
        "notes": ["guard stage: with indoor (the type's default)"],
        "refusal": None,
    }


def test_a_refusal_as_values_has_the_same_keys() -> None:
    refused = as_values(plan(SITE, "d-1", "77"))

    assert set(refused) == set(as_values(plan(SITE, "d-1", "1001")))
    assert refused["refusal"] == {
        "status": 404,
        "reason": "unknown_number",
        "explanation": "nothing in this site has that number",
    }


def test_the_longest_ring_counts_only_stages_that_ring() -> None:
    answer = plan(SITE, "d-1", "1001", ONLINE)

    assert not hasattr(answer, "status")
    assert longest_ring(answer) == 30.0 + 30.0 + 45.0


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_each_reason_has_a_sentence(reason: str) -> None:
    assert sentence(reason) == REASONS[reason]


def test_a_reason_of_another_version_is_shown_in_plain_words() -> None:
    assert sentence("full_moon") == "full moon"


def _skipped(kind: str, user: str, reason: str, explanation: str) -> dict[str, object]:
    apartment_id = 202 if kind == "indoor" else None
    device_id = {"i2002": 63, "g-1": 55, "g-2": 56}.get(user)
    return {
        "kind": kind,
        "user": user,
        "display": user.upper(),
        "device_id": device_id,
        "person_id": None,
        "apartment_id": apartment_id,
        "reason": reason,
        "explanation": explanation,
    }
