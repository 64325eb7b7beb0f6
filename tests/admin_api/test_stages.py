from typing import Any

from admin_api.rows import CallDetail, CallRow, EventRow, LegRow
from admin_api.schemas.records import CallLeg, CallStage, Party, SkippedParty, TimelineEntry
from admin_api.stages import stages_of, timeline_of
from tests.admin_api.records import call_row

MONITOR = Party(kind="indoor", user="2001", display="Hall")
APP = Party(kind="app", user="3001", display="Ann Lee")


def leg(number: int, stage: int, party: Party, **values: Any) -> LegRow:
    defaults: dict[str, Any] = {
        "contact": f"sip:{party.user}@10.0.0.1",
        "started_at": 100.0,
        "rang_at": None,
        "answered_at": None,
        "ended_at": None,
        "status": None,
        "outcome": None,
        "reason": None,
        "device_id": 4,
        "sip_call_id": "leg@us",
    }
    return LegRow(
        leg=number,
        stage=stage,
        kind=party.kind,
        user=party.user,
        display=party.display,
        **{**defaults, **values},
    )


def shown(row: LegRow) -> CallLeg:
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
        sip_call_id=row.sip_call_id,
    )


def event(seq: int, at: float, kind: str, **detail: object) -> EventRow:
    return EventRow(seq, at, kind, detail)


def detail(call: CallRow, legs: tuple[LegRow, ...], *events: EventRow) -> CallDetail:
    return CallDetail(call, None, legs, events)


def test_a_visit_shows_each_stage_with_its_legs_and_who_was_left_out() -> None:
    first = leg(1, 0, MONITOR, rang_at=101.0, ended_at=130.0, status=487, outcome="cancelled")
    second = leg(2, 1, APP, started_at=130.0, answered_at=135.0, ended_at=160.0, outcome="answered")
    visit = detail(
        call_row("v-1", started_at=100.0, ended_at=160.0),
        (first, second),
        event(1, 100.0, "stage_started", stage=0, name="indoor", legs=1),
        event(
            2,
            100.0,
            "target_skipped",
            stage=0,
            party={"kind": "guard", "user": "9", "display": "Desk"},
            reason="not_registered",
        ),
        event(3, 130.0, "stage_ended", stage=0, reason="timeout"),
        event(4, 130.0, "stage_started", stage=1, name="app", legs=1),
        event(5, 160.0, "stage_skipped", stage=2, name="landline", reason="landline_off"),
    )

    assert stages_of(visit) == (
        CallStage(
            stage=0,
            name="indoor",
            started_at=100.0,
            ended_at=130.0,
            outcome="timeout",
            reason=None,
            legs=(shown(first),),
            skipped=(
                SkippedParty(
                    party=Party(kind="guard", user="9", display="Desk"), reason="not_registered"
                ),
            ),
        ),
        CallStage(
            stage=1,
            name="app",
            started_at=130.0,
            ended_at=135.0,
            outcome="answered",
            reason=None,
            legs=(shown(second),),
            skipped=(),
        ),
        CallStage(
            stage=2,
            name="landline",
            started_at=None,
            ended_at=160.0,
            outcome="skipped",
            reason="landline_off",
            legs=(),
            skipped=(),
        ),
    )


def test_a_stage_in_which_the_call_ended_was_cancelled_with_it() -> None:
    call = call_row("v-1", started_at=100.0, ended_at=104.0)
    found = stages_of(detail(call, (), event(1, 100.0, "stage_started", stage=0, name="app")))

    assert [(stage.outcome, stage.ended_at) for stage in found] == [("cancelled", 104.0)]


def test_a_stage_of_an_open_call_is_ringing() -> None:
    call = call_row("v-1", started_at=100.0, ended_at=None)
    found = stages_of(detail(call, (), event(1, 100.0, "stage_started", stage=0, name="app")))

    assert [(stage.outcome, stage.ended_at) for stage in found] == [("ringing", None)]


def test_a_leg_without_events_still_shows_its_stage() -> None:
    row = leg(1, 0, APP)
    found = stages_of(detail(call_row("v-1", ended_at=None), (row,)))

    assert [(stage.stage, stage.started_at, stage.legs) for stage in found] == [
        (0, 100.0, (shown(row),))
    ]


def test_strange_details_of_events_do_no_harm() -> None:
    found = stages_of(
        detail(
            call_row("v-1"),
            (),
            event(1, 1.0, "stage_started", stage="x"),
            event(2, 1.0, "target_skipped", stage=0, party=7, reason=None),
            event(3, 1.0, "leg_rang", leg=1),
        )
    )

    assert [stage.skipped for stage in found] == [
        (SkippedParty(party=Party(kind="", user="", display=""), reason=""),)
    ]


def test_the_timeline_says_how_long_after_the_start_each_thing_happened() -> None:
    visit = detail(
        call_row("v-1", started_at=100.0),
        (),
        event(1, 100.0, "stage_started", stage=0),
        event(2, 103.2504, "door_digits", relay="Door"),
    )

    assert timeline_of(visit) == (
        TimelineEntry(at=100.0, after=0.0, kind="stage_started", detail={"stage": 0}),
        TimelineEntry(at=103.2504, after=3.25, kind="door_digits", detail={"relay": "Door"}),
    )


def test_a_stage_shows_who_was_woken_and_whom_no_push_reached() -> None:
    ann = {"kind": "app", "user": "2", "display": "Ann"}
    visit = detail(
        call_row("v-1", started_at=100.0, ended_at=120.0),
        (),
        event(1, 100.0, "stage_started", stage=0, name="app", legs=0),
        event(2, 100.0, "target_woken", stage=0, party=ann),
        event(3, 100.5, "wake_failed", stage=0, party=ann, reason="dead_token"),
        event(4, 100.5, "stage_ended", stage=0, reason="all_failed"),
    )

    (stage,) = stages_of(visit)

    assert stage.woken == (Party(kind="app", user="2", display="Ann"),)
    assert [(each.party.user, each.reason) for each in stage.skipped] == [("2", "dead_token")]
