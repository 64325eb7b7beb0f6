"""Stages of a recorded call, put together from its timeline and its legs (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from admin_api.rows import CallDetail, EventRow, LegRow
from admin_api.schemas.records import CallLeg, CallStage, Party, SkippedParty, TimelineEntry


@dataclass(slots=True)
class _Stage:
    """What is known of a stage so far."""

    name: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    outcome: str | None = None
    reason: str | None = None
    legs: list[CallLeg] = field(default_factory=list)
    skipped: list[SkippedParty] = field(default_factory=list)
    woken: list[Party] = field(default_factory=list)


def stages_of(detail: CallDetail) -> tuple[CallStage, ...]:
    """Every stage in order: what it was, who was rung or left out, and how it ended."""
    stages: dict[int, _Stage] = {}
    for event in detail.events:
        number = event.detail.get("stage")
        if isinstance(number, int):
            _note(stages.setdefault(number, _Stage()), event)
    for leg in detail.legs:
        stage = stages.setdefault(leg.stage, _Stage(started_at=leg.started_at))
        stage.legs.append(_leg(leg))
        if leg.answered_at is not None:
            stage.outcome, stage.ended_at = "answered", leg.answered_at
    return tuple(_shown(number, stages[number], detail) for number in sorted(stages))


def timeline_of(detail: CallDetail) -> tuple[TimelineEntry, ...]:
    """The events with their distance from the start of the call."""
    started_at = detail.call.started_at
    return tuple(
        TimelineEntry(
            at=event.at,
            after=round(event.at - started_at, 3),
            kind=event.kind,
            detail=dict(event.detail),
        )
        for event in detail.events
    )


def _note(stage: _Stage, event: EventRow) -> None:
    """Write one event into its stage; events of other kinds say nothing about the stage itself."""
    match event.kind:
        case "stage_started":
            stage.name = _text(event.detail, "name")
            stage.started_at = event.at
        case "stage_skipped":
            stage.name = _text(event.detail, "name")
            stage.outcome, stage.ended_at = "skipped", event.at
            stage.reason = _text(event.detail, "reason")
        case "stage_ended":
            stage.outcome, stage.ended_at = _text(event.detail, "reason"), event.at
        case "target_woken":
            stage.woken.append(_party(event.detail))
        case "target_skipped" | "wake_failed":
            stage.skipped.append(
                SkippedParty(party=_party(event.detail), reason=_text(event.detail, "reason"))
            )


def _shown(number: int, stage: _Stage, detail: CallDetail) -> CallStage:
    """A stage that no event ended ended with the call."""
    outcome = stage.outcome or ("ringing" if detail.call.ended_at is None else "cancelled")
    return CallStage(
        stage=number,
        name=stage.name,
        started_at=stage.started_at,
        ended_at=stage.ended_at or detail.call.ended_at,
        outcome=outcome,
        reason=stage.reason,
        legs=tuple(stage.legs),
        skipped=tuple(stage.skipped),
        woken=tuple(stage.woken),
    )


def _leg(row: LegRow) -> CallLeg:
    return CallLeg(
        leg=row.leg,
        stage=row.stage,
        party=Party(kind=row.kind, user=row.user, display=row.display),
        contact=row.contact,
        started_at=row.started_at,
        rang_at=row.rang_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        status=row.status,
        outcome=row.outcome,
        reason=row.reason,
        device_id=row.device_id,
        person_id=row.person_id,
        sip_call_id=row.sip_call_id or None,
    )


def _party(detail: Mapping[str, object]) -> Party:
    """The party of an event, nested under `party` or spelled out beside the other members."""
    nested = detail.get("party")
    source = nested if isinstance(nested, Mapping) else detail
    return Party(
        kind=_text(source, "kind"), user=_text(source, "user"), display=_text(source, "display")
    )


def _text(detail: Mapping[str, object], name: str) -> str:
    value = detail.get(name)
    return value if isinstance(value, str) else ""
