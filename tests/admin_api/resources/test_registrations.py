import pytest

from tests.admin_api.api import Api
from tests.admin_api.records import registration_row


async def test_a_registration_shows_who_can_be_reached_where(api: Api) -> None:
    api.live.rows = [registration_row("2001", device_id=7, path=("<sip:edge;lr>",))]
    answer = await api.ask("GET", "/registrations")

    assert answer.json == {
        "items": [
            {
                "user": "2001",
                "contact": "sip:2001@10.0.0.1:5060",
                "site_id": 1,
                "kind": "indoor",
                "display": "Hall",
                "device_id": 7,
                "person_id": None,
                "apartment_id": None,
                "transport": "UDP",
                "source": "10.0.0.1:5060",
                "user_agent": "C315",
                "updated_at": "2027-01-15T08:00:00.000Z",
                "expires_at": "2027-01-15T08:05:00.000Z",
                "path": ["<sip:edge;lr>"],
            }
        ],
        "next_cursor": None,
    }


async def test_several_contacts_of_one_account_are_several_rows_over_pages(api: Api) -> None:
    contacts = ["sip:a@x", "sip:b@x", "sip:c@x"]
    api.live.rows = [registration_row("2001", contact=contact) for contact in contacts]
    api.live.rows.append(registration_row("1999", contact="sip:z@x"))

    seen, cursor = [], ""
    for _ in range(2):
        page = (await api.ask("GET", f"/registrations?limit=2{cursor}")).json
        seen += [(item["user"], item["contact"]) for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == [("1999", "sip:z@x"), *(("2001", contact) for contact in contacts)]
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "users"),
    [("user=2001", ["2001"]), ("kind=door", ["1001"]), ("user=200", []), ("site_id=9", [])],
)
async def test_registrations_are_found_by_user_kind_and_site(
    api: Api, query: str, users: list[str]
) -> None:
    api.live.rows = [registration_row("2001"), registration_row("1001", kind="door")]
    answer = await api.ask("GET", f"/registrations?{query}")

    assert [item["user"] for item in answer.json["items"]] == users


async def test_a_contact_that_is_no_utf8_does_not_break_the_list(api: Api) -> None:
    api.live.rows = [registration_row("2001", contact="sip:\udcff@x", user_agent="\udc80")]
    answer = await api.ask("GET", "/registrations")

    assert [item["contact"] for item in answer.json["items"]] == ["sip:?@x"]


async def test_a_cursor_after_such_a_contact_still_leads_on(api: Api) -> None:
    api.live.rows = [registration_row("2001", contact=contact) for contact in ("a\udcff", "b")]
    first = await api.ask("GET", "/registrations?limit=1")
    second = await api.ask("GET", f"/registrations?limit=1&cursor={first.json['next_cursor']}")

    assert [item["contact"] for item in second.json["items"]] == ["b"]
