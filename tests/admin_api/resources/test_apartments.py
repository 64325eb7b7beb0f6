from tests.admin_api.api import Api


async def test_an_apartment_shows_how_it_is_called_and_who_lives_there(api: Api) -> None:
    answer = await api.ask("GET", f"/apartments/{api.home.apartment}", by="property_manager")

    assert answer.json == {
        "id": api.home.apartment,
        "site_id": api.home.site,
        "building_id": api.home.building,
        "number": "1001",
        "name": "",
        "call_type": None,
        "call_mode": "sip",
        "app_enabled": True,
        "family_limit": None,
        "stage_timeout": None,
        "active": True,
        "guard_stage": None,
        "declined": None,
        "global_failure": None,
        "longest_ring": None,
        "rounds": None,
        "early_status": None,
        "ring_times": {},
        "delays": {},
        "landline_confirms": None,
        "status": "normal",
        "expires_at": None,
        "created_at": "2027-01-15T08:00:00.000Z",
        "people": 1,
        "devices": 1,
        "notes": [],
    }


async def test_apartments_are_listed_by_site_and_by_building(api: Api) -> None:
    made = await api.ask(
        "POST", f"/buildings/{api.home.building}/apartments", body={"number": "0001"}
    )
    both = [made.json["id"], api.home.apartment]

    for path in (
        f"/buildings/{api.home.building}/apartments",
        f"/sites/{api.home.site}/apartments",
        f"/sites/{api.home.site}/apartments?building_id={api.home.building}",
        f"/apartments?site_id={api.home.site}",
    ):
        assert (await api.ask("GET", path)).ids == both, path
    assert (await api.ask("GET", f"/sites/{api.home.site}/apartments?number=0001")).ids == both[:1]


async def test_an_apartment_is_made_in_a_building_not_in_a_site(api: Api) -> None:
    answer = await api.ask("POST", f"/sites/{api.home.site}/apartments", body={"number": "7"})

    assert (answer.status, answer.headers["Allow"]) == (405, "GET")


async def test_switching_the_app_off_rewrites_the_call_type_and_says_so(api: Api) -> None:
    path = f"/apartments/{api.home.apartment}"
    answer = await api.ask("PATCH", path, body={"app_enabled": False})

    assert (answer.json["call_type"], len(answer.json["notes"])) == ("indoor_only", 1)
    assert "indoor_only" in answer.json["notes"][0]
    assert (await api.ask("GET", path)).json["notes"] == []


async def test_notes_and_counts_are_no_part_of_the_tag(api: Api) -> None:
    path = f"/apartments/{api.home.apartment}"
    edited = await api.ask("PATCH", path, body={"app_enabled": False})
    read = await api.ask("GET", path)

    assert edited.headers["ETag"] == read.headers["ETag"]


async def test_a_manager_changes_how_it_is_called_but_not_its_number(api: Api) -> None:
    path = f"/apartments/{api.home.apartment}"
    allowed = {"name": "Garden flat", "call_type": "indoor_then_app", "call_mode": "ip"}
    changed = await api.ask("PATCH", path, by="property_manager", body=allowed)
    refused = await api.ask("PATCH", path, by="property_manager", body={"number": "2"})

    assert {name: changed.json[name] for name in allowed} == allowed
    assert (refused.status, refused.json["detail"]) == (403, "This role may not edit apartment.")
