import pytest

from tests.admin_api.api import Api

NEW = {"name": "Elm Court", "kind": "community"}


async def test_a_site_shows_its_settings(api: Api) -> None:
    answer = await api.ask("GET", f"/sites/{api.home.site}")

    assert answer.json == {
        "id": api.home.site,
        "name": "Linden Court",
        "kind": "community",
        "plan": "basic",
        "timezone": "Europe/London",
        "country": "GB",
        "time_format": "24",
        "date_format": "Y/M/D",
        "street": "",
        "city": "",
        "post_code": "",
        "state": "",
        "landline_enabled": False,
        "guard_stage": None,
        "stage_timeout": 30.0,
        "landline_timeout": 45.0,
        "emergency_number": "",
        "allow_apartment_to_apartment": True,
        "declined": "leg",
        "global_failure": "leg",
        "longest_ring": None,
        "rounds": 1,
        "early_status": 180,
        "ring_times": {},
        "delays": {},
        "landline_confirms": False,
        "landline_key": "1",
        "call_type": "app_and_indoor",
        "guard_order": "all",
        "emergency_landline": "",
        "people_deletable": False,
        "created_at": "2027-01-15T08:00:00.000Z",
    }


async def test_a_site_is_made_with_the_settings_sent(api: Api) -> None:
    settings = {"plan": "premium", "country": "DE", "landline_enabled": True, "stage_timeout": 20}
    answer = await api.ask("POST", "/sites", body={**NEW, **settings})

    assert answer.status == 201
    assert {name: answer.json[name] for name in settings} == settings


async def test_an_installer_sees_the_site_he_has_made(api: Api) -> None:
    made = await api.ask("POST", "/sites", by="installer", body=NEW)
    seen = await api.ask("GET", f"/sites/{made.json['id']}", by="installer")

    assert (made.status, seen.status) == (201, 200)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort=name", ["Linden Court", "Linden Court", "Linden House", "Linden House"]),
        ("sort=-name&kind=community", ["Linden Court", "Linden Court"]),
        ("name=HOUSE", ["Linden House", "Linden House"]),
        ("name=%25", []),
    ],
)
async def test_sites_are_found_by_kind_and_part_of_the_name(
    api: Api, query: str, names: list[str]
) -> None:
    answer = await api.ask("GET", f"/sites?{query}")

    assert [item["name"] for item in answer.json["items"]] == names


async def test_a_setting_that_is_needed_cannot_be_erased(api: Api) -> None:
    answer = await api.ask("PATCH", f"/sites/{api.home.site}", body={"timezone": None})

    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["timezone"])
