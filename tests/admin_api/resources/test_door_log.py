from typing import get_args

import pytest

from admin_api.resources.door_log import DoorLogQuery
from relay.door_log import LogType
from tests.admin_api.api import Api
from tests.admin_api.lived import door_log_entry, write_door_log


async def test_a_row_says_who_where_when_with_which_key_and_with_what_result(api: Api) -> None:
    await write_door_log(api, door_log_entry(api.home))
    answer = await api.ask("GET", "/door-log", by="property_manager")

    assert answer.json == {
        "items": [
            {
                "id": 1,
                "happened_at": "1970-01-01T00:01:40.000Z",
                "site_id": api.home.site,
                "building_id": api.home.building,
                "building": "1",
                "device_id": api.home.gate,
                "device_name": "Main gate",
                "relay_id": api.home.relay,
                "relay_name": "Door",
                "initiated_by": "Ann Lee",
                "actor_kind": "app",
                "account_user": None,
                "person_id": None,
                "apartment_id": api.home.apartment,
                "apartment": "1001",
                "log_type": "door_release",
                "action": "open",
                "method": "in_call_dtmf",
                "key": "dtmf",
                "key_id": f"relay:{api.home.relay}",
                "response": "allowed",
                "outcome": "passed_on",
                "reason": None,
                "status": None,
                "capture": None,
                "call_id": f"visit-{api.home.site}",
            }
        ],
        "next_cursor": None,
    }


async def test_a_row_of_a_visit_with_a_picture_says_where_it_is(api: Api) -> None:
    call_id = f"visit-{api.home.site}"
    await write_door_log(api, door_log_entry(api.home))
    api.records.pictures = {call_id: (b"full", b"small")}
    answer = await api.ask("GET", "/door-log", by="property_manager")

    assert answer.json["items"][0]["capture"] == f"/api/v1/visits/{call_id}/picture"


async def test_pages_go_from_the_newest_to_the_oldest(api: Api) -> None:
    await write_door_log(api, *(door_log_entry(api.home, at=float(at)) for at in range(5)))

    first = await api.ask("GET", "/door-log?limit=3")
    second = await api.ask("GET", f"/door-log?limit=3&cursor={first.json['next_cursor']}")

    assert (first.ids, second.ids, second.json["next_cursor"]) == ([5, 4, 3], [2, 1], None)
    assert (await api.ask("GET", "/door-log?sort=id&limit=2")).ids == [1, 2]


def test_every_type_of_the_log_can_be_asked_for() -> None:
    words = get_args(DoorLogQuery.model_fields["log_type"].annotation)

    assert words == ("all", *(str(word) for word in LogType))


@pytest.mark.parametrize(
    "query", ["log_type=motion", "response=maybe", "from=yesterday", "sort=at"]
)
async def test_a_filter_that_means_nothing_is_named(api: Api, query: str) -> None:
    answer = await api.ask("GET", f"/door-log?{query}")

    assert (answer.status, [field for field, _ in answer.errors]) == (
        422,
        [query.partition("=")[0]],
    )
