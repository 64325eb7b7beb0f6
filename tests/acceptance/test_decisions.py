"""Where the sources contradict each other or say nothing: what was decided (rows X and G)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from directory.kinds import CallType
from sipcore.b2bua.plan import RingPlan
from sipcore.b2bua.policy import RingPolicy
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.admin_api.api import WholeApi, whole_api
from tests.support.dial_site import residence
from tests.support.peers import invite, reply
from tests.support.planning import left_out, plan, refusal, ringing
from tests.support.wire import DOOR, Wire, requests, responses, stage

MONITOR, APP = (Flow("UDP", 0, f"192.0.2.{host}", 5060) for host in (11, 12))
CONTACTS = {"i1001": [MONITOR], "a1001": [APP]}
WITH_GUARD = {**CONTACTS, "g-1": [Flow("UDP", 0, "192.0.2.13", 5060)]}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[WholeApi]:
    """The real application with the server's own memory of the estates."""
    async with whole_api(tmp_path) as running:
        yield running


# --- X02: guard phones ----------------------------------------------------------------------------


@pytest.mark.feature("X02")
def test_where_there_is_a_backup_guards_ring_after_the_monitor_else_with_it() -> None:
    """Left alone, guards have a stage of their own in types with a backup, else the monitor's."""
    stages = {
        str(call_type): [name for name, _ in ringing(plan(residence(call_type), "d-1", "1001"))]
        for call_type in CallType
    }

    assert stages == {
        "app_and_indoor": ["app+indoor+guard"],
        "phone_and_indoor": ["landline+indoor+guard"],
        "app_and_indoor_then_phone": ["app+indoor", "guard", "landline"],
        "indoor_then_app": ["indoor", "guard", "app"],
        "indoor_then_phone": ["indoor", "guard", "landline"],
        "indoor_then_app_then_phone": ["indoor", "guard", "app", "landline"],
        "indoor_only": ["indoor+guard"],
    }


# --- X11: landlines -------------------------------------------------------------------------------


@pytest.mark.feature("X11")
async def test_none_to_three_landlines_are_stored_and_all_of_them_ring(api: WholeApi) -> None:
    """0, 1 and 3 numbers of a person are what the telephone stage rings; a fourth is refused."""
    numbers = [f"+44163296000{digit}" for digit in range(1, 5)]
    await changed(api, f"/sites/{api.home.site}", country="GB", landline_enabled=True)
    await changed(api, f"/apartments/{api.home.apartment}", call_type="indoor_then_phone")
    person = {"first_name": "Ann", "apartment_id": api.home.apartment, "app_enabled": False}
    made = await api.ask("POST", f"/sites/{api.home.site}/people", body=person)
    path = f"/people/{made.json['id']}"
    rung = []
    for count in (0, 1, 3):
        await changed(api, path, landlines=numbers[:count])
        rung.append([user for user in await planned_users(api) if user in numbers])
    refused = await api.ask("PATCH", path, body={"landlines": numbers})

    assert rung == [[], numbers[:1], numbers[:3]]
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "landlines")


# --- G02: what counts as unanswered ---------------------------------------------------------------


