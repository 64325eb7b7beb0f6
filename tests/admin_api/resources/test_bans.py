"""Bans over the API: seen, set and lifted by root, and written into the audit trail."""

import pytest

from tests.admin_api.api import Api


async def audit(api: Api) -> list[dict[str, object]]:
    """What the audit trail says about bans, oldest first."""
    items = (await api.ask("GET", "/audit?kind=ban")).json["items"]
    return [
        {name: item[name] for name in ("actor", "action", "site_id", "before", "after")}
        for item in reversed(items)
    ]


async def test_a_ban_by_hand_is_listed_and_lifted(api: Api) -> None:
    made = await api.ask(
        "POST", "/bans", body={"address": "192.0.2.66", "seconds": 60, "reason": "guesses"}
    )
    ban = {
        "address": "192.0.2.66",
        "since": "2027-01-15T08:00:00.000Z",
        "until": "2027-01-15T08:01:00.000Z",
        "reason": "guesses",
        "failures": 0,
        "by_hand": True,
    }

    assert (made.status, made.json) == (201, ban)
    assert (await api.ask("GET", "/bans")).json == {"items": [ban], "next_cursor": None}
    assert (await api.ask("DELETE", "/bans/192.0.2.66")).status == 204
    assert (await api.ask("DELETE", "/bans/192.0.2.66")).status == 404
    assert (await api.ask("GET", "/bans")).json["items"] == []


async def test_who_set_and_lifted_a_ban_is_in_the_audit_trail(api: Api) -> None:
    await api.ask("POST", "/bans", body={"address": "192.0.2.66", "seconds": 60})
    await api.ask("DELETE", "/bans/192.0.2.66")

    values = {"address": "192.0.2.66", "until": 1_800_000_060.0, "reason": "by hand", "failures": 0}
    assert await audit(api) == [
        {"actor": "root", "action": "create", "site_id": None, "before": {}, "after": values},
        {"actor": "root", "action": "delete", "site_id": None, "before": values, "after": {}},
    ]


async def test_an_ipv6_address_stands_for_its_network_in_any_spelling(api: Api) -> None:
    made = await api.ask("POST", "/bans", body={"address": "2001:DB8:0:1::5"})

    assert made.json["address"] == "2001:db8:0:1::/64"
    assert (await api.ask("DELETE", "/bans/2001:db8:0:1:ffff::9")).status == 204
    await api.ask("POST", "/bans", body={"address": "2001:db8:0:1::/64"})
    assert (await api.ask("DELETE", "/bans/2001:db8:0:1::%2F64")).status == 204


async def test_bans_come_newest_first_over_pages(api: Api) -> None:
    for last in range(1, 4):
        await api.ask("POST", "/bans", body={"address": f"192.0.2.{last}"})
        api.clock.advance(1)

    first = (await api.ask("GET", "/bans?limit=2")).json
    second = (await api.ask("GET", f"/bans?limit=2&cursor={first['next_cursor']}")).json

    seen = [item["address"] for item in (*first["items"], *second["items"])]
    assert seen == ["192.0.2.3", "192.0.2.2", "192.0.2.1"]
    assert second["next_cursor"] is None


async def test_a_ban_that_ended_is_listed_no_more(api: Api) -> None:
    await api.ask("POST", "/bans", body={"address": "192.0.2.66", "seconds": 60})
    api.clock.advance(61)

    assert (await api.ask("GET", "/bans")).json["items"] == []
    assert (await api.ask("DELETE", "/bans/192.0.2.66")).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"address": "192.0.2.0/24"}, "address"),
        ({"address": "192.0.2.1", "seconds": 0}, "seconds"),
        ({"address": "192.0.2.1", "reason": "two\nlines"}, "reason"),
        ({}, "address"),
    ],
)
async def test_what_is_no_ban_is_refused_by_name(api: Api, body: object, field: str) -> None:
    answer = await api.ask("POST", "/bans", body=body)

    assert (answer.status, [name for name, _ in answer.errors]) == (422, [field])
    assert api.sentinel.bans == ()
    assert await audit(api) == []


async def test_what_the_settings_trust_cannot_be_banned(api: Api) -> None:
    answer = await api.ask("POST", "/bans", body={"address": "10.9.1.2"})

    assert answer.status == 409
    assert api.sentinel.bans == ()


@pytest.mark.parametrize("by", ["installer", "property_manager"])
async def test_bans_are_for_root_alone(api: Api, by: str) -> None:
    await api.ask("POST", "/bans", body={"address": "192.0.2.66"})

    statuses = [
        (await api.ask(method, path, by=by, body=body)).status
        for method, path, body in (
            ("GET", "/bans", None),
            ("POST", "/bans", {"address": "192.0.2.67"}),
            ("DELETE", "/bans/192.0.2.66", None),
        )
    ]

    assert statuses == [403, 403, 403]
    assert [ban.source for ban in api.sentinel.bans] == ["192.0.2.66"]
