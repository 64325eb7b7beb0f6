from tests.admin_api.api import Api
from tests.admin_api.records import registration_row


async def test_a_resident_shows_everything_but_secrets(api: Api) -> None:
    answer = await api.ask("GET", f"/people/{api.home.person}", by="property_manager")

    account = answer.json["app_account_id"]
    assert isinstance(account, int)
    assert answer.json == {
        "id": api.home.person,
        "site_id": api.home.site,
        "kind": "master",
        "apartment_id": api.home.apartment,
        "department_id": None,
        "first_name": "Ann",
        "last_name": "Lee",
        "external_id": None,
        "email": None,
        "country": None,
        "mobile": None,
        "landlines": ["+442079460001"],
        "app_enabled": True,
        "call_type": None,
        "call_mode": "sip",
        "stage_timeout": None,
        "floors": [],
        "remark": "",
        "active": True,
        "status": "normal",
        "expires_at": None,
        "created_at": "2027-01-15T08:00:00.000Z",
        "app_account_id": account,
        "app_presence": {"online": False, "contacts": 0, "seen_at": None},
        "notes": [],
    }


async def test_a_registered_app_shows_beside_its_owner(api: Api) -> None:
    path = f"/people/{api.home.person}"
    account = (await api.ask("GET", path)).json["app_account_id"]
    user = (await api.ask("GET", f"/accounts/{account}")).json["user"]
    api.live.rows = [registration_row(user, updated_at=1_800_000_000.0)]

    assert (await api.ask("GET", path)).json["app_presence"] == {
        "online": True,
        "contacts": 1,
        "seen_at": "2027-01-15T08:00:00.000Z",
    }


async def test_a_person_without_the_app_has_no_app_status(api: Api) -> None:
    answer = await api.ask("GET", f"/people/{api.home.employee}")

    assert (answer.json["app_account_id"], answer.json["app_presence"]) == (None, None)


async def test_a_manager_makes_and_changes_residents(api: Api) -> None:
    body = {"apartment_id": api.home.apartment, "first_name": "Tim", "landlines": ["020 79460002"]}
    made = await api.ask("POST", f"/sites/{api.home.site}/people", by="property_manager", body=body)
    changed = await api.ask(
        "PATCH",
        f"/people/{made.json['id']}",
        by="property_manager",
        body={"email": "tim@example.org", "landlines": []},
    )

    assert (made.status, made.json["kind"], made.json["landlines"]) == (
        201,
        "member",
        ["+442079460002"],
    )
    assert (changed.json["email"], changed.json["landlines"]) == ("tim@example.org", [])


async def test_people_are_found_by_filters_that_add_up(api: Api) -> None:
    site, office = api.home.site, api.home.office
    paths = {
        f"/people?site_id={site}&name=an": [api.home.person],
        f"/people?site_id={office}&name=an": [],
        f"/people?kind=basic&department_id={api.home.department}": [api.home.employee],
        f"/people?apartment_id={api.home.apartment}&sort=-first_name": [api.home.person],
        f"/sites/{office}/people": [api.home.employee],
    }

    for path, ids in paths.items():
        assert (await api.ask("GET", path)).ids == ids, path


async def test_wrong_numbers_are_named_without_being_repeated(api: Api) -> None:
    body = {"landlines": ["not-a-number"], "mobile": "007", "email": "x"}
    answer = await api.ask("PATCH", f"/people/{api.home.person}", body=body)

    assert (answer.status, sorted(field.split(".")[0] for field, _ in answer.errors)) == (
        422,
        ["email", "landlines", "mobile"],
    )
    assert "not-a-number" not in answer.text