@pytest.mark.feature("G02")
@pytest.mark.parametrize("status", [404, 408, 410, 480, 486, 488, 500, 503, 600, 603, 606])
def test_a_stage_in_which_nobody_is_left_is_followed_at_once(status: int) -> None:
    """Busy, declined, unknown, out of order: the next stage rings in the same moment."""
    wire = in_turn()
    (monitor,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    sent = wire.receive(reply(monitor, status, flow=MONITOR), MONITOR)

    assert rung_users(sent) == ["a1001"]


@pytest.mark.feature("G02")
def test_a_stage_nobody_answers_is_followed_when_its_time_is_over() -> None:
    """A phone that rings and one that says nothing at all are both unanswered after 30 seconds."""
    for says in (180, None):
        wire = in_turn()
        (monitor,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
        if says is not None:
            wire.receive(reply(monitor, says, flow=MONITOR), MONITOR)
        before, after = wire.advance(29.0), wire.advance(1.1)

        assert ("a1001" in rung_users(before), "a1001" in rung_users(after)) == (False, True)


@pytest.mark.feature("G02")
def test_who_is_not_registered_or_cannot_be_sent_to_takes_no_time() -> None:
    """Without a contact, or with a broken flow, the next stage rings with the press itself."""
    away = in_turn(contacts={"a1001": [APP]})
    cut = in_turn()
    cut.broken.add(MONITOR)
    planned = plan(residence("indoor_then_app", guard_stage="never"), "d-1", "1001", ["a1001"])

    assert [rung_users(wire.receive(invite(DOOR), DOOR)) for wire in (away, cut)] == [
        ["a1001"],
        ["a1001"],
    ]
    assert left_out(planned) == [("indoor", "i1001", "not_registered")]


@pytest.mark.feature("G02")
@pytest.mark.parametrize("status", [486, 603])
def test_a_decline_ends_its_own_leg_unless_the_site_says_more(status: int) -> None:
    """`leg` leaves the others alone, `stage` rings the next ones, `visit` ends it all."""
    found = {}
    for scope in ("leg", "stage", "visit"):
        wire = Wire(stage("both", "i1001", "a1001"), stage("later", "g-1"), contacts=WITH_GUARD)
        wire.planner.policy = RingPolicy(declined=scope)
        monitor, app = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
        for leg, flow in ((monitor, MONITOR), (app, APP)):
            wire.receive(reply(leg, 180, flow=flow), flow)
        sent = wire.receive(reply(app, status, flow=APP), APP)
        finals = [answer.status for answer in responses(sent) if answer.status >= 200]
        found[scope] = (len(requests(sent, b"CANCEL")), rung_users(sent), finals)

    assert found == {"leg": (0, [], []), "stage": (1, ["g-1"], []), "visit": (1, [], [status])}


# --- G08: apartments of several buildings ---------------------------------------------------------


@pytest.mark.feature("G08")
@pytest.mark.parametrize(
    ("door", "dialled", "users"),
    [
        ("d-1", "1001", ["a1001", "i1001"]),
        ("d-2", "1001", ["a2001", "i2001"]),
        ("d-gate", "1*1001", ["a1001", "i1001"]),
        ("d-gate", "1#1001", ["a1001", "i1001"]),
        ("d-gate", "Tower B*1001", ["a2001", "i2001"]),
        ("d-1", "Tower B#1001", ["a2001", "i2001"]),
        ("d-1", "2002", ["i2002"]),
    ],
)
def test_a_flat_is_site_building_and_number(door: str, dialled: str, users: list[str]) -> None:
    """The same number in two buildings: the door's own one, or the one that is named before it."""
    stages = ringing(plan(residence(guard_stage="never"), door, dialled))

    assert sorted(user for _name, rung in stages for user in rung) == users


@pytest.mark.feature("G08")
def test_at_the_gate_a_number_that_two_buildings_have_rings_nobody() -> None:
    """484 `ambiguous_number` rather than the wrong flat."""
    assert refusal(plan(residence(), "d-gate", "1001")) == (484, "ambiguous_number")


# --- G09: quiet hours and the clock ---------------------------------------------------------------


@pytest.mark.feature("G09")
@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        ("2026-10-24T20:59:00Z", False),  # 21:59 in summer
        ("2026-10-24T21:00:00Z", True),  # 22:00
        ("2026-10-25T00:30:00Z", True),  # 01:30, the first time
        ("2026-10-25T01:30:00Z", True),  # 01:30 again
        ("2026-10-25T06:59:00Z", True),  # 06:59 in winter; in summer it would be over
        ("2026-10-25T07:00:00Z", False),
        ("2026-03-29T05:59:00Z", True),  # 06:59 on the first day of summer
        ("2026-03-29T06:00:00Z", False),  # 07:00; in winter it would be 06:00
    ],
)
async def test_quiet_hours_follow_the_clock_on_the_wall_when_it_changes(
    api: WholeApi, at: str, is_quiet: bool
) -> None:
    """22:00 to 07:00 in London is nine hours, ten when the clock goes back, eight when forward."""
    await changed(api, f"/sites/{api.home.site}", timezone="Europe/London")
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    night = {"days": days, "start": "22:00", "end": "07:00"}
    await changed(api, f"/apartments/{api.home.apartment}/quiet-hours", windows=[night])
    shown = await planned(api, at=at)

    reasons = [skipped["reason"] for one in shown["stages"] for skipped in one["skipped"]]
    assert reasons == ["quiet_hours"] * (2 if is_quiet else 0)


def in_turn(contacts: dict[str, list[Flow]] | None = None) -> Wire:
    """Apartment 1001 whose monitor rings first and whose app rings second, on a wire."""
    answer = plan(residence("indoor_then_app", guard_stage="never"), "d-1", "1001")
    assert isinstance(answer, RingPlan)
    return Wire(*answer.stages, contacts=CONTACTS if contacts is None else contacts)


def rung_users(sent: list[tuple[Request | Response, Flow]]) -> list[str]:
    """Users whose INVITE has just left."""
    return [message.request_uri.decoded_user for message in requests(sent, b"INVITE")]


async def changed(api: WholeApi, path: str, **body: object) -> None:
    """An edit that is taken."""
    answer = await api.ask("PATCH", path, body=body)
    assert answer.status == 200, answer.text


async def planned(api: WholeApi, **query: str) -> dict[str, Any]:
    """What the next press does, as if everybody were reachable."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    path = f"/sites/{api.home.site}/call-plan?apartment=1001&assume_reachable=true{more}"
    shown: dict[str, Any] = (await api.ask("GET", path)).json
    return shown


async def planned_users(api: WholeApi) -> list[str]:
    """Accounts and numbers that ring, stage after stage."""
    stages = (await planned(api))["stages"]
    return [target["user"] for one in stages for target in one["targets"]]
