from tests.admin_api.api import Api

STAGES = [
    {"members": [{"kind": "indoor"}, {"kind": "app", "delay": 5}], "ring_time": 20},
    {"members": [{"kind": "landline"}]},
]


async def test_a_chain_is_made_in_its_site_and_shown(api: Api) -> None:
    made = await api.ask(
        "POST", f"/sites/{api.home.site}/chains", body={"name": "slow", "stages": STAGES}
    )

    assert made.status == 201
    assert made.json == {
        "id": made.json["id"],
        "site_id": api.home.site,
        "name": "slow",
        "stages": [
            {
                "members": [
                    {"kind": "indoor", "id": None, "delay": None},
                    {"kind": "app", "id": None, "delay": 5.0},
                ],
                "ring_time": 20.0,
            },
            {"members": [{"kind": "landline", "id": None, "delay": None}], "ring_time": None},
        ],
        "guards": "site",
        "created_at": "2027-01-15T08:00:00.000Z",
    }
    assert (await api.ask("GET", f"/sites/{api.home.site}/chains")).ids == [
        api.home.chain,
        made.json["id"],
    ]


async def test_what_a_chain_shows_can_be_sent_back(api: Api) -> None:
    path = f"/chains/{api.home.chain}"
    shown = await api.ask("GET", path)

    answer = await api.ask("PATCH", path, body={"stages": shown.json["stages"]})

    assert (answer.status, answer.json) == (200, shown.json)


async def test_every_mistake_in_a_chain_is_named_with_its_place(api: Api) -> None:
    wrong = [{"members": [{"kind": "pigeon"}], "ring_time": 0}, {"members": []}]

    answer = await api.ask(
        "POST", f"/sites/{api.home.site}/chains", body={"name": "Slow", "stages": wrong}
    )

    assert (answer.status, [field for field, _ in answer.errors]) == (
        422,
        ["name", "stages.1.ring_time", "stages.1.members.1.kind", "stages.2.members"],
    )


async def test_an_apartment_takes_a_chain_as_its_call_type_which_then_stays(api: Api) -> None:
    chosen = await api.ask(
        "PATCH", f"/apartments/{api.home.apartment}", body={"call_type": "night"}
    )
    deleted = await api.ask("DELETE", f"/chains/{api.home.chain}")

    assert chosen.json["call_type"] == "night"
    assert deleted.status == 409
    assert f"apartment 1001 (id {api.home.apartment})" in deleted.text


async def test_a_manager_reads_chains_but_makes_none(api: Api) -> None:
    by = "property_manager"
    body = {"name": "slow", "stages": STAGES}

    seen = await api.ask("GET", f"/chains/{api.home.chain}", by=by)
    made = await api.ask("POST", f"/sites/{api.home.site}/chains", body=body, by=by)

    assert (seen.status, made.status) == (200, 403)
