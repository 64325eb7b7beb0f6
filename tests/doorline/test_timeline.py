"""The timeline of a call as lines: every kind of event, and names that misbehave."""

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from admin_api.resources.calls import CallFilter
from directory.database import open_database
from doorline.migrations import upgrade
from doorline.timeline import _OUTCOMES, _TEXTS, _WORDS, render
from relay.decision import DENIALS
from sipcore import b2bua, calls
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
from sipcore.b2bua.plan import Party, RingPlan, RingStage, SkippedTarget, Target
from sipcore.b2bua.release import ReleaseReason
from sipcore.calls.correspondence import NO_MESSAGE_TO_DOOR
from sipcore.calls.explain import REASONS
from sipcore.storage.call_queries import CallRecord, CallSummary, EventRecord, get_call
from sipcore.storage.call_records import SqlCallJournal
from tests.support.values import changed

DOOR = Party("door", "d1", "Main entrance", site_id=1)
MONITOR = Party("indoor", "m1", "Monitor 1001", site_id=1)
APP = Party("app", "a1", "Ann", site_id=1)
GUARD = Party("guard", "g1", "", site_id=1)
PLAN = RingPlan("indoor_then_app", DOOR, "1001", (), True, "Flat 1001", 5)
T = 1_800_000_000.0

VISIT: tuple[CallFact, ...] = (
    CallStarted("c1", T, "sip-1", PLAN),
    StageStarted("c1", T, 0, "indoor", 2),
    TargetSkipped("c1", T, 0, GUARD, "not_registered"),
    LegStarted("c1", T, 0, 0, MONITOR, "sip:m1@h"),
    LegStarted("c1", T, 0, 1, MONITOR, "sip:m1@i"),
    LegRang("c1", T + 0.1, 0, 180),
    LegRerouted("c1", T + 0.15, 1, 503, "Service Unavailable", "udp:192.0.2.2:5060"),
    LegFailed("c1", T + 0.2, 1, 486, "Busy Here"),
    LegReleased("c1", T + 30, 0, "stage_timeout"),
    StageEnded("c1", T + 30, 0, "timeout"),
    StageSkipped("c1", T + 30, 1, "guard", "not_registered"),
    StageStarted("c1", T + 30, 2, "app", 1),
    LegStarted("c1", T + 30, 2, 2, APP, "sip:a1@h"),
    LegAnswered("c1", T + 34, 2),
    CodeAnswered("c1", T + 36.1, DOOR, 200),
    CodeAnswered("c1", T + 36.2, DOOR, 415),
    CallEnded("c1", T + 40.5, "answered", "callee", "callee_hung_up", 200),
)

EVERYTHING: tuple[CallFact, ...] = (
    *VISIT,
    CallRefused("c2", T, "sip-2", DOOR, "9999", 404, "unknown_number", True),
    TargetWoken("c1", T + 30, 2, APP),
    WakeFailed("c1", T + 31, 2, APP, "dead_token"),
    KeyAwaited("c1", T + 32, 2),
    KeyPressed("c1", T + 33, 2, True),
    TransferStarted("c1", T + 38, "blind", APP, "7001"),
    TransferEnded("c1", T + 39, "blind", 486),
)
"""Facts of every kind."""


async def recorded(tmp_path: Path, facts: tuple[CallFact, ...]) -> CallRecord:
    path = tmp_path / "d.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    journal = SqlCallJournal(path, interval=0.0)
    for fact in facts:
        journal.record(fact)
        if isinstance(fact, LegAnswered) and fact.at == T + 34:
            door = {"by": "Ann", "relay": "Gate", "door": "Main entrance", "reason": "x"}
            journal.record_event("c1", T + 36, "door_digits", door | {"allowed": True})
            journal.record_event("c1", T + 37, "door_digits", door | {"allowed": False})
            burst = door | {"count": 3, "reason": "no_code", "forwarded": True}
            journal.record_event("c1", T + 37.2, "digits", burst)
            unread = burst | {"reason": "not_understood", "forwarded": False}
            journal.record_event("c1", T + 37.4, "digits", unread)
    assert journal.flush_and_close()
    database = open_database(f"sqlite+aiosqlite:///{path}")
    record = await get_call(database.engine, "c1", None)
    await database.close()
    assert record is not None
    return record


