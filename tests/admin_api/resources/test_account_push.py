from tests.admin_api.api import Api

TOKEN = "fcm-token-of-a-telephone-5aFe"


async def test_a_token_goes_in_and_never_comes_out(api: Api) -> None:
    path = f"/accounts/{api.home.app_account}/push"
    before = await api.ask("GET", path)
    put = await api.ask("PUT", path, body={"provider": "fcm", "token": TOKEN})
    shown = await api.ask("GET", path, by="property_manager")

    assert (before.status, before.json["target"]) == (200, None)
    assert (put.status, put.json) == (200, shown.json)
    assert shown.json["target"] == {
        "provider": "fcm",
        "hint": "5aFe",
        "topic": "",
        "environment": "production",
        "set_at": "2027-01-15T08:00:00.000Z",
        "dead_at": None,
    }
    assert TOKEN not in put.text + shown.text


async def test_a_token_can_be_taken_back_once(api: Api) -> None:
    path = f"/accounts/{api.home.app_account}/push"
    await api.ask("PUT", path, body={"provider": "webhook", "token": "tenant-7-phone"})

    assert (await api.ask("DELETE", path)).status == 204
    assert (await api.ask("DELETE", path)).status == 404
    assert (await api.ask("GET", path)).json["target"] is None


async def test_what_does_not_fit_is_named(api: Api) -> None:
    path = f"/accounts/{api.home.app_account}/push"
    wrong = await api.ask("PUT", path, body={"provider": "apns", "token": TOKEN})
    desk = await api.ask(
        "PUT",
        f"/accounts/{api.home.lab_account}/push",
        body={"provider": "fcm", "token": TOKEN},
    )

    assert (wrong.status, [field for field, _ in wrong.errors]) == (422, ["topic", "token"])
    assert (desk.status, [field for field, _ in desk.errors]) == (422, ["account_id"])
    assert TOKEN not in wrong.text


async def test_another_owners_account_is_not_there(api: Api) -> None:
    path = f"/accounts/{api.home.app_account}/push"
    put = await api.ask("PUT", path, by="foreign_manager", body={"provider": "fcm", "token": TOKEN})

    assert put.status == 404
