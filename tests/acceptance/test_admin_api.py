"""What operators see and may do over HTTP (features sections A, B, C, D, E, F, H, L and N)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from admin_api.resources import OPERATIONS
from admin_api.roles import ROLE_TABLE
from directory.kinds import Role
from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    LegAnswered,
    LegReleased,
    LegStarted,
    StageStarted,
)
from sipcore.b2bua.plan import Party, RingPlan, RingStage, Target
from tests.admin_api.api import Api, WholeApi, running_api, whole_api
from tests.admin_api.lived import door_log_entry, write_door_log
from tests.admin_api.matrix import playable
from tests.admin_api.records import registration_row

TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[WholeApi]:
    """The real application with the server's own record of calls and memory of the estates."""
    async with whole_api(tmp_path) as running:
        yield running


@pytest.fixture
async def plain_api(tmp_path: Path) -> AsyncIterator[Api]:
    """The real application alone."""
    async with running_api(tmp_path) as running:
        yield running


# A. Roles and tenancy ----------------------------------------------------------------------------


@pytest.mark.feature("F001")
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_use_what_the_role_table_says(plain_api: Api, role: Role) -> None:
    """Each role (root, installer, property manager) on each operation: success, or 403."""
    got, wanted = {}, {}
    for sample in await playable(plain_api, role):
        operation = sample.operation
        answer = await plain_api.ask(
            operation.method,
            sample.url,
            by=role.value,
            body=sample.body,
            raw=sample.raw,
            headers=sample.headers,
        )
        got[operation.id] = answer.status
        wanted[operation.id] = operation.status if role in ROLE_TABLE[operation.id] else 403

    assert got == wanted
    assert len(got) == len(OPERATIONS)


@pytest.mark.feature("F013")
async def test_a_property_manager_sees_the_sites_an_installer_assigned(api: WholeApi) -> None:
    """Made by an installer, a manager sees no site; after the assignment exactly those assigned."""
    body = {"name": "pm.new", "role": "property_manager"}
    user = (await api.ask("POST", "/users", by="installer", body=body)).json["id"]
    made = await api.ask("POST", f"/users/{user}/tokens", by="installer", body={})
    headers = {"Authorization": f"Bearer {made.json['token']}"}

    before = await api.ask("GET", "/sites", by=None, headers=headers)
    assigned = {"site_ids": [api.home.office]}
    await api.ask("PATCH", f"/users/{user}", by="installer", body=assigned)
    after = await api.ask("GET", "/sites", by=None, headers=headers)

    assert (before.ids, after.ids) == ([], [api.home.office])


# B. Sites ----------------------------------------------------------------------------------------


@pytest.mark.feature("F032")
async def test_installers_set_up_buildings_and_managers_residents(api: WholeApi) -> None:
    """POST /buildings by a manager is 403, by an installer 201; residents are the manager's."""
    building = {"site_id": api.home.site, "name": "2"}
    resident = {"apartment_id": api.home.apartment, "first_name": "Tim"}

    by_manager = await api.ask("POST", "/buildings", by="property_manager", body=building)
    by_installer = await api.ask("POST", "/buildings", by="installer", body=building)
    person = await api.ask(
        "POST", f"/sites/{api.home.site}/people", by="property_manager", body=resident
    )

    assert (by_manager.status, by_installer.status, person.status) == (403, 201, 201)


@pytest.mark.feature("F033")
async def test_sites_are_made_changed_deleted_and_sorted_by_name(api: WholeApi) -> None:
    """Create, edit and delete an office; the list sorts by name both ways."""
    made = await api.ask("POST", "/sites", body={"name": "Ash House", "kind": "office"})
    path = f"/sites/{made.json['id']}"
    edited = await api.ask("PATCH", path, body={"name": "Zinc House"})
    up, down = await api.ask("GET", "/sites?sort=name"), await api.ask("GET", "/sites?sort=-name")
    deleted, gone = await api.ask("DELETE", path), await api.ask("GET", path)

    assert (made.status, edited.json["name"], deleted.status, gone.status) == (
        201,
        "Zinc House",
        204,
        404,
    )
    names = [item["name"] for item in up.json["items"]]
    assert names == ["Linden Court", "Linden Court", "Linden House", "Linden House", "Zinc House"]
    assert [item["name"] for item in down.json["items"]] == names[::-1]


