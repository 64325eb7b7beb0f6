import pytest

from tests.admin_api.api import Api
from tests.admin_api.lived import autop_fetch, write_ledger


async def test_a_fetch_says_who_got_what_when_and_why(api: Api) -> None:
    fetch = autop_fetch(
        api.home, mac="0C110500A001", file="0c110500a001.cfg", kind="device", etag="abc", size=7
    )
    await write_ledger(api, fetch)
    answer = await api.ask("GET", "/autop-ledger", by="property_manager")

    assert answer.json == {
        "items": [
            {
                "id": 1,
                "happened_at": "1970-01-01T00:01:40.000Z",
                "site_id": api.home.site,
                "device_id": api.home.gate,
                "mac": "0C110500A001",
                "method": "GET",
                "file": "0c110500a001.cfg",
                "kind": "device",
                "status": 200,
                "decision": "token",
                "etag": "abc",
                "size": 7,
                "once": 0,
                "remote_address": "10.0.0.1",
                "user_agent": None,
                "evidence": None,
                "notes": None,
            }
        ],
        "next_cursor": None,
    }


async def test_strangers_are_seen_by_who_sees_every_site(api: Api) -> None:
    await write_ledger(api, autop_fetch(None), autop_fetch(api.home))

    assert (await api.ask("GET", "/autop-ledger")).ids == [2, 1]
    assert (await api.ask("GET", "/autop-ledger", by="installer")).ids == [2]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("mac=0c:11:05:00:a0:01", [1]),
        ("status=404", [2]),
        ("decision=unknown_mac", [2]),
        ("remote_address=10.0.0.9", []),
        ("from=1970-01-01T00:02:00Z", [3]),
        ("sort=id&limit=1", [1]),
    ],
)
async def test_fetches_are_found_by_filters(api: Api, query: str, ids: list[int]) -> None:
    await write_ledger(
        api,
        autop_fetch(api.home, mac="0C110500A001"),
        autop_fetch(None),
        autop_fetch(api.foreign, at=130.0),
    )

    assert (await api.ask("GET", f"/autop-ledger?{query}")).ids == ids