async def test_a_visit_is_told_from_the_button_to_the_end(tmp_path: Path) -> None:
    assert render(await recorded(tmp_path, VISIT)) == (
        "visit c1",
        "2027-01-15 08:00:00 UTC  Main entrance (door) dials 1001 (Flat 1001, indoor_then_app)",
        "",
        "   +0.000 s  Main entrance (door) presses 1001 (indoor_then_app)",
        "   +0.000 s  the plan: 0 stages",
        "   +0.000 s  stage 1 begins: indoor, 2 contacts",
        "   +0.000 s    g1 (guard) is left out: not registered",
        "   +0.000 s    Monitor 1001 (indoor) is called",
        "   +0.000 s    Monitor 1001 (indoor) is called",
        "   +0.100 s    Monitor 1001 (indoor) rings",
        "   +0.150 s    Monitor 1001 (indoor) is called again over udp:192.0.2.2:5060: "
        "503 Service Unavailable",
        "   +0.200 s    Monitor 1001 (indoor) fails: 486 Busy Here",
        "  +30.000 s    Monitor 1001 (indoor) is released: the ring time is over",
        "  +30.000 s  stage 1 ends: the ring time is over",
        "  +30.000 s  stage 2 is skipped: guard, not registered",
        "  +30.000 s  stage 3 begins: app, 1 contact",
        "  +30.000 s    Ann (app) is called",
        "  +34.000 s    Ann (app) answers",
        "  +36.000 s  Ann opens Gate of Main entrance: the code goes on to the door",
        "  +36.100 s  Main entrance (door) takes the code: 200",
        "  +36.200 s  Main entrance (door) does not take the code: 415 Unsupported Media Type",
        "  +37.000 s  Ann may not open Gate of Main entrance: x; code withheld",
        "  +37.200 s  Ann presses 3 keys that are no code of Main entrance",
        "  +37.400 s  Ann sends Main entrance something that cannot be read as digits; withheld",
        "  +40.500 s  over: answered (the called side hung up)",
        "",
        "answered, by Ann, talked 6.5 s, door opened by Ann",
    )


async def test_a_refused_visit_says_why(tmp_path: Path) -> None:
    refused = CallRefused("c1", T, "sip-1", DOOR, "9999", 404, "unknown_number", True)

    assert render(await recorded(tmp_path, (refused,)))[1:] == (
        "2027-01-15 08:00:00 UTC  Main entrance (door) dials 9999",
        "",
        "   +0.000 s  refused with 404: nothing in this site has that number",
        "",
        "refused",
    )


async def test_a_visit_that_was_cut_says_what_is_known_and_when_it_was_found(
    tmp_path: Path,
) -> None:
    upgrade(f"sqlite:///{tmp_path / 'd.db'}")
    journal = SqlCallJournal(tmp_path / "d.db", interval=0.0)
    for fact in (*VISIT[:4], VISIT[5]):
        journal.record(fact)
    journal.flush_and_close()
    journal.close_interrupted(T + 3600)

    lines = render(await recorded(tmp_path, ()))

    assert lines[-3:] == (
        "   +0.100 s  over: interrupted by the end of the server; this is the last that is known, "
        "found at the next start, 2027-01-15 09:00:00 UTC",
        "",
        "interrupted by the end of the server",
    )


UNREACHABLE = changed(
    PLAN,
    call_type="indoor_app_landline",
    stages=(
        RingStage("indoor", (), 30.0, (SkippedTarget(MONITOR, "not_registered"),)),
        RingStage("app", (), 20.0, (SkippedTarget(APP, "app_off"),)),
        RingStage(
            "landline+guard",
            (Target(GUARD, delay=5.0),),
            40.0,
            (SkippedTarget(Party("landline", "+44163296000\n1"), "landline_off"),),
        ),
    ),
    notes=("the site has no landline service",),
)


