from tests.admin_api.api import Api


async def test_a_relay_belongs_to_its_device(api: Api) -> None:
    path = f"/devices/{api.home.gate}/relays"
    made = await api.ask("POST", path, body={"name": "Lift", "dtmf_code": "56", "hold_seconds": 9})

    assert made.json == {
        "id": made.json["id"],
        "site_id": api.home.site,
        "device_id": api.home.gate,
        "position": 2,
        "name": "Lift",
        "dtmf_code": "56",
        "in_call": True,
        "hold_seconds": 9,
        "created_at": "2027-01-15T08:00:00.000Z",
    }
    assert (await api.ask("GET", path)).ids == [api.home.relay, made.json["id"]]
    assert (await api.ask("GET", f"/relays?device_id={api.home.gate}&name=lif")).ids == [
        made.json["id"]
    ]


async def test_two_relays_of_a_device_have_two_codes(api: Api) -> None:
    body = {"device_id": api.home.gate, "name": "Lift", "dtmf_code": "1234"}
    answer = await api.ask("POST", "/relays", body=body)

    assert (answer.status, [field for field, _ in answer.errors]) == (409, ["dtmf_code"])
    assert "1234" not in answer.text


async def test_a_manager_changes_name_code_and_method_and_nothing_else(api: Api) -> None:
    path = f"/relays/{api.home.relay}"
    allowed = {"name": "Front", "dtmf_code": "99", "in_call": False}
    changed = await api.ask("PATCH", path, by="property_manager", body=allowed)
    refused = await api.ask("PATCH", path, by="property_manager", body={"hold_seconds": 1})

    assert {name: changed.json[name] for name in allowed} == allowed
    assert refused.status == 403


async def test_a_code_never_shows_in_the_audit(api: Api) -> None:
    await api.ask("PATCH", f"/relays/{api.home.relay}", body={"dtmf_code": "8642"})
    audit = await api.ask("GET", "/audit?kind=relay")

    assert audit.json["items"][0]["after"] == {"dtmf_code": "***"}
    assert "8642" not in audit.text
