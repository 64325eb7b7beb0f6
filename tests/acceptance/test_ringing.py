"""How calls ring is data: settings, chains of operators, guards in order (sections D, G01, G02)."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from directory.queries.load import load_site
from directory.queries.stored_chains import chain_of
from directory.queries.stored_ringing import ringing_of
from sipcore.b2bua.facts import StageSkipped, StageStarted
from sipcore.b2bua.plan import Refusal, RingPlan
from tests.admin_api.api import WholeApi, whole_api
from tests.support.dial_site import account, residence, site_with
from tests.support.peers import invite
from tests.support.planning import plan, planner, ringing
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, sent_to

SLOW_APP = [
    {"members": [{"kind": "indoor"}, {"kind": "app", "delay": 8}], "ring_time": 25},
    {"members": [{"kind": "guard"}]},
]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[WholeApi]:
    """The real application with the server's own memory of the estates."""
    async with whole_api(tmp_path) as running:
        yield running


async def planned(api: WholeApi, dialled: str = "1001", **query: str) -> dict[str, Any]:
    """What the next press does, as if everybody were reachable."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    path = f"/sites/{api.home.site}/call-plan?apartment={dialled}&assume_reachable=true{more}"
    shown: dict[str, Any] = (await api.ask("GET", path)).json
    return shown


async def changed(api: WholeApi, path: str, **body: object) -> None:
    answer = await api.ask("PATCH", path, body=body)
    assert answer.status == 200, answer.text


@pytest.mark.feature("F077", "F086")
async def test_an_operators_chain_is_what_the_next_press_follows(api: WholeApi) -> None:
    """A chain made through the API, chosen by an apartment, rings its stages with its delays."""
    body = {"name": "slow_app", "stages": SLOW_APP, "guards": "listed"}
    made = await api.ask("POST", f"/sites/{api.home.site}/chains", body=body)
    await changed(api, f"/apartments/{api.home.apartment}", call_type="slow_app")
    shown = await planned(api)

    assert made.status == 201
    assert (shown["call_type"], [stage["name"] for stage in shown["stages"]]) == (
        "slow_app",
        ["indoor+app", "guard"],
    )
    assert shown["stages"][0]["timeout"] == 25.0
    assert {one["kind"]: one["delay"] for one in shown["stages"][0]["targets"]} == {
        "indoor": 0.0,
        "app": 8.0,
    }


@pytest.mark.feature("F077")
async def test_a_site_has_a_call_type_for_whoever_has_none(api: WholeApi) -> None:
    """An apartment without a call type follows the site's; its own goes before it."""
    before = (await planned(api))["call_type"]
    await changed(api, f"/sites/{api.home.site}", call_type="indoor_then_app_then_phone")
    followed = (await planned(api))["call_type"]
    await changed(api, f"/apartments/{api.home.apartment}", call_type="indoor_only")

    assert (before, followed, (await planned(api))["call_type"]) == (
        "app_and_indoor",
        "indoor_then_app_then_phone",
        "indoor_only",
    )


@pytest.mark.feature("F077")
async def test_a_chain_that_somebody_uses_is_not_deleted(api: WholeApi) -> None:
    """DELETE of a chain in use is 409 and names the apartment; unused it goes."""
    await changed(api, f"/apartments/{api.home.apartment}", call_type="night")
    refused = await api.ask("DELETE", f"/chains/{api.home.chain}")
    await changed(api, f"/apartments/{api.home.apartment}", call_type=None)

    assert (refused.status, "apartment 1001" in refused.text) == (409, True)
    assert (await api.ask("DELETE", f"/chains/{api.home.chain}")).status == 204


@pytest.mark.feature("F082", "F085", "X02")
async def test_an_apartment_decides_about_guard_phones_for_itself(api: WholeApi) -> None:
    """`guard_stage` of an apartment goes before the site's; null gives it back."""
    path = f"/apartments/{api.home.apartment}"
    await changed(api, f"/sites/{api.home.site}", guard_stage="never")
    names = []
    for choice in (None, "with_indoor", "after_indoor", "never"):
        await changed(api, path, guard_stage=choice)
        names.append([stage["name"] for stage in (await planned(api))["stages"]])

    assert names == [
        ["app+indoor"],
        ["app+indoor+guard"],
        ["app+indoor", "guard"],
        ["app+indoor"],
    ]


def test_guards_in_order_that_are_away_keep_their_turns() -> None:
    """`guard_order` = `in_order`: two are away when the button is pressed, one comes too late."""
    guards = tuple([account(f"g-{number}") for number in (1, 2, 3)])
    site = site_with((), guards=guards, guard_order="in_order")
    wire = Wire(contacts={"g-3": [MONITOR]})
    wire.planner.plan = planner(site, {"g-3"}).plan  # type: ignore[method-assign]
    wire.receive(invite(DOOR, "guard", user="d-1"), DOOR)
    stages = [fact for fact in wire.journal.facts if isinstance(fact, StageSkipped | StageStarted)]

    assert [(type(fact).__name__, fact.stage) for fact in stages] == [
        ("StageSkipped", 0),
        ("StageSkipped", 1),
        ("StageStarted", 2),
    ]
    assert requests(wire.register("g-1", APP), b"INVITE") == []