@pytest.mark.feature("F034")
async def test_the_landline_switch_of_a_site_decides_over_its_telephone_stages(
    api: WholeApi,
) -> None:
    """Off: no telephone is a target and the plan says landline_off; on: the number is rung."""
    apartment = f"/apartments/{api.home.apartment}"
    await api.ask("PATCH", apartment, body={"call_type": "indoor_then_phone"})
    site = f"/sites/{api.home.site}"
    plan = f"{site}/call-plan?apartment=1001&assume_reachable=true"

    off = (await api.ask("GET", plan)).json["stages"][-1]
    await api.ask("PATCH", site, by="installer", body={"landline_enabled": True})
    on = (await api.ask("GET", plan)).json["stages"][-1]

    assert (off["targets"], [(s["user"], s["reason"]) for s in off["skipped"]]) == (
        [],
        [("+442079460001", "landline_off")],
    )
    assert ([(t["user"], t["trunk"]) for t in on["targets"]], on["skipped"]) == (
        [("+442079460001", "carrier")],
        [],
    )


@pytest.mark.feature("F035")
async def test_the_plan_of_a_site_is_set_once(api: WholeApi) -> None:
    """PATCH of the plan after creation is a conflict and changes nothing."""
    path = f"/sites/{api.home.site}"
    answer = await api.ask("PATCH", path, body={"plan": "premium", "city": "York"})

    assert (answer.status, [field for field, _ in answer.errors]) == (409, ["plan"])
    after = (await api.ask("GET", path)).json
    assert (after["plan"], after["city"]) == ("basic", "")


@pytest.mark.feature("F049")
async def test_a_manager_changes_name_and_address_of_a_site_only(api: WholeApi) -> None:
    """PATCH by a manager passes for name and address; any other field is 403."""
    path = f"/sites/{api.home.site}"
    allowed = {"name": "Linden Gardens", "street": "1 Elm Rd", "city": "York", "post_code": "Y1"}
    changed = await api.ask("PATCH", path, by="property_manager", body=allowed)
    before = (await api.ask("GET", path)).json

    assert {name: changed.json[name] for name in allowed} == allowed
    for field, value in {"timezone": "UTC", "landline_enabled": True, "country": "FR"}.items():
        body = {"city": "Leeds", field: value}
        assert (await api.ask("PATCH", path, by="property_manager", body=body)).status == 403
    assert (await api.ask("GET", path)).json == before


# C. Departments and office people ----------------------------------------------------------------


@pytest.mark.feature("F053", "F062")
async def test_floors_of_a_department_change_and_its_people_keep_theirs(api: WholeApi) -> None:
    """PATCH floors works; people who are there already are left as they are."""
    body = {"department_id": api.home.department, "first_name": "Eve"}
    person = await api.ask("POST", f"/sites/{api.home.office}/people", body=body)

    path = f"/departments/{api.home.department}"
    changed = await api.ask("PATCH", path, by="installer", body={"floors": ["7", "G1"]})
    after = await api.ask("GET", f"/people/{person.json['id']}")

    assert (person.json["floors"], changed.json["floors"], after.json["floors"]) == (
        ["1"],
        ["7", "G1"],
        ["1"],
    )


@pytest.mark.feature("F075")
async def test_people_of_an_office_are_searched_and_sorted_at_once(api: WholeApi) -> None:
    """Filters and sort orders (name, ID, time of creation) work together; edit and delete too."""
    made = []
    for name, external in (("Rae", "3"), ("Ray", "2"), ("Roy", "1")):
        body = {
            "department_id": api.home.department,
            "first_name": name,
            "last_name": name,
            "external_id": external,
        }
        answer = await api.ask("POST", f"/sites/{api.home.office}/people", body=body)
        made.append(answer.json["id"])
    rae, ray, roy = made
    start = f"/people?site_id={api.home.office}&kind=basic"

    found = {
        query: (await api.ask("GET", f"{start}&{query}")).ids
        for query in ("name=ra&sort=-first_name", "name=r&sort=id", "sort=-created_at&limit=2")
    }
    deleted = await api.ask("DELETE", f"/people/{roy}")

    assert found == {
        "name=ra&sort=-first_name": [ray, rae, api.home.employee],
        "name=r&sort=id": [api.home.employee, rae, ray, roy],
        "sort=-created_at&limit=2": [roy, ray],
    }
    assert (deleted.status, (await api.ask("GET", start)).ids.count(roy)) == (204, 0)


# D. Call types -----------------------------------------------------------------------------------


