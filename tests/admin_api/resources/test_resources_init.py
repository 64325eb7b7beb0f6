"""No list and no path shows anything of a site out of reach, while such things exist."""

from typing import Any

import pytest

from admin_api.resources import OPERATIONS
from admin_api.roles import ROLE_TABLE, ROOT
from directory.kinds import Role
from tests.admin_api.api import Api
from tests.admin_api.estate import Estate
from tests.admin_api.lived import live_a_day
from tests.admin_api.samples import parameters_of, samples, unknown_parameters


def sites_of(estate: Estate) -> set[int]:
    return {estate.site, estate.office}


def lists_without_parent() -> list[str]:
    """Paths of lists that anybody may ask for without naming a parent."""
    return [
        operation.path
        for operation in OPERATIONS
        if operation.method == "GET"
        and not operation.parameters
        and operation.out is not None
        and operation.id not in {"list_users", "list_tokens", "list_audit", "list_models"}
        and ROLE_TABLE[operation.id] != ROOT  # of no site, and not for those who see but some
    ]


async def listed(api: Api, path: str, by: str) -> list[dict[str, Any]]:
    answer = await api.ask("GET", f"{path}?limit=200", by=by)
    assert answer.status == 200, (path, answer.text)
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def owner(item: dict[str, Any], path: str) -> Any:
    return item["id"] if path == "/sites" else item["site_id"]


async def test_every_list_shows_each_operator_his_own_sites_and_only_those(api: Api) -> None:
    await live_a_day(api)
    seen: dict[str, dict[str, set[Any]]] = {}
    for by in ("installer", "property_manager", "foreign_manager", "idle_manager"):
        for path in lists_without_parent():
            owners = {owner(item, path) for item in await listed(api, path, by)}
            seen.setdefault(path, {})[by] = owners

    home, foreign = sites_of(api.home), sites_of(api.foreign)
    for path, by_name in seen.items():
        assert by_name["idle_manager"] == set(), path
        assert by_name["installer"] == by_name["property_manager"], path
        assert by_name["property_manager"], path
        assert by_name["property_manager"] <= home, path
        assert by_name["foreign_manager"], path
        assert by_name["foreign_manager"] <= foreign, path


async def test_root_sees_every_site_and_what_belongs_to_none(api: Api) -> None:
    await live_a_day(api)
    both = sites_of(api.home) | sites_of(api.foreign)
    without_site = {"/calls", "/visits", "/autop-ledger"}

    for path in lists_without_parent():
        owners = {owner(item, path) for item in await listed(api, path, "root")}
        assert {api.home.site, api.foreign.site} <= owners or owners == {
            api.home.office,
            api.foreign.office,
        }, path
        assert owners - both == ({None} if path in without_site else set()), path


async def test_the_estates_are_alike_so_that_a_leak_would_show(api: Api) -> None:
    names = [item["name"] for item in await listed(api, "/devices", "root")]

    assert sorted(names) == ["Hall", "Hall", "Main gate", "Main gate"]


@pytest.mark.parametrize("role", [Role.INSTALLER, Role.PROPERTY_MANAGER])
async def test_every_path_answers_alike_for_what_is_foreign_and_what_is_unknown(
    api: Api, role: Role
) -> None:
    await live_a_day(api)
    users = {
        "user_id": api.operators.ids["foreign_manager"],
        # Tokens were issued in the order of the operators, one each.
        "token_id": api.operators.ids["foreign_manager"],
    }
    foreign = samples(api.home, {**parameters_of(api.foreign), **users})
    unknown = samples(api.home, unknown_parameters())

    compared = 0
    for there, nowhere in zip(foreign, unknown, strict=True):
        if not there.operation.parameters or role not in ROLE_TABLE[there.operation.id]:
            continue
        answers = [
            await api.ask(
                sample.operation.method,
                sample.url,
                by=role.value,
                body=sample.body,
                raw=sample.raw,
                headers=sample.headers,
            )
            for sample in (there, nowhere)
        ]
        name = there.operation.id
        assert [answer.status for answer in answers] == [404, 404], name
        assert answers[0].text == answers[1].text, name
        assert _shape(answers[0].headers) == _shape(answers[1].headers), name
        compared += 1
    assert compared > 30


