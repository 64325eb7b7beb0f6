from directory.service.devices import token_hash
from tests.admin_api.api import Api


async def test_the_autop_url_carries_the_devices_own_token(api: Api) -> None:
    path = f"/devices/{api.home.gate}/autop"
    answer = await api.ask("GET", path, by="installer")

    assert answer.json == {
        "device_id": api.home.gate,
        "url": answer.json["url"],
        "armed_url": "http://autop.test/autop/",
        "armed_until": None,
    }
    token = answer.json["url"].removeprefix("http://autop.test/autop/").removesuffix("/")
    assert len(token) >= 43
    other = await api.ask("GET", f"/devices/{api.home.monitor}/autop")
    assert other.json["url"] != answer.json["url"]
    assert token_hash(token) != token


async def test_a_rotated_token_gives_another_url(api: Api) -> None:
    path = f"/devices/{api.home.gate}"
    before = (await api.ask("GET", f"{path}/autop")).json["url"]
    rotated = await api.ask("POST", f"{path}/rotate-token")

    assert rotated.status == 200
    assert rotated.json["url"] != before
    assert (await api.ask("GET", f"{path}/autop")).json == rotated.json


async def test_a_device_is_armed_for_a_while_and_disarmed(api: Api) -> None:
    path = f"/devices/{api.home.gate}"
    armed = await api.ask("POST", f"{path}/arm", body={"duration": 600})
    shown = await api.ask("GET", f"{path}/autop")
    disarmed = await api.ask("POST", f"{path}/arm", body={"duration": 0})

    assert armed.json["armed_until"] == "2027-01-15T08:10:00.000Z"
    assert shown.json["armed_until"] == "2027-01-15T08:10:00.000Z"
    assert disarmed.json["armed_until"] is None


async def test_a_device_is_not_armed_for_longer_than_a_week(api: Api) -> None:
    answer = await api.ask("POST", f"/devices/{api.home.gate}/arm", body={"duration": 604801})

    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["duration"])


async def test_a_device_that_can_never_fetch_is_not_armed(api: Api) -> None:
    path = f"/devices/{api.home.gate}"
    note = (await api.ask("PATCH", path, body={"model": "D1"})).json["notes"][0]
    refused = await api.ask("POST", f"{path}/arm", body={"duration": 600})
    shown = await api.ask("GET", path)
    disarmed = await api.ask("POST", f"{path}/arm", body={"duration": 0})

    assert (refused.status, refused.errors) == (409, [("model", note)])
    assert shown.json["armed_until"] is None
    assert disarmed.status == 200


async def test_commands_wait_in_the_order_of_entry_and_a_later_one_wins(api: Api) -> None:
    path = f"/devices/{api.home.gate}/autop-commands"
    await api.ask("POST", path, body={"lines": ["A.B = 1", "C.D = 2"]})
    answer = await api.ask(
        "POST", path, by="property_manager", body={"lines": ["A.B=3"], "once": True}
    )

    waiting = [(item["key"], item["value"], item["once"]) for item in answer.json["items"]]
    assert (answer.status, waiting) == (201, [("C.D", "2", False), ("A.B", "3", True)])
    assert (await api.ask("GET", path)).json == answer.json


async def test_every_wrong_line_is_named(api: Api) -> None:
    lines = ["A.B = 1", "no equals sign", "1bad = 2"]
    answer = await api.ask(
        "POST", f"/devices/{api.home.gate}/autop-commands", body={"lines": lines}
    )

    assert (answer.status, [field for field, _ in answer.errors]) == (
        422,
        ["lines.2", "lines.3"],
    )


async def test_commands_are_withdrawn_together(api: Api) -> None:
    path = f"/devices/{api.home.gate}/autop-commands"
    await api.ask("POST", path, body={"lines": ["A.B = 1"]})

    cleared = await api.ask("DELETE", path)

    assert (cleared.status, (await api.ask("GET", path)).json) == (204, {"items": []})