@pytest.mark.feature("F086")
async def test_a_managers_new_call_type_holds_for_the_very_next_call(api: WholeApi) -> None:
    """PATCH of the call type by a manager changes the plan of the next press, without a restart."""
    plan = f"/sites/{api.home.site}/call-plan?apartment=1001&assume_reachable=true"
    before = (await api.ask("GET", plan)).json

    changed = await api.ask(
        "PATCH",
        f"/apartments/{api.home.apartment}",
        by="property_manager",
        body={"call_type": "indoor_then_app"},
    )
    after = (await api.ask("GET", plan)).json

    assert (before["call_type"], [stage["name"] for stage in before["stages"]]) == (
        "app_and_indoor",
        ["app+indoor+guard"],
    )
    assert (changed.status, after["call_type"]) == (200, "indoor_then_app")
    kinds = [[target["kind"] for target in stage["targets"]] for stage in after["stages"]]
    assert (kinds[0], kinds[-1]) == (["indoor"], ["app"])


@pytest.mark.feature("F087")
async def test_the_call_mode_is_editable_per_apartment(api: WholeApi) -> None:
    """A manager switches one apartment between SIP and IP calls; others stay as they are."""
    body = {"building_id": api.home.building, "number": "1002"}
    other = (await api.ask("POST", "/apartments", by="installer", body=body)).json["id"]

    path = f"/apartments/{api.home.apartment}"
    changed = await api.ask("PATCH", path, by="property_manager", body={"call_mode": "ip"})
    wrong = await api.ask("PATCH", path, by="property_manager", body={"call_mode": "pots"})

    assert (changed.json["call_mode"], wrong.status) == ("ip", 422)
    assert (await api.ask("GET", f"/apartments/{other}")).json["call_mode"] == "sip"


# E. Devices --------------------------------------------------------------------------------------


@pytest.mark.feature("F106")
async def test_one_list_of_devices_serves_site_department_and_public_area(api: WholeApi) -> None:
    """The scope filter selects the level; search and sort by name and time work within it."""
    site = f"/sites/{api.home.office}/devices"
    place = {"department_id": api.home.department, "person_id": api.home.employee}
    ids = {}
    for name, body in {
        "Lobby": {},
        "Atrium": {},
        "Sales door": {"department_id": place["department_id"]},
        "Bob's desk": {"person_id": place["person_id"]},
    }.items():
        device_type = "indoor_monitor" if "person_id" in body else "single_tenant_door"
        answer = await api.ask("POST", site, body={"name": name, "type": device_type, **body})
        ids[name] = answer.json["id"]

    found = {
        query: (await api.ask("GET", f"/devices?site_id={api.home.office}&{query}")).ids
        for query in ("scope=site&sort=name", "scope=site&sort=-created_at", "scope=department", "")
    }

    assert found == {
        "scope=site&sort=name": [ids["Atrium"], ids["Lobby"]],
        "scope=site&sort=-created_at": [ids["Atrium"], ids["Lobby"]],
        "scope=department": [ids["Sales door"]],
        "": [ids["Atrium"], ids["Bob's desk"], ids["Lobby"], ids["Sales door"]],
    }


@pytest.mark.feature("F108")
async def test_a_device_shows_mac_place_type_and_whether_it_is_online(api: WholeApi) -> None:
    """Online follows the live registration, with the time it was last refreshed."""
    path = f"/devices/{api.home.monitor}"
    offline = (await api.ask("GET", path, by="property_manager")).json
    api.live.rows = [registration_row(api.home.monitor_user, updated_at=1_800_000_000.0)]
    online = (await api.ask("GET", path, by="property_manager")).json

    facts = ("mac", "building", "apartment", "type", "type_code")
    assert [online[name] for name in facts] == ["0C110500A002", "1", "1001", "indoor_monitor", 2]
    assert offline["presence"] == {"online": False, "contacts": 0, "seen_at": None}
    assert online["presence"] == {
        "online": True,
        "contacts": 1,
        "seen_at": "2027-01-15T08:00:00.000Z",
    }


# F, M. Relays and what a manager may set ---------------------------------------------------------


