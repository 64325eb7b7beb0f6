import pytest

from tests.admin_api.api import Api


async def test_an_edit_leaves_a_row_with_actor_and_both_values(api: Api) -> None:
    await api.ask("PATCH", f"/sites/{api.home.site}", by="property_manager", body={"city": "York"})
    answer = await api.ask("GET", "/audit?limit=1", by="installer")

    assert answer.json["items"] == [
        {
            "id": answer.json["items"][0]["id"],
            "at": "2027-01-15T08:00:00.000Z",
            "actor": "property_manager",
            "operator_id": api.operators.ids["property_manager"],
            "site_id": api.home.site,
            "action": "update",
            "kind": "site",
            "row_id": api.home.site,
            "before": {"city": ""},
            "after": {"city": "York"},
        }
    ]


async def test_an_installer_sees_the_changes_of_his_own_sites(api: Api) -> None:
    answer = await api.ask("GET", "/audit?limit=200", by="installer")

    assert {item["site_id"] for item in answer.json["items"]} == {api.home.site, api.home.office}


async def test_a_filter_for_a_foreign_site_is_unknown(api: Api) -> None:
    foreign = await api.ask("GET", f"/audit?site_id={api.foreign.site}", by="installer")
    unknown = await api.ask("GET", "/audit?site_id=987654321", by="installer")

    assert (foreign.status, foreign.text) == (404, unknown.text)


async def test_secrets_are_masked(api: Api) -> None:
    made = await api.ask("POST", f"/sites/{api.home.site}/accounts", body={"kind": "guard"})
    answer = await api.ask("GET", "/audit?kind=account&limit=1")

    assert answer.json["items"][0]["after"]["password"] == "***"
    assert made.json["password"] not in answer.text


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("action=assign", {"operator"}),
        ("kind=mac&action=bind", {"mac"}),
        ("actor=nobody", set()),
        ("from=2027-01-15T08:00:01Z", set()),
        ("to=2027-01-15T08:00:00Z", set()),
    ],
)
async def test_rows_are_found_by_filters(api: Api, query: str, kinds: set[str]) -> None:
    answer = await api.ask("GET", f"/audit?{query}")

    assert {item["kind"] for item in answer.json["items"]} == kinds


async def test_rows_cannot_be_changed(api: Api) -> None:
    assert (await api.ask("DELETE", "/audit")).status == 405
    assert (await api.ask("DELETE", "/audit/1")).status == 404