def _shape(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "Date"}


async def test_what_was_asked_for_in_vain_was_left_alone(api: Api) -> None:
    await live_a_day(api)
    before = [await listed(api, path, "root") for path in lists_without_parent()]
    for sample in samples(api.home, parameters_of(api.foreign)):
        if sample.operation.parameters and sample.operation.method != "GET":
            await api.ask(
                sample.operation.method,
                sample.url,
                by="installer",
                body=sample.body,
                raw=sample.raw,
                headers=sample.headers,
            )

    assert [await listed(api, path, "root") for path in lists_without_parent()] == before


REFERENCES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("/buildings", "site_id", "site", {"name": "9"}),
    ("/departments", "site_id", "office", {"name": "9"}),
    ("/apartments", "building_id", "building", {"number": "9"}),
    ("/people", "site_id", "site", {"first_name": "Eve", "apartment_id": 1}),
    ("/devices", "site_id", "site", {"name": "x", "type": "access_control"}),
    ("/relays", "device_id", "gate", {"name": "x"}),
    ("/accounts", "site_id", "site", {"kind": "guard"}),
    ("/macs", "site_id", "site", {"mac": "0C110500EEEE"}),
]


@pytest.mark.parametrize(("path", "field", "what", "body"), REFERENCES, ids=lambda v: str(v)[:20])
async def test_nothing_is_made_in_a_foreign_place(
    api: Api, path: str, field: str, what: str, body: dict[str, Any]
) -> None:
    before = await listed(api, path, "root")
    foreign = getattr(api.foreign, what)
    answers = [
        await api.ask("POST", path, by="installer", body={**body, field: value})
        for value in (foreign, 987_654_321)
    ]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    assert await listed(api, path, "root") == before


PLACES = [
    ("/devices", {"name": "x", "type": "access_control"}, "building_id", "building"),
    ("/devices", {"name": "x", "type": "indoor_monitor"}, "apartment_id", "apartment"),
    ("/devices", {"name": "x", "type": "indoor_monitor"}, "person_id", "person"),
    ("/accounts", {"kind": "indoor"}, "apartment_id", "apartment"),
    ("/accounts", {"kind": "guard"}, "building_id", "building"),
    ("/people", {"first_name": "Eve"}, "apartment_id", "apartment"),
]


@pytest.mark.parametrize(("path", "body", "field", "what"), PLACES, ids=lambda v: str(v)[:20])
async def test_nothing_of_ones_own_is_put_into_a_foreign_place(
    api: Api, path: str, body: dict[str, Any], field: str, what: str
) -> None:
    foreign = getattr(api.foreign, what)
    answers = [
        await api.ask(
            "POST", path, by="installer", body={**body, "site_id": api.home.site, field: value}
        )
        for value in (foreign, 987_654_321)
    ]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text


@pytest.mark.parametrize("path", lists_without_parent())
async def test_a_filter_for_a_foreign_site_finds_what_one_for_an_unknown_site_finds(
    api: Api, path: str
) -> None:
    if path == "/sites":
        return
    await live_a_day(api)
    answers = [
        await api.ask("GET", f"{path}?site_id={site}", by="property_manager")
        for site in (api.foreign.site, 987_654_321)
    ]

    assert answers[0].status in {200, 404}
    assert (answers[0].status, answers[0].text) == (answers[1].status, answers[1].text)


async def test_names_in_filters_find_nothing_foreign(api: Api) -> None:
    await live_a_day(api)
    home = api.home
    filters = {
        f"/devices?mac=B001&site_id={home.site}": [],
        "/devices?mac=B001": [],
        "/macs?mac=0C110500B": [],
        f"/accounts?user={api.foreign.gate_user}": [],
        "/people?name=Ann": [home.person],
        "/sites?name=Linden": [home.site, home.office],
    }

    for path, ids in filters.items():
        assert (await api.ask("GET", path, by="property_manager")).ids == ids, path
    registered = await api.ask(
        "GET", f"/registrations?user={api.foreign.gate_user}", by="property_manager"
    )
    assert registered.json["items"] == []