def test_a_guard_that_registers_before_its_turn_rings_in_it_and_not_earlier() -> None:
    guards = (account("g-1"), account("g-2"))
    site = site_with((), guards=guards, guard_order="in_order", stage_timeout=10.0)
    wire = Wire(contacts={"g-1": [MONITOR]})
    wire.planner.plan = planner(site, {"g-1"}).plan  # type: ignore[method-assign]
    wire.receive(invite(DOOR, "guard", user="d-1"), DOOR)

    assert requests(wire.register("g-2", APP), b"INVITE") == []
    assert sent_to(wire.advance(10.1), APP) == [(b"INVITE", b"INVITE")]


@pytest.mark.feature("F084", "G01")
async def test_ring_times_delays_rounds_and_the_cap_are_settings(api: WholeApi) -> None:
    """Seconds by kind, a delay inside a stage, two rounds under a cap: all of it is in the plan."""
    await changed(
        api,
        f"/sites/{api.home.site}",
        ring_times={"app": 20, "indoor": 40, "guard": 15},
        delays={"app": 5},
        guard_stage="after_indoor",
        rounds=2,
        longest_ring=100,
        early_status=183,
    )
    await changed(api, f"/apartments/{api.home.apartment}", ring_times={"indoor": 25})
    shown = await planned(api)

    assert [(stage["name"], stage["timeout"]) for stage in shown["stages"]] == [
        ("app+indoor", 25.0),
        ("guard", 15.0),
    ] * 2
    assert {one["kind"]: one["delay"] for one in shown["stages"][2]["targets"]} == {
        "app": 5.0,
        "indoor": 0.0,
    }
    assert (shown["rounds"], shown["policy"]) == (
        2,
        {
            "declined": "leg",
            "global_failure": "leg",
            "longest_ring": 100.0,
            "early_status": 183,
            "landline_key": "1",
        },
    )


@pytest.mark.feature("G04")
async def test_whether_telephones_confirm_is_a_setting_of_the_site_and_of_an_apartment(
    api: WholeApi,
) -> None:
    """`landline_confirms` (G04), shown in the plan; null gives it back to the site."""
    site, flat = f"/sites/{api.home.site}", f"/apartments/{api.home.apartment}"
    await changed(
        api,
        site,
        landline_enabled=True,
        landline_confirms=True,
        landline_key="5",
        call_type="phone_and_indoor",
    )
    refused = await api.ask("PATCH", site, body={"landline_key": "15"})
    shown = []
    for choice in (None, False):
        await changed(api, flat, landline_confirms=choice, call_type=None)
        plan_ = await planned(api)
        targets = [one for stage in plan_["stages"] for one in stage["targets"]]
        confirms = {one["confirms"] for one in targets if one["kind"] == "landline"}
        shown.append((plan_["policy"]["landline_key"], confirms))

    assert shown == [("5", {True}), ("5", {False})]
    assert (refused.status, refused.errors) == (
        422,
        [("landline_key", "must be one of 0 to 9, * and #")],
    )


@pytest.mark.feature("F084", "G01")
async def test_settings_that_contradict_each_other_are_not_saved(api: WholeApi) -> None:
    """A cap shorter than the first stage is 422 with the reason, for site, apartment and chain."""
    site, flat = f"/sites/{api.home.site}", f"/apartments/{api.home.apartment}"
    long = [{"members": [{"kind": "indoor"}], "ring_time": 120}]
    first = await api.ask("PATCH", site, body={"longest_ring": 20})
    await changed(api, site, longest_ring=60)
    second = await api.ask("PATCH", flat, body={"ring_times": {"indoor": 90}})
    third = await api.ask("POST", f"{site}/chains", body={"name": "long", "stages": long})

    assert [(answer.status, answer.errors) for answer in (first, second, third)] == [
        (422, [("longest_ring", "20 s is shorter than the first stage, which rings 30 s")]),
        (422, [("longest_ring", "60 s is shorter than the first stage, which rings 90 s")]),
        (
            422,
            [
                (
                    "longest_ring",
                    "chain long: 60 s is shorter than the first stage, which rings 120 s",
                )
            ],
        ),
    ]


GARBAGE = (
    'UPDATE chains SET stages = \'[{"members": [{"kind": "pigeon"}]}]\'',
    "UPDATE chains SET stages = 'no json at all'",
    "UPDATE chains SET name = 'renamed'",
    "UPDATE sites SET call_type = 'nobody', ring_times = '{', rounds = 'x', declined = ''",
    "UPDATE apartments SET call_type = 'telepathy', delays = '[1]', longest_ring = 'soon'",
)


