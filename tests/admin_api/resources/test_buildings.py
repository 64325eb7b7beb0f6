from tests.admin_api.api import Api


async def test_a_building_belongs_to_its_site(api: Api) -> None:
    path = f"/sites/{api.home.site}/buildings"
    made = await api.ask("POST", path, body={"name": "2"})
    nested, flat = await api.ask("GET", path), await api.ask("GET", "/buildings?name=2")

    assert made.json == {
        "id": made.json["id"],
        "site_id": api.home.site,
        "name": "2",
        "created_at": "2027-01-15T08:00:00.000Z",
    }
    assert nested.ids == [api.home.building, made.json["id"]]
    assert flat.json["items"] == [made.json]


async def test_two_buildings_of_a_site_have_two_names(api: Api) -> None:
    body = {"site_id": api.home.site, "name": "1"}
    answer = await api.ask("POST", "/buildings", body=body)

    assert (answer.status, [field for field, _ in answer.errors]) == (409, ["name"])


async def test_an_office_has_no_buildings(api: Api) -> None:
    answer = await api.ask("POST", f"/sites/{api.home.office}/buildings", body={"name": "1"})

    assert (answer.status, [field for field, _ in answer.errors]) == (409, ["site_id"])


async def test_the_site_of_a_nested_building_is_that_of_the_path_alone(api: Api) -> None:
    path, body = f"/sites/{api.home.site}/buildings", {"name": "2", "site_id": api.home.site}
    answer = await api.ask("POST", path, body=body)

    assert (answer.status, answer.errors) == (422, [("site_id", "unknown field")])


async def test_a_building_is_renamed_and_deleted(api: Api) -> None:
    path = f"/buildings/{api.home.building}"
    renamed = await api.ask("PATCH", path, body={"name": "1a"})
    deleted = await api.ask("DELETE", path)

    assert (renamed.json["name"], deleted.status) == ("1a", 204)
    assert (await api.ask("GET", f"/apartments/{api.home.apartment}")).status == 404