async def test_why_it_did_not_ring_stands_at_the_top(tmp_path: Path) -> None:
    lines = render(await recorded(tmp_path, (CallStarted("c1", T, "sip-1", UNREACHABLE),)))

    assert lines[3:-2] == (
        "   +0.000 s  Main entrance (door) presses 1001 (indoor_app_landline)",
        "   +0.000 s  the plan: 3 stages",
        "             1. indoor for 30 s: nobody",
        "                without Monitor 1001 (indoor): not registered",
        "             2. app for 20 s: nobody",
        f"                without Ann (app): {REASONS['app_off']}",
        "             3. landline+guard for 40 s: g1 (guard), after 5 s",
        "                without +44163296000\N{REPLACEMENT CHARACTER}1 (landline): "
        f"{REASONS['landline_off']}",
        "             (the site has no landline service)",
    )


def test_every_outcome_that_calls_are_filtered_by_has_its_words() -> None:
    outcomes, _ = get_args(CallFilter.model_fields["outcome"].annotation)

    assert set(get_args(outcomes)) == set(_OUTCOMES)


@pytest.mark.parametrize("reason", ReleaseReason)
def test_every_reason_to_release_a_leg_has_its_words(reason: ReleaseReason) -> None:
    assert reason.value in _WORDS


@pytest.mark.parametrize("reason", sorted({reason for _, reason in DENIALS if reason}))
def test_every_reason_to_keep_a_door_shut_has_its_words(reason: str) -> None:
    assert reason in _WORDS


def test_every_reason_that_ringing_and_planning_give_has_its_words() -> None:
    """Those are written where they happen, in quotation marks."""
    source = "".join(
        Path(b2bua.__file__).with_name(name).read_text(encoding="utf-8")
        for name in ("ringing.py", "forking.py")
    )
    given = set(re.findall(r'_end_stage\("(\w+)"', source))
    given |= set(re.findall(r'(?:reason = |return |else )"([a-z_]+)"', source))
    planned = set(re.findall(r'^[A-Z_]+ = "([a-z_]+)"$', _planning(), re.M))

    assert given >= {"timeout", "all_failed", "cancelled", "fork_limit", "nobody_reachable"}
    assert sorted((given | planned) - set(_WORDS) - set(REASONS) - {NO_MESSAGE_TO_DOOR}) == []


def _planning() -> str:
    return "\n".join(
        path.read_text(encoding="utf-8") for path in Path(calls.__file__).parent.glob("*.py")
    )


async def test_every_fact_is_told_in_a_sentence(tmp_path: Path) -> None:
    record = await recorded(tmp_path, EVERYTHING)

    assert {type(fact) for fact in EVERYTHING} == set(get_args(CallFact))
    assert set(_TEXTS) - {"refused"} == {event.kind for event in record.events}


async def test_a_visit_tells_of_keys_at_telephones_and_never_which(tmp_path: Path) -> None:
    phone = Party("landline", "+441632960001", "Flat 1001", is_account=False)
    facts = (
        VISIT[0],
        *(LegStarted("c1", T, 0, leg, phone, "sip:x") for leg in (1, 2, 3)),
        *(KeyAwaited("c1", T + 5, leg) for leg in (1, 2, 3)),
        KeyPressed("c1", T + 6, 1, False),
        LegFailed("c1", T + 6, 1, 603, "key_refused", True),
        LegFailed("c1", T + 25, 2, 408, "no_key"),
        KeyPressed("c1", T + 26, 3, True),
        LegAnswered("c1", T + 26, 3),
    )

    told = [line.strip() for line in render(await recorded(tmp_path, facts))]

    assert [
        line.partition("Flat 1001 (landline +441632960001)")[2].strip() for line in told[8:15]
    ] == [
        "is answered and waits for the key",
        "is answered and waits for the key",
        "is answered and waits for the key",
        ": another key is pressed",
        "declines: 603 declined by a key",
        "fails: 408 no key was pressed, as no mailbox presses one",
        ": the key is pressed",
    ]


async def test_what_happens_at_once_is_not_told_as_before_it_began(tmp_path: Path) -> None:
    begun = VISIT[0]
    assert isinstance(begun, CallStarted)
    between = CallStarted("c1", T + 4e-7, begun.sip_call_id, begun.plan)

    told = render(await recorded(tmp_path, (between, *VISIT[1:])))

    assert [line for line in told if "-0.000" in line] == []
    assert told[3].startswith("   +0.000 s")


