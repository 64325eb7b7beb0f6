"""What the timeline says of facts: the same octets as from the standard library."""

import json
from typing import get_args

import pytest

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallRefused,
    CallStarted,
    CodeAnswered,
    KeyAwaited,
    KeyPressed,
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegRerouted,
    LegStarted,
    StageEnded,
    StageSkipped,
    StageStarted,
    TargetSkipped,
    TargetWoken,
    TransferEnded,
    TransferStarted,
    WakeFailed,
)
from sipcore.storage.fact_json import fact_json
from tests.support.calls_on_record import APP, DOOR, PLAN

ODD = 'T\u00fcr "1"\n'
ANN = {"kind": "app", "user": "2000000002", "display": "Ann"}
MAIN_DOOR = {"kind": "door", "user": "1000000001", "display": "Main Door"}
TOLD: list[tuple[CallFact, str, dict[str, object]]] = [
    (
        CallStarted("v", 1.0, "s", PLAN),
        "started",
        {"caller": MAIN_DOOR, "dialled": "1001", "call_type": "indoor_then_app"},
    ),
    (
        CallRefused("v", 1.0, "s", DOOR, ODD, 404, "unknown_number", True),
        "refused",
        {"dialled": ODD, "status": 404, "reason": "unknown_number"},
    ),
    (
        StageStarted("v", 1.0, 0, "app", 2),
        "stage_started",
        {"stage": 0, "name": "app", "legs": 2},
    ),
    (
        TargetSkipped("v", 1.0, 0, APP, "not_registered"),
        "target_skipped",
        {"stage": 0, "party": ANN, "reason": "not_registered"},
    ),
    (TargetWoken("v", 1.0, 0, APP), "target_woken", {"stage": 0, "party": ANN}),
    (
        WakeFailed("v", 1.0, 0, APP, ODD),
        "wake_failed",
        {"stage": 0, "party": ANN, "reason": ODD},
    ),
    (
        StageSkipped("v", 1.0, 1, "app", "nobody"),
        "stage_skipped",
        {"stage": 1, "name": "app", "reason": "nobody"},
    ),
    (CodeAnswered("v", 1.0, DOOR, 200), "code_answered", {"party": MAIN_DOOR, "status": 200}),
    (StageEnded("v", 1.0, 0, "timeout"), "stage_ended", {"stage": 0, "reason": "timeout"}),
    (
        LegStarted("v", 1.0, 0, 1, APP, ODD),
        "leg_started",
        {"leg": 1, "stage": 0, "party": ANN, "contact": ODD},
    ),
    (LegRang("v", 1.0, 1, 180, "tag"), "leg_rang", {"leg": 1, "status": 180}),
    (KeyAwaited("v", 1.0, 1), "key_awaited", {"leg": 1}),
    (KeyPressed("v", 1.0, 1, True), "key_pressed", {"leg": 1, "accepted": True}),
    (KeyPressed("v", 1.0, 1, False), "key_pressed", {"leg": 1, "accepted": False}),
    (LegAnswered("v", 1.0, 1, "tag"), "leg_answered", {"leg": 1}),
    (
        LegFailed("v", 1.0, 1, 486, ODD),
        "leg_failed",
        {"leg": 1, "status": 486, "reason": ODD},
    ),
    (
        LegFailed("v", 1.0, 1, 480, ODD, True),
        "leg_failed",
        {"leg": 1, "status": 480, "reason": ODD, "declined": True},
    ),
    (
        LegRerouted("v", 1.0, 1, 503, "down", "udp:h"),
        "leg_rerouted",
        {"leg": 1, "status": 503, "reason": "down", "to": "udp:h"},
    ),
    (
        LegReleased("v", 1.0, 1, "stage_timeout"),
        "leg_released",
        {"leg": 1, "reason": "stage_timeout"},
    ),
    (
        TransferStarted("v", 1.0, "blind", APP, "0"),
        "transfer_started",
        {"kind": "blind", "by": ANN, "target": "0"},
    ),
    (
        TransferEnded("v", 1.0, "blind", 200),
        "transfer_ended",
        {"kind": "blind", "status": 200},
    ),
    (
        CallEnded("v", 1.0, "missed", "server", "no_answer", 480),
        "ended",
        {"outcome": "missed", "by": "server", "reason": "no_answer", "status": 480},
    ),
]


@pytest.mark.parametrize(("fact", "kind", "detail"), TOLD)
def test_a_fact_is_told_by_its_kind_and_detail(
    fact: CallFact, kind: str, detail: dict[str, object]
) -> None:
    assert fact_json(fact) == f"{json.dumps(kind)}, {json.dumps(detail)}"


def test_every_fact_has_its_words() -> None:
    assert {type(fact) for fact, _, _ in TOLD} == set(get_args(CallFact))