@pytest.mark.feature("F077")
@pytest.mark.parametrize("statement", GARBAGE)
async def test_what_is_stored_wrongly_never_leaves_a_door_without_a_plan(
    api: WholeApi, statement: str
) -> None:
    """A broken or unknown chain rings the site's call type, or the monitors; the notes say so."""
    await changed(api, f"/sites/{api.home.site}", call_type="indoor_then_app")
    await changed(api, f"/apartments/{api.home.apartment}", call_type="night")
    async with api.directory.database.begin_write() as connection, connection.begin():
        await connection.execute(text(statement))
    answer = planning(await load_site(api.directory.database, api.home.site))

    assert isinstance(answer, RingPlan)
    assert answer.stages[0].targets
    assert any("planned as" in note or "passed over" in note for note in answer.notes)


@pytest.mark.feature("F081")
async def test_guard_phones_ring_one_after_the_other_where_the_site_wants_it(
    api: WholeApi,
) -> None:
    """`guard_order` = `in_order` gives each guard phone a stage, for guard calls and in chains."""
    desk = {"site_id": api.home.site, "kind": "guard", "display": "Gate house"}
    assert (await api.ask("POST", "/accounts", body=desk)).status == 201
    site = f"/sites/{api.home.site}"
    await changed(api, site, guard_stage="after_indoor")
    together = [len(stage["targets"]) for stage in (await planned(api, "guard"))["stages"]]
    await changed(api, site, guard_order="in_order")
    in_turn = [len(stage["targets"]) for stage in (await planned(api, "guard"))["stages"]]
    chain = [stage["name"] for stage in (await planned(api))["stages"]]

    assert (together, in_turn, chain) == ([2], [1, 1], ["app+indoor", "guard", "guard"])


@pytest.mark.feature("F004")
async def test_a_department_is_dialled_by_its_number(api: WholeApi) -> None:
    """A department with a number rings the phones of its people; a second one cannot have it."""
    path = f"/departments/{api.home.department}"
    await changed(api, path, number="300")
    await changed(api, f"/people/{api.home.employee}", app_enabled=True)
    shown = (
        await api.ask(
            "GET",
            f"/sites/{api.home.office}/call-plan?apartment=300&assume_reachable=true",
        )
    ).json
    body = {"site_id": api.home.office, "name": "Lab", "number": "300"}
    twice = await api.ask("POST", "/departments", body=body)

    assert (shown["call_type"], shown["callee"]) == ("department", "Sales")
    assert [one["kind"] for one in shown["stages"][0]["targets"]] == ["app"]
    assert (twice.status, [field for field, _ in twice.errors]) == (409, ["number"])


raw = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary()
rows = st.lists(raw, min_size=10, max_size=10)
leaves = st.none() | st.booleans() | st.integers(-9, 999) | st.text(max_size=8)
kinds = st.sampled_from(["app", "indoor", "guard", "landline", "person", "account", "pigeon"])
members = st.fixed_dictionaries({"kind": kinds | leaves}, optional={"delay": leaves, "id": leaves})
stages = st.lists(
    st.fixed_dictionaries(
        {"members": st.lists(members, max_size=4) | leaves}, optional={"ring_time": leaves}
    )
    | leaves,
    max_size=7,
)
stored = raw | stages.map(json.dumps)
names = st.sampled_from(["", "one", "two", "indoor_then_app", "phone_and_indoor", "telepathy"])


@pytest.mark.feature("F084")
@given(rows, rows, stored, stored, names, names, st.sampled_from(["d-1", "g-1", "i1002"]))
def test_any_stored_garbage_yields_a_plan(
    of_site: list[object],
    of_flat: list[object],
    one: object,
    two: object,
    site_type: str,
    flat_type: str,
    caller: str,
) -> None:
    """Whatever chains and settings hold, an apartment is rung in at least one stage."""
    plain = residence(flat_type)
    flat = replace(plain.owners["apartment:101"], ringing=ringing_of(of_flat))
    site = replace(
        plain,
        call_type=site_type,
        ringing=ringing_of(of_site),
        chains={
            name: chain_of(name, value, "site", plain.accounts.values())
            for name, value in (("one", one), ("two", two))
        },
        apartments={**plain.apartments, (10, "1001"): flat},
        owners={**plain.owners, flat.key: flat},
    )
    answer = plan(site, caller, "1*1001")

    assert isinstance(answer, RingPlan)
    assert answer.stages
    assert len(answer.stages) % answer.rounds == 0
    for stage in answer.stages:
        assert stage.timeout > 0
        assert all(0 <= target.delay < stage.timeout for target in stage.targets)
        assert not stage.targets or any(target.delay == 0 for target in stage.targets)
    a_round = answer.stages[: len(answer.stages) // answer.rounds]
    users = [user for _, users in ringing(replaced(answer, a_round)) for user in users]
    assert len(users) == len(set(users))


def replaced(answer: RingPlan, stages: tuple[Any, ...]) -> RingPlan:
    """The plan with other stages."""
    return RingPlan(answer.call_type, answer.caller, answer.dialled, stages)


def planning(site: Any) -> RingPlan | Refusal:
    """What the door at the gate does when everybody can be reached."""
    door = next(user for user, one in site.accounts.items() if one.kind == "door")
    return plan(site, door, "1001")
