"""What the timeline says of each fact: its kind and its detail as JSON."""

from typing import assert_never

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
from sipcore.b2bua.plan import Party
from sipcore.storage.call_json import word


def fact_json(fact: CallFact) -> str:
    """`"kind", {detail}`, octet for octet as `json.dumps` would write both."""
    # The most frequent first.
    if isinstance(fact, LegStarted):
        return (
            f'"leg_started", {{"leg": {fact.leg}, "stage": {fact.stage}, '
            f'"party": {_named(fact.party)}, "contact": {word(fact.contact)}}}'
        )
    if isinstance(fact, LegRang):
        return f'"leg_rang", {{"leg": {fact.leg}, "status": {fact.status}}}'
    if isinstance(fact, LegReleased):
        return f'"leg_released", {{"leg": {fact.leg}, "reason": {word(fact.reason)}}}'
    if isinstance(fact, CallStarted):
        plan = fact.plan
        return (
            f'"started", {{"caller": {_named(plan.caller)}, '
            f'"dialled": {word(plan.dialled)}, "call_type": {word(plan.call_type)}}}'
        )
    if isinstance(fact, StageStarted):
        return (
            f'"stage_started", {{"stage": {fact.stage}, "name": {word(fact.name)}, '
            f'"legs": {fact.legs}}}'
        )
    if isinstance(fact, LegAnswered):
        return f'"leg_answered", {{"leg": {fact.leg}}}'
    if isinstance(fact, CallEnded):
        return (
            f'"ended", {{"outcome": {word(fact.outcome)}, "by": {word(fact.by)}, '
            f'"reason": {word(fact.reason)}, "status": {fact.status}}}'
        )
    return _rare(fact)


def _rare(
    fact: CallRefused
    | StageSkipped
    | StageEnded
    | TargetSkipped
    | TargetWoken
    | WakeFailed
    | LegFailed
    | LegRerouted
    | KeyAwaited
    | KeyPressed
    | CodeAnswered
    | TransferStarted
    | TransferEnded,
) -> str:
    if isinstance(fact, StageEnded):
        return f'"stage_ended", {{"stage": {fact.stage}, "reason": {word(fact.reason)}}}'
    if isinstance(fact, LegFailed):
        declined = ', "declined": true' if fact.declined else ""
        return (
            f'"leg_failed", {{"leg": {fact.leg}, "status": {fact.status}, '
            f'"reason": {word(fact.reason)}{declined}}}'
        )
    if isinstance(fact, CallRefused):
        return (
            f'"refused", {{"dialled": {word(fact.dialled)}, "status": {fact.status}, '
            f'"reason": {word(fact.reason)}}}'
        )
    if isinstance(fact, TargetSkipped):
        return (
            f'"target_skipped", {{"stage": {fact.stage}, "party": {_named(fact.party)}, '
            f'"reason": {word(fact.reason)}}}'
        )
    if isinstance(fact, TargetWoken):
        return f'"target_woken", {{"stage": {fact.stage}, "party": {_named(fact.party)}}}'
    if isinstance(fact, WakeFailed):
        return (
            f'"wake_failed", {{"stage": {fact.stage}, "party": {_named(fact.party)}, '
            f'"reason": {word(fact.reason)}}}'
        )
    if isinstance(fact, StageSkipped):
        return (
            f'"stage_skipped", {{"stage": {fact.stage}, "name": {word(fact.name)}, '
            f'"reason": {word(fact.reason)}}}'
        )
    if isinstance(fact, LegRerouted):
        return (
            f'"leg_rerouted", {{"leg": {fact.leg}, "status": {fact.status}, '
            f'"reason": {word(fact.reason)}, "to": {word(fact.to)}}}'
        )
    if isinstance(fact, KeyAwaited):
        return f'"key_awaited", {{"leg": {fact.leg}}}'
    if isinstance(fact, KeyPressed):
        accepted = "true" if fact.accepted else "false"
        return f'"key_pressed", {{"leg": {fact.leg}, "accepted": {accepted}}}'
    if isinstance(fact, CodeAnswered):
        return f'"code_answered", {{"party": {_named(fact.party)}, "status": {fact.status}}}'
    if isinstance(fact, TransferStarted):
        return (
            f'"transfer_started", {{"kind": {word(fact.kind)}, "by": {_named(fact.by)}, '
            f'"target": {word(fact.target)}}}'
        )
    if isinstance(fact, TransferEnded):
        return f'"transfer_ended", {{"kind": {word(fact.kind)}, "status": {fact.status}}}'
    assert_never(fact)


def _named(party: Party) -> str:
    return (
        f'{{"kind": {word(party.kind)}, "user": {word(party.user)}, '
        f'"display": {word(party.display)}}}'
    )
