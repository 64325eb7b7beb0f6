import pytest

from tests.admin_api.api import Api
from tests.admin_api.records import registration_row


async def test_a_device_shows_its_place_its_account_and_whether_it_is_online(api: Api) -> None:
    user = api.home.monitor_user
    api.live.rows = [registration_row(user, updated_at=1_800_000_000.0)]

    answer = await api.ask("GET", f"/devices/{api.home.monitor}", by="property_manager")

    assert answer.json == {
        "id": api.home.monitor,
        "site_id": api.home.site,
        "name": "Hall",
        "type": "indoor_monitor",
        "type_code": 2,
        "vendor": "akuvox",
        "model": "C315",
        "mac": "0C110500A002",
        "scope": "apartment",
        "building_id": api.home.building,
        "building": "1",
        "apartment_id": api.home.apartment,
        "apartment": "1001",
        "department_id": None,
        "person_id": None,
        "transport": "udp",
        "monitor_allowed": True,
        "contact_display": "only_people",
        "contacts": None,
        "call_number": "",
        "address": "",
        "network_group": f"building:{api.home.building}",
        "armed_until": None,
        "account_id": answer.json["account_id"],
        "account_user": user,
        "notes": [],
        "presence": {"online": True, "contacts": 1, "seen_at": "2027-01-15T08:00:00.000Z"},
        "created_at": "2027-01-15T08:00:00.000Z",
    }


async def test_a_device_that_places_no_calls_has_no_account(api: Api) -> None:
    body = {"name": "Side door", "type": "access_control"}
    answer = await api.ask("POST", f"/sites/{api.home.site}/devices", body=body)

    assert (answer.status, answer.json["account_user"], answer.json["presence"]) == (
        201,
        None,
        None,
    )


async def test_a_device_needs_a_mac_of_the_library_of_its_own_site(api: Api) -> None:
    body = {"name": "Gate 2", "type": "multi_tenant_door", "site_id": api.home.site}
    answers = {
        mac: await api.ask("POST", "/devices", body={**body, "mac": mac})
        for mac in ("0C110500FFFF", "0C110500B003", "0C110500A001", "0C:11:05:00:A0:03")
    }

    assert [answer.status for answer in answers.values()] == [409, 409, 409, 201]
    assert answers["0C110500FFFF"].errors == answers["0C110500B003"].errors
    assert answers["0C:11:05:00:A0:03"].json["mac"] == "0C110500A003"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("type=indoor_monitor", ["Hall"]),
        ("scope=site", ["Main gate"]),
        ("mac=a002", ["Hall"]),
        ("name=gate&scope=site&sort=-created_at", ["Main gate"]),
        ("sort=-name", ["Main gate", "Hall"]),
    ],
)
async def test_devices_are_found_by_type_scope_mac_and_name(
    api: Api, query: str, names: list[str]
) -> None:
    answer = await api.ask("GET", f"/sites/{api.home.site}/devices?{query}")

    assert [item["name"] for item in answer.json["items"]] == names


async def test_a_manager_changes_what_residents_see_and_nothing_else(api: Api) -> None:
    path = f"/devices/{api.home.gate}"
    allowed = {"name": "North gate", "contact_display": "endpoints", "monitor_allowed": False}
    changed = await api.ask("PATCH", path, by="property_manager", body=allowed)
    refused = await api.ask("PATCH", path, by="property_manager", body={"model": "R20A"})

    assert {name: changed.json[name] for name in allowed} == allowed
    assert refused.status == 403


async def test_a_deleted_device_frees_its_mac(api: Api) -> None:
    deleted = await api.ask("DELETE", f"/devices/{api.home.gate}")
    mac = await api.ask("GET", f"/macs/{api.home.bound_mac}")

    assert (deleted.status, mac.json["device_id"]) == (204, None)


async def test_a_model_nobody_knows_is_taken_and_noted(api: Api) -> None:
    body = {"name": "Side door", "type": "access_control", "vendor": "acme", "model": "D1"}
    made = await api.ask("POST", f"/sites/{api.home.site}/devices", body=body)
    path = f"/devices/{made.json['id']}"
    vendor = await api.ask("PATCH", path, body={"vendor": "akuvox"})
    model = await api.ask("PATCH", path, body={"model": "R29C"})

    (note,) = made.json["notes"]
    assert note.startswith("no files can be made for this vendor and model; known are akuvox: C315")
    assert note.endswith("; fanvil: i16SV")
    assert (vendor.json["notes"], model.json["notes"]) == ([note], [])