async def test_a_visit_tells_who_was_woken_and_whom_no_push_has_reached(tmp_path: Path) -> None:
    facts = (
        VISIT[0],
        TargetWoken("c1", T, 0, APP),
        WakeFailed("c1", T + 0.5, 0, APP, "dead_token"),
    )

    assert render(await recorded(tmp_path, facts))[-4:-2] == (
        "   +0.000 s    Ann (app) is woken by a push",
        "   +0.500 s    Ann (app) cannot be woken: dead token",
    )


async def test_a_call_that_is_passed_on_says_by_whom_and_to_whom(tmp_path: Path) -> None:
    facts = (
        *VISIT[:-1],
        TransferStarted("c1", T + 38, "blind", APP, "7001"),
        LegStarted("c1", T + 38, 3, 3, GUARD, "sip:g1@h"),
        LegFailed("c1", T + 39, 3, 486, "Busy Here"),
        TransferEnded("c1", T + 39, "blind", 486),
        TransferStarted("c1", T + 41, "attended", APP, "g1"),
        LegStarted("c1", T + 41, 3, 4, GUARD, ""),
        LegAnswered("c1", T + 41, 4),
        TransferEnded("c1", T + 41, "attended", 200),
        CallEnded("c1", T + 50, "answered", "server", "session_expired", 200),
    )

    lines = render(await recorded(tmp_path, facts))

    at = next(index for index, line in enumerate(lines) if "passes" in line)
    assert lines[at:] == (
        "  +38.000 s  Ann (app) passes the call on to 7001",
        "  +38.000 s    g1 (guard) is called",
        "  +39.000 s    g1 (guard) fails: 486 Busy Here",
        "  +39.000 s  the call is not passed on: 486 Busy Here",
        "  +41.000 s  Ann (app) passes the call on to g1, having asked there first",
        "  +41.000 s    g1 (guard) comes in",
        "  +41.000 s    g1 (guard) takes the call",
        "  +41.000 s  the call is passed on",
        "  +50.000 s  over: answered (the session was not refreshed)",
        "",
        "answered, by Ann, talked 16.0 s, door opened by Ann",
    )


async def test_a_call_that_is_picked_up_names_who_took_whose_place(tmp_path: Path) -> None:
    facts = (
        *VISIT[:2],
        LegStarted("c1", T, 0, 1, MONITOR, "sip:m1@h"),
        TransferStarted("c1", T + 5, "pick_up", GUARD, "m1"),
        LegStarted("c1", T + 5, 0, 2, GUARD, ""),
        LegReleased("c1", T + 5, 1, "answered_elsewhere"),
        LegAnswered("c1", T + 5, 2),
        TransferEnded("c1", T + 5, "pick_up", 200),
        CallEnded("c1", T + 9, "answered", "server", "not_joined", 200),
    )

    lines = render(await recorded(tmp_path, facts))

    assert lines[-8:] == (
        "   +5.000 s  g1 (guard) takes the place of Monitor 1001 (indoor)",
        "   +5.000 s    g1 (guard) comes in",
        "   +5.000 s    Monitor 1001 (indoor) is released: answered elsewhere",
        "   +5.000 s    g1 (guard) takes the call",
        "   +5.000 s  the place is taken",
        "   +9.000 s  over: answered (the two phones found no common sound)",
        "",
        "answered, by g1, talked 4.0 s",
    )


async def test_who_takes_the_callers_place_is_told_with_the_callers_name(tmp_path: Path) -> None:
    facts = (*VISIT[:2], TransferStarted("c1", T + 5, "pick_up", GUARD, "d1"))

    told = render(await recorded(tmp_path, facts))

    assert told[-3] == "   +5.000 s  g1 (guard) takes the place of Main entrance (door)"


