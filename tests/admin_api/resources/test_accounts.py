import json

from directory.scope import Scope
from directory.service import accounts
from tests.admin_api.api import Api
from tests.admin_api.records import registration_row


async def test_a_new_account_shows_its_password_this_once(api: Api) -> None:
    body = {"kind": "guard", "display": "Desk 2"}
    made = await api.ask("POST", f"/sites/{api.home.site}/accounts", body=body)
    read = await api.ask("GET", f"/accounts/{made.json['id']}")

    assert (made.status, made.headers["ETag"]) == (201, read.headers["ETag"])
    assert made.json == {**read.json, "password": made.json["password"]}
    assert (len(made.json["user"]), len(made.json["password"])) == (10, 20)


async def test_no_list_shows_a_password(api: Api) -> None:
    listed = await api.ask("GET", "/accounts")
    async with api.directory.reading(Scope.system()) as unit:
        page = await accounts.list(unit)
        secrets = [(await accounts.password(unit, row.id)).reveal() for row in page.items]

    assert len(listed.ids) == len(secrets) > 4
    assert all("password" not in item for item in listed.json["items"])
    assert [secret for secret in secrets if secret in listed.text] == []


async def test_user_and_password_may_be_chosen(api: Api) -> None:
    body = {"site_id": api.home.site, "kind": "app", "user": "lab-1", "password": "s3cret-lab"}
    made = await api.ask("POST", "/accounts", body=body)
    again = await api.ask("POST", "/accounts", body=body)

    assert (made.json["user"], made.json["password"]) == ("lab-1", "s3cret-lab")
    assert (again.status, [field for field, _ in again.errors]) == (409, ["user"])
    assert "s3cret-lab" not in again.text


async def test_a_wrong_password_is_named_but_not_repeated(api: Api) -> None:
    body = {"site_id": api.home.site, "kind": "app", "password": "ab\ncd-hunter2"}
    answer = await api.ask("POST", "/accounts", body=body)

    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["password"])
    assert "hunter2" not in json.dumps(answer.json)


async def test_a_manager_gives_an_account_a_new_password(api: Api) -> None:
    path = f"/accounts/{api.home.lab_account}"
    async with api.directory.reading(Scope.system()) as unit:
        before = (await accounts.password(unit, api.home.lab_account)).reveal()

    answer = await api.ask("POST", f"{path}/reset-password", by="property_manager")

    async with api.directory.reading(Scope.system()) as unit:
        after = (await accounts.password(unit, api.home.lab_account)).reveal()
    user = (await api.ask("GET", path)).json["user"]
    assert answer.json == {"id": api.home.lab_account, "user": user, "password": after}
    assert after != before


async def test_an_account_is_switched_and_deleted(api: Api) -> None:
    path = f"/accounts/{api.home.lab_account}"
    switched = await api.ask("PATCH", path, body={"enabled": False})
    deleted = await api.ask("DELETE", path)

    assert (switched.json["enabled"], deleted.status) == (False, 204)


async def test_the_account_of_a_device_goes_only_with_it(api: Api) -> None:
    (account,) = (await api.ask("GET", f"/accounts?device_id={api.home.gate}")).ids
    answer = await api.ask("DELETE", f"/accounts/{account}")

    assert (answer.status, [field for field, _ in answer.errors]) == (409, ["device_id"])


async def test_accounts_show_whether_they_are_registered(api: Api) -> None:
    user = api.home.gate_user
    api.live.rows = [
        registration_row(user, contact="sip:a@x", updated_at=1_800_000_000.0),
        registration_row(user, contact="sip:b@x", updated_at=1_800_000_060.0),
    ]
    answer = await api.ask("GET", f"/accounts?user={user}")

    assert [item["presence"] for item in answer.json["items"]] == [
        {"online": True, "contacts": 2, "seen_at": "2027-01-15T08:01:00.000Z"}
    ]
