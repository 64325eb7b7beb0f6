"""What operators see and may do over HTTP (features sections A, B, C, D and H)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from admin_api.resources import OPERATIONS
from admin_api.roles import ROLE_TABLE
from directory.kinds import Role
from tests.admin_api.api import Api, WholeApi, running_api, whole_api
from tests.admin_api.matrix import playable
from tests.admin_api.records import registration_row


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


@pytest.mark.feature("F087", "X13")
async def test_the_call_mode_is_editable_per_apartment(api: WholeApi) -> None:
    """A manager switches one apartment between SIP and IP calls; others stay as they are."""
    body = {"building_id": api.home.building, "number": "1002"}
    other = (await api.ask("POST", "/apartments", by="installer", body=body)).json["id"]

    path = f"/apartments/{api.home.apartment}"
    changed = await api.ask("PATCH", path, by="property_manager", body={"call_mode": "ip"})
    wrong = await api.ask("PATCH", path, by="property_manager", body={"call_mode": "pots"})

    assert (changed.json["call_mode"], wrong.status) == ("ip", 422)
    assert (await api.ask("GET", f"/apartments/{other}")).json["call_mode"] == "sip"


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
    body = {"name": "Garden flat", "call_type": "app_and_indoor"}
    await api.ask("PATCH", f"/apartments/{api.home.apartment}", body=body)
    start = f"/buildings/{api.home.building}/apartments"

    for query in ("", "?number=1001", "?name=garden"):
        (found,) = (await api.ask("GET", start + query, by="property_manager")).json["items"]
        assert (found["number"], found["people"], found["devices"], found["call_type"]) == (
            "1001",
            1,
            1,
            "app_and_indoor",
        )