@pytest.mark.feature("F257")
async def test_a_manager_sets_exactly_what_residents_meet_at_a_device(api: WholeApi) -> None:
    """Contact display, name, monitoring; relay name, DTMF code, in-call opening: and no more."""
    device: dict[str, object] = {
        "name": "North gate",
        "contact_display": "endpoints",
        "monitor_allowed": False,
    }
    relay: dict[str, object] = {"name": "Gate", "dtmf_code": "77", "in_call": False}
    cases: dict[str, tuple[dict[str, object], dict[str, object]]] = {
        f"/devices/{api.home.gate}": (
            device,
            {
                "mac": None,
                "vendor": "fanvil",
                "model": "R20A",
                "transport": "tcp",
                "call_number": "0",
                "scope": "building",
                "building_id": api.home.building,
            },
        ),
        f"/relays/{api.home.relay}": (relay, {"hold_seconds": 9}),
    }

    for path, (allowed, refused) in cases.items():
        changed = await api.ask("PATCH", path, by="property_manager", body=allowed)
        assert {name: changed.json[name] for name in allowed} == allowed
        for field, value in refused.items():
            answer = await api.ask("PATCH", path, by="property_manager", body={field: value})
            assert answer.status == 403, field


# H. Residents ------------------------------------------------------------------------------------


@pytest.mark.feature("F168")
async def test_a_manager_resets_the_password_of_an_app(api: WholeApi) -> None:
    """The new password is shown once; the registrar's credential changes at once."""
    person = (await api.ask("GET", f"/people/{api.home.person}")).json
    path = f"/accounts/{person['app_account_id']}"
    user = (await api.ask("GET", path)).json["user"]
    credential = api.credentials.find(user)
    assert credential is not None
    before = credential.ha1("SHA-256")

    reset = await api.ask("POST", f"{path}/reset-password", by="property_manager")

    renewed = api.credentials.find(user)
    assert renewed is not None
    assert (reset.status, reset.json["user"], len(reset.json["password"])) == (200, user, 20)
    assert renewed.ha1("SHA-256") != before


@pytest.mark.feature("F169")
async def test_account_status_and_app_status_are_two_things(api: WholeApi) -> None:
    """`active` follows the operator, the app's presence follows the live registration."""
    path = f"/people/{api.home.person}"
    person = (await api.ask("GET", path)).json
    user = (await api.ask("GET", f"/accounts/{person['app_account_id']}")).json["user"]

    seen = []
    for active, rows in ((True, []), (True, [registration_row(user)]), (False, api.live.rows)):
        api.live.rows = rows
        shown = (await api.ask("PATCH", path, body={"active": active})).json
        seen.append((shown["active"], shown["app_presence"]["online"]))

    assert seen == [(True, False), (True, True), (False, False)]


@pytest.mark.feature("F172")
async def test_a_manager_deletes_people_only_where_the_installer_permits(api: WholeApi) -> None:
    """Without the site's permission 403, with it 204."""
    path = f"/people/{api.home.person}"
    refused = await api.ask("DELETE", path, by="property_manager")
    await api.ask(
        "PATCH", f"/sites/{api.home.site}", by="installer", body={"people_deletable": True}
    )
    permitted = await api.ask("DELETE", path, by="property_manager")

    assert (refused.status, permitted.status) == (403, 204)


@pytest.mark.feature("F173")
async def test_apartments_are_found_from_the_building_down(api: WholeApi) -> None:
    """By building, number or part of the name; with counts of residents, devices and call type."""
    await api.ask("PATCH", f"/apartments/{api.home.apartment}", body={"name": "Garden flat"})
    start = f"/buildings/{api.home.building}/apartments"

    for query in ("", "?number=1001", "?name=garden"):
        (found,) = (await api.ask("GET", start + query, by="property_manager")).json["items"]
        assert (found["number"], found["people"], found["devices"], found["call_type"]) == (
            "1001",
            1,
            1,
            "app_and_indoor",
        )


# L. MAC library ----------------------------------------------------------------------------------


@pytest.mark.feature("F234")
async def test_a_mac_is_added_by_hand_once(api: WholeApi) -> None:
    """A second time is 409, with the holding site where the asker sees it."""
    path, body = f"/sites/{api.home.site}/macs", {"mac": "0C:11:05:00:F0:01"}
    added = await api.ask("POST", path, by="installer", body=body)
    again = await api.ask("POST", path, by="installer", body=body)
    foreign = await api.ask("POST", path, by="installer", body={"mac": "0C110500B003"})

    assert (added.status, added.json["mac"]) == (201, "0C110500F001")
    assert (again.status, again.errors) == (
        409,
        [("mac", "the library of site Linden Court has this MAC")],
    )
    assert (foreign.status, foreign.errors) == (
        409,
        [("mac", "a library of this server has this MAC")],
    )


