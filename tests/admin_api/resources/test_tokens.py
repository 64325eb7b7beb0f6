from typing import Any

from tests.admin_api.api import Api


async def new_token(api: Api, **body: Any) -> dict[str, Any]:
    path = f"/users/{api.operators.ids['property_manager']}/tokens"
    answer = await api.ask("POST", path, body=body)
    assert answer.status == 201
    found: dict[str, Any] = answer.json
    return found


async def test_a_new_token_opens_and_is_shown_this_once(api: Api) -> None:
    made = await new_token(api, label="laptop", lifetime=3600)
    headers = {"Authorization": f"Bearer {made['token']}"}
    sites = await api.ask("GET", "/sites", by=None, headers=headers)
    listed = await api.ask("GET", f"/tokens?user_id={made['user_id']}&sort=-id")

    assert sites.ids == [api.home.site, api.home.office]
    assert listed.json["items"][0] == {
        "id": made["id"],
        "user_id": api.operators.ids["property_manager"],
        "label": "laptop",
        "created_at": "2027-01-15T08:00:00.000Z",
        "expires_at": "2027-01-15T09:00:00.000Z",
        "revoked_at": None,
    }
    assert made["token"] not in listed.text


async def test_a_revoked_token_is_refused_at_once_and_stays_listed(api: Api) -> None:
    made = await new_token(api)
    revoked = await api.ask("DELETE", f"/tokens/{made['id']}")
    headers = {"Authorization": f"Bearer {made['token']}"}

    assert revoked.status == 204
    assert (await api.ask("GET", "/sites", by=None, headers=headers)).status == 401
    shown = await api.ask("GET", f"/tokens/{made['id']}")
    assert shown.json["revoked_at"] == "2027-01-15T08:00:00.000Z"


async def test_tokens_are_listed_of_one_user(api: Api) -> None:
    missing = await api.ask("GET", "/tokens")
    user = api.operators.ids["installer"]
    flat, nested = (
        await api.ask("GET", f"/tokens?user_id={user}"),
        await api.ask("GET", f"/users/{user}/tokens"),
    )

    assert (missing.status, missing.errors) == (422, [("user_id", "required")])
    assert (len(flat.ids), flat.json) == (1, nested.json)


async def test_an_installer_has_no_say_over_tokens_of_others(api: Api) -> None:
    for name in ("root", "foreign_manager", "property_manager"):
        path = f"/users/{api.operators.ids[name]}/tokens"
        assert (await api.ask("GET", path, by="installer")).status == 404, name
        assert (await api.ask("POST", path, by="installer", body={})).status == 404, name


async def test_a_token_that_should_not_expire_may_say_so(api: Api) -> None:
    made = await new_token(api, lifetime=None)

    assert made["expires_at"] is None
