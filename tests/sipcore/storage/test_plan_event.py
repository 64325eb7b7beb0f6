"""The plan of a call in short."""

import json

from sipcore.b2bua.plan import Party, RingPlan, RingStage, SkippedTarget, Target
from sipcore.storage.call_json import plan_json
from sipcore.storage.plan_event import planned
from tests.support.calls_on_record import APP, DOOR, MONITOR

MOBILE = Party("landline", "+441632960001", "Flat 1001", site_id=1)
STAGE = RingStage(
    "app+landline",
    (Target(APP, wakes=True), Target(MOBILE, "provider", delay=5.0, confirms=True)),
    30.0,
    (SkippedTarget(MONITOR, "not_registered"),),
)
PLAN = RingPlan("x", DOOR, "1001", (STAGE,), True, "1001", 11, notes=("a note",))


def test_it_says_who_is_rung_and_who_not_and_why() -> None:
    detail = planned(json.loads(plan_json(PLAN)))

    assert detail == {
        "stages": [
            {
                "number": 0,
                "name": "app+landline",
                "timeout": 30.0,
                "rings": [
                    {"kind": "app", "user": "2000000002", "display": "Ann", "wakes": True},
                    {
                        "kind": "landline",
                        "user": "+441632960001",
                        "display": "Flat 1001",
                        "trunk": "provider",
                        "delay": 5.0,
                        "confirms": True,
                    },
                ],
                "left_out": [
                    {
                        "kind": "indoor",
                        "user": "2000000001",
                        "display": "Kitchen",
                        "reason": "not_registered",
                    }
                ],
            }
        ],
        "notes": ["a note"],
    }


def test_a_plan_of_an_earlier_version_is_told_as_far_as_it_goes() -> None:
    assert planned({"stages": [{"name": "app", "targets": [{"party": {"user": "a"}}]}]}) == {
        "stages": [
            {
                "number": 0,
                "name": "app",
                "timeout": None,
                "rings": [{"kind": "", "user": "a", "display": ""}],
                "left_out": [],
            }
        ],
        "notes": [],
    }