@pytest.mark.feature("F231", "F235")
async def test_a_file_of_macs_is_imported_line_by_line(api: WholeApi) -> None:
    """One MAC a line: a bad line is reported with its number, good lines are kept."""
    raw = b"0C110500F001\n0C-11-05-00-F0-02\nnot a mac\n\n0C110500A001\n0c110500f003\n"
    answer = await api.ask(
        "POST", f"/sites/{api.home.site}/macs/import", by="installer", raw=raw, headers=TEXT
    )

    assert [item["mac"] for item in answer.json["added"]] == [
        "0C110500F001",
        "0C110500F002",
        "0C110500F003",
    ]
    assert [bad["line"] for bad in answer.json["bad_lines"]] == [3, 5]
    assert len((await api.ask("GET", "/macs?mac=0C110500F0")).ids) == 3


@pytest.mark.feature("F236")
async def test_the_library_is_searched_by_mac_and_by_use(api: WholeApi) -> None:
    """Part of a MAC in any spelling finds entries; `bound` tells those in use from free ones."""
    path = f"/sites/{api.home.site}/macs"
    found = {
        query: [item["mac"] for item in (await api.ask("GET", f"{path}?{query}")).json["items"]]
        for query in ("bound=true", "bound=false", "mac=a0:02", "mac=A0&bound=false")
    }

    assert found == {
        "bound=true": ["0C110500A001", "0C110500A002"],
        "bound=false": ["0C110500A003"],
        "mac=a0:02": ["0C110500A002"],
        "mac=A0&bound=false": ["0C110500A003"],
    }


@pytest.mark.feature("F237")
async def test_a_mac_in_use_stays_in_the_library(api: WholeApi) -> None:
    """DELETE of a bound MAC is 409; of a free one 204."""
    bound = await api.ask("DELETE", f"/macs/{api.home.bound_mac}", by="installer")
    free = await api.ask("DELETE", f"/macs/{api.home.free_mac}", by="installer")

    assert (bound.status, free.status) == (409, 204)


# N. Logs and records -----------------------------------------------------------------------------


@pytest.mark.feature("F265")
async def test_the_door_log_is_filtered_by_kind_of_row(api: WholeApi) -> None:
    """Four filters: all, call, door_release, door_close."""
    kinds = ("call", "door_release", "door_close")
    await write_door_log(api, *(door_log_entry(api.home, log_type=kind) for kind in kinds))

    found = {
        kind: (await api.ask("GET", f"/door-log?sort=id&log_type={kind}")).ids
        for kind in ("all", *kinds)
    }

    assert found == {"all": [1, 2, 3], "call": [1], "door_release": [2], "door_close": [3]}


@pytest.mark.feature("F266")
async def test_filters_of_the_door_log_narrow_it_together(api: WholeApi) -> None:
    """Time range, building, device name, initiated by, apartment and action at once."""
    wanted = door_log_entry(api.home)
    others = [
        door_log_entry(api.home, at=50.0),
        door_log_entry(api.home, at=200.0),
        door_log_entry(api.home, building_id=api.foreign.building),
        door_log_entry(api.home, device_name="Back door"),
        door_log_entry(api.home, initiated_by="Bob Ray"),
        door_log_entry(api.home, apartment_id=api.foreign.apartment),
        door_log_entry(api.home, action="close"),
        door_log_entry(api.foreign),
    ]
    await write_door_log(api, *others, wanted)

    answer = await api.ask(
        "GET",
        "/door-log?from=1970-01-01T00:01:00Z&to=1970-01-01T00:02:00Z"
        f"&building_id={api.home.building}&device_name=GATE&initiated_by=ann"
        f"&apartment_id={api.home.apartment}&action=open",
        by="property_manager",
    )

    assert answer.ids == [len(others) + 1]


@pytest.mark.feature("F267")
async def test_a_row_of_the_door_log_has_all_ten_columns(api: WholeApi) -> None:
    """Happened on, building, device, initiated by, apartment, type, action, key, response,
    capture."""
    await write_door_log(api, door_log_entry(api.home, capture="pictures/1.jpg"))
    (row,) = (await api.ask("GET", "/door-log", by="property_manager")).json["items"]

    columns = (
        "happened_at",
        "building",
        "device_name",
        "initiated_by",
        "apartment",
        "log_type",
        "action",
        "key",
        "response",
        "capture",
    )
    assert [row[name] for name in columns] == [
        "1970-01-01T00:01:40.000Z",
        "1",
        "Main gate",
        "Ann Lee",
        "1001",
        "door_release",
        "open",
        "dtmf",
        "allowed",
        "pictures/1.jpg",
    ]