async def test_two_telephones_of_one_flat_are_told_apart(tmp_path: Path) -> None:
    phones = [
        Party("landline", f"+44163296000{number}", "Flat 1001", is_account=False)
        for number in (1, 2)
    ]
    ring = RingStage("landline", tuple(Target(phone, "north") for phone in phones), 40.0, ())
    facts = (
        CallStarted("c1", T, "sip-1", changed(PLAN, stages=(ring,))),
        LegStarted("c1", T, 0, 1, phones[0], "sip:+441632960001@north.test;user=phone"),
        LegStarted("c1", T, 0, 2, phones[1], "sip:+441632960002@south.test"),
        LegAnswered("c1", T + 5, 2),
        CallEnded("c1", T + 6, "answered", "callee", "callee_hung_up", 200),
    )

    lines = [line[13:].strip() for line in render(await recorded(tmp_path, facts))]

    assert lines[5:9] == [
        "1. landline for 40 s: Flat 1001 (landline +441632960001), through trunk north, "
        "Flat 1001 (landline +441632960002), through trunk north",
        "Flat 1001 (landline +441632960001) is called over north.test",
        "Flat 1001 (landline +441632960002) is called over south.test",
        "Flat 1001 (landline +441632960002) answers",
    ]
    assert "by Flat 1001 (landline +441632960002)" in render(await recorded(tmp_path, ()))[-1]


async def test_a_kind_that_the_household_has_none_of_is_named_alone(tmp_path: Path) -> None:
    nobody = Party("indoor", "")
    stage = RingStage("indoor", (), 30.0, (SkippedTarget(nobody, "none_configured"),))
    facts = (
        CallStarted("c1", T, "sip-1", changed(PLAN, stages=(stage,))),
        TargetSkipped("c1", T, 0, nobody, "none_configured"),
    )

    lines = [line[13:].strip() for line in render(await recorded(tmp_path, facts))]

    assert lines[5:8] == [
        "1. indoor for 30 s: nobody",
        "indoor: there is none",
        "indoor: there is none",
    ]


async def test_one_key_that_is_no_code_is_one_key(tmp_path: Path) -> None:
    record = await recorded(tmp_path, VISIT[:1])
    burst = {"by": "Ann", "door": "Gate", "reason": "no_code", "forwarded": True, "count": 1}
    events = (EventRecord(1, T + 1, "digits", burst),)

    told = render(replace(record, events=events))

    assert told[3] == "   +1.000 s  Ann presses a key that is no code of Gate"


async def test_what_the_guards_are_called_is_said_once(tmp_path: Path) -> None:
    plan = changed(PLAN, call_type="guard", dialled="0", callee="guard")
    told = render(await recorded(tmp_path, (CallStarted("c1", T, "sip-1", plan),)))

    assert told[1] == "2027-01-15 08:00:00 UTC  Main entrance (door) dials 0 (guard)"


async def test_a_phone_dials_and_a_door_is_pressed(tmp_path: Path) -> None:
    plan = changed(PLAN, caller=APP, call_type="direct", is_visit=False)
    lines = render(await recorded(tmp_path, (CallStarted("c1", T, "sip-1", plan),)))

    assert lines[3] == "   +0.000 s  Ann (app) dials 1001 (direct)"


async def test_an_open_call_is_going_on(tmp_path: Path) -> None:
    lines = render(await recorded(tmp_path, VISIT[:2]))

    assert lines[-1] == "the call is going on"


async def test_what_is_missing_or_new_in_a_record_does_not_break_the_timeline(
    tmp_path: Path,
) -> None:
    record = await recorded(tmp_path, VISIT[:1])
    events = (
        EventRecord(1, T + 1, "leg_rang", {"leg": 9, "status": 180}),
        EventRecord(2, T + 2, "video_started", {}),
    )

    assert render(replace(record, events=events))[3:5] == (
        "   +1.000 s    leg 9 rings",
        "   +2.000 s  video started",
    )


async def test_names_cannot_move_the_cursor(tmp_path: Path) -> None:
    record = await recorded(tmp_path, VISIT[:1])
    call: CallSummary = replace(record.call, caller_display="Evil\x1b[2J\r\n")

    assert render(replace(record, call=call))[1] == (
        "2027-01-15 08:00:00 UTC  Evil�[2J�� (door) dials 1001 (Flat 1001, indoor_then_app)"
    )
