from tests.admin_api.api import Api


async def test_a_department_belongs_to_its_office(api: Api) -> None:
    path = f"/sites/{api.home.office}/departments"
    made = await api.ask("POST", path, body={"name": "Lab", "floors": ["1", "G1"]})

    assert made.json == {
        "id": made.json["id"],
        "site_id": api.home.office,
        "name": "Lab",
        "floors": ["1", "G1"],
        "number": None,
        "created_at": "2027-01-15T08:00:00.000Z",
    }
    assert (await api.ask("GET", path)).ids == [made.json["id"], api.home.department]


async def test_a_department_with_people_stays(api: Api) -> None:
    answer = await api.ask("DELETE", f"/departments/{api.home.department}")

    assert (answer.status, [field for field, _ in answer.errors]) == (409, ["people"])


async def test_floors_are_at_most_ten(api: Api) -> None:
    path = f"/departments/{api.home.department}"
    ten = [str(floor) for floor in range(10)]

    assert (await api.ask("PATCH", path, body={"floors": ten})).json["floors"] == ten
    answer = await api.ask("PATCH", path, body={"floors": [*ten, "10"]})
    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["floors"])