def visit(api: WholeApi, call_id: str, at: float, door: str = "Main gate") -> list[CallFact]:
    """A visit of a minute: the monitor rang, Ann's app answered after ten seconds."""
    estate = api.home
    caller = Party("door", estate.gate_user, door, estate.site, estate.gate)
    monitor = Party("indoor", estate.monitor_user, "Hall", estate.site)
    app = Party("app", "3001", "Ann Lee", estate.site)
    stage = RingStage("app+indoor", (Target(monitor), Target(app)), 30.0)
    plan = RingPlan(
        "app_and_indoor", caller, "1001", (stage,), True, "1001", apartment_id=estate.apartment
    )
    return [
        CallStarted(call_id, at, f"{call_id}@door", plan),
        StageStarted(call_id, at, 0, "app+indoor", 2),
        LegStarted(call_id, at, 0, 1, monitor, "sip:hall@10.0.0.2"),
        LegStarted(call_id, at, 0, 2, app, "sip:ann@10.0.0.3"),
        LegAnswered(call_id, at + 10.0, 2),
        LegReleased(call_id, at + 10.0, 1, "answered_elsewhere"),
        CallEnded(call_id, at + 60.0, "answered", "callee", "bye", 0),
    ]


def write(api: WholeApi, *calls: list[CallFact]) -> None:
    """Have the server's own journal store the facts."""
    for facts in calls:
        for fact in facts:
            api.journal.record(fact)
    assert api.journal.flush_and_close()


@pytest.mark.feature("F271")
async def test_the_call_history_shows_when_who_whom_and_how_long(api: WholeApi) -> None:
    """Happened on, caller, receiver, and the duration from the answer to the end."""
    write(api, visit(api, "v-1", 100.0))
    (call,) = (await api.ask("GET", "/calls", by="property_manager")).json["items"]

    assert (call["started_at"], call["caller"]["display"], call["receiver"], call["duration"]) == (
        "1970-01-01T00:01:40.000Z",
        "Main gate",
        "1001",
        50.0,
    )


@pytest.mark.feature("F272")
async def test_all_legs_of_a_call_are_one_row_that_opens_up(api: WholeApi) -> None:
    """The list has one row a call; the call itself shows each leg with its own outcome."""
    write(api, visit(api, "v-1", 100.0))
    listed = await api.ask("GET", "/calls", by="property_manager")
    opened = (await api.ask("GET", "/visits/v-1", by="property_manager")).json

    assert (listed.ids, opened["answered_by"]["display"]) == (["v-1"], "Ann Lee")
    ((stage,), legs) = opened["stages"], opened["stages"][0]["legs"]
    assert (stage["name"], stage["outcome"]) == ("app+indoor", "answered")
    assert [(leg["party"]["display"], leg["outcome"], leg["reason"]) for leg in legs] == [
        ("Hall", "released", "answered_elsewhere"),
        ("Ann Lee", "answered", "bye"),
    ]
    assert [entry["kind"] for entry in opened["timeline"]] == [
        "started",
        "stage_started",
        "leg_started",
        "leg_started",
        "leg_answered",
        "leg_released",
        "ended",
    ]


@pytest.mark.feature("F273")
async def test_the_call_history_is_filtered_by_time_caller_and_receiver(api: WholeApi) -> None:
    """Each filter alone and all of them together; parts of names in any case."""
    write(
        api,
        visit(api, "v-1", 100.0),
        visit(api, "v-2", 200.0, door="Back door"),
        visit(api, "v-3", 300.0),
    )
    found = {
        query: (await api.ask("GET", f"/calls?sort=started_at&{query}")).ids
        for query in (
            "from=1970-01-01T00:03:20Z",
            "to=1970-01-01T00:03:20Z",
            "caller=GATE",
            "receiver=ann",
            "receiver=bob",
            "caller=gate&receiver=1001&from=1970-01-01T00:03:20Z&to=1970-01-01T00:06:00Z",
        )
    }

    assert found == {
        "from=1970-01-01T00:03:20Z": ["v-2", "v-3"],
        "to=1970-01-01T00:03:20Z": ["v-1"],
        "caller=GATE": ["v-1", "v-3"],
        "receiver=ann": ["v-1", "v-2", "v-3"],
        "receiver=bob": [],
        "caller=gate&receiver=1001&from=1970-01-01T00:03:20Z&to=1970-01-01T00:06:00Z": ["v-3"],
    }
