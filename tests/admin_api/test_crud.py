import base64
import json

import pytest

from tests.admin_api.api import Api
from tests.admin_api.records import registration_row


async def tag(api: Api, path: str) -> str:
    return (await api.ask("GET", path)).headers["ETag"]


async def test_an_edit_changes_the_fields_that_were_sent_and_no_other(api: Api) -> None:
    path = f"/sites/{api.home.site}"
    before = (await api.ask("GET", path)).json

    answer = await api.ask("PATCH", path, body={"city": "York", "guard_stage": "with_indoor"})

    assert answer.json == before | {"city": "York", "guard_stage": "with_indoor"}


async def test_an_edit_of_what_was_read_passes_and_gives_the_new_tag(api: Api) -> None:
    path = f"/sites/{api.home.site}"
    read = await tag(api, path)

    answer = await api.ask("PATCH", path, body={"city": "York"}, headers={"If-Match": read})

    assert (answer.status, answer.headers["ETag"]) == (200, await tag(api, path))
    assert answer.headers["ETag"] != read


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_an_edit_of_what_was_changed_since_is_refused(api: Api, method: str) -> None:
    path = f"/sites/{api.home.site}"
    read = await tag(api, path)
    await api.ask("PATCH", path, body={"city": "Leeds"})

    body = {"city": "York"} if method == "PATCH" else None
    answer = await api.ask(method, path, body=body, headers={"If-Match": read})

    assert (answer.status, answer.json["type"]) == (412, "/docs#precondition-failed")
    assert (await api.ask("GET", path)).json["city"] == "Leeds"


async def test_a_foreign_thing_is_unknown_whatever_the_condition_says(api: Api) -> None:
    answer = await api.ask(
        "PATCH",
        f"/sites/{api.foreign.site}",
        by="property_manager",
        body={"name": "x"},
        headers={"If-Match": '"other"'},
    )

    assert answer.status == 404


async def test_being_online_does_not_change_the_tag(api: Api) -> None:

    path = f"/devices/{api.home.monitor}"
    before = await tag(api, path)
    api.live.rows = [registration_row(api.home.monitor_user)]

    assert ((await api.ask("GET", path)).json["presence"]["online"], await tag(api, path)) == (
        True,
        before,
    )


async def test_what_is_deleted_is_gone(api: Api) -> None:
    path = f"/relays/{api.home.relay}"

    deleted, missing = await api.ask("DELETE", path), await api.ask("GET", path)

    assert (deleted.status, deleted.text, missing.status) == (204, "", 404)


async def test_pages_follow_each_other_without_gap_or_repetition(api: Api) -> None:
    for number in range(5):
        await api.ask("POST", "/buildings", body={"site_id": api.home.site, "name": f"B{number}"})
    path = f"/buildings?site_id={api.home.site}&sort=-name&limit=2"

    seen, cursor = [], ""
    for _ in range(3):
        page = (await api.ask("GET", path + cursor)).json
        seen += [item["name"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert (seen, page["next_cursor"]) == (["B4", "B3", "B2", "B1", "B0", "1"], None)


FORGED = ["x", ["name", 1], ["-name", "a", 1], ["name", "a", 2**64], ["name", "\ud800", 1], 7]


@pytest.mark.parametrize("path", ["/sites", "/people", "/macs", "/audit", "/calls", "/door-log"])
async def test_a_forged_cursor_is_a_wrong_parameter(api: Api, path: str) -> None:
    for value in FORGED:
        cursor = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        answer = await api.ask("GET", f"{path}?cursor={cursor}")

        assert (answer.status, [field for field, _ in answer.errors]) == (422, ["cursor"]), value


async def test_an_unknown_sort_order_is_a_wrong_parameter(api: Api) -> None:
    answer = await api.ask("GET", "/sites?sort=colour")

    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["sort"])


async def test_an_edit_without_fields_changes_nothing(api: Api) -> None:
    path = f"/sites/{api.home.site}"
    before = await tag(api, path)

    answer = await api.ask("PATCH", path, body={})

    assert (answer.status, answer.headers["ETag"]) == (200, before)
