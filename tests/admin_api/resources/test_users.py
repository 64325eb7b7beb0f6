from typing import Any

import pytest

from tests.admin_api.api import Answer, Api


async def make(api: Api, by: str = "root", **body: Any) -> Answer:
    return await api.ask("POST", "/users", by=by, body={"role": "property_manager", **body})


async def test_a_user_shows_role_and_sites(api: Api) -> None:
    answer = await make(api, name="pm.two", site_ids=[api.home.site])

    assert (answer.status, answer.json) == (
        201,
        {
            "id": answer.json["id"],
            "name": "pm.two",
            "role": "property_manager",
            "active": True,
            "site_ids": [api.home.site],
            "created_at": "2027-01-15T08:00:00.000Z",
        },
    )


async def test_root_sees_every_user(api: Api) -> None:
    answer = await api.ask("GET", "/users?role=property_manager")

    assert [item["name"] for item in answer.json["items"]] == [
        "foreign_manager",
        "idle_manager",
        "property_manager",
    ]


async def test_an_installer_sees_the_managers_he_made_and_no_others(api: Api) -> None:
    made = await make(api, by="installer", name="pm.two", site_ids=[api.home.site])
    theirs = api.operators.ids["property_manager"]

    assert (await api.ask("GET", "/users", by="installer")).ids == [made.json["id"]]
    assert (await api.ask("GET", f"/users/{theirs}", by="installer")).status == 404


@pytest.mark.parametrize("role", ["root", "installer"])
async def test_an_installer_makes_managers_only(api: Api, role: str) -> None:
    answer = await make(api, by="installer", name="climber", role=role)

    assert answer.status == 403


async def test_an_installer_assigns_only_sites_he_sees(api: Api) -> None:
    answer = await make(api, by="installer", name="pm.two", site_ids=[api.foreign.site])
    unknown = await make(api, by="installer", name="pm.two", site_ids=[987654321])

    assert (answer.status, answer.text) == (404, unknown.text)
    assert (await api.ask("GET", "/users?name=pm.two")).ids == []


async def test_sites_out_of_the_askers_sight_are_not_shown(api: Api) -> None:
    made = (await make(api, by="installer", name="pm.two", site_ids=[api.home.site])).json["id"]
    both = [api.home.site, api.foreign.site]
    by_root = await api.ask("PATCH", f"/users/{made}", body={"site_ids": both})
    by_installer = await api.ask("GET", f"/users/{made}", by="installer")

    assert (by_root.json["site_ids"], by_installer.json["site_ids"]) == (both, [api.home.site])


async def test_name_switch_and_sites_change_in_one_go(api: Api) -> None:
    path = f"/users/{api.operators.ids['property_manager']}"
    read = (await api.ask("GET", path)).headers["ETag"]
    body = {"name": "pm.renamed", "active": False, "site_ids": [api.home.office]}

    answer = await api.ask("PATCH", path, body=body, headers={"If-Match": read})
    late = await api.ask("PATCH", path, body={"site_ids": []}, headers={"If-Match": read})

    assert {name: answer.json[name] for name in body} == body
    assert late.status == 412
    assert (await api.ask("GET", "/sites", by="property_manager")).status == 401


async def test_the_role_of_a_user_is_fixed(api: Api) -> None:
    path = f"/users/{api.operators.ids['property_manager']}"
    answer = await api.ask("PATCH", path, body={"role": "root"})

    assert (answer.status, answer.errors) == (422, [("role", "unknown field")])


async def test_a_deleted_user_is_refused_at_once(api: Api) -> None:
    deleted = await api.ask("DELETE", f"/users/{api.operators.ids['property_manager']}")
    answer = await api.ask("GET", "/sites", by="property_manager")

    assert (deleted.status, answer.status) == (204, 401)


async def test_nobody_locks_himself_out(api: Api) -> None:
    path = f"/users/{api.operators.ids['root']}"

    assert (await api.ask("DELETE", path)).status == 409
    assert (await api.ask("PATCH", path, body={"active": False})).status == 409
