import asyncio

import pytest

from tests.admin_api.api import Api

JSON = {"Content-Type": "application/json"}
NEW = {"name": "Elm Court", "kind": "community"}


async def test_a_body_that_is_no_json_is_a_bad_request(api: Api) -> None:
    answer = await api.ask("POST", "/sites", raw=b'{"name": ', headers=JSON)

    assert (answer.status, answer.json) == (
        400,
        {
            "type": "/docs#bad-request",
            "title": "Bad request",
            "status": 400,
            "detail": "The body is not valid JSON.",
            "errors": [],
        },
    )


async def test_every_wrong_and_unknown_field_is_named(api: Api) -> None:
    body = {"name": 7, "colour": "red", "stage_timeout": "long", "kind": "castle"}
    answer = await api.ask("POST", "/sites", body=body)

    assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert [field for field, _ in answer.errors] == ["kind", "stage_timeout", "name", "colour"]


async def test_rules_of_the_directory_name_their_fields_too(api: Api) -> None:
    body = {"name": " ", "country": "XX", "timezone": "Mars/Base", "stage_timeout": 1e9}
    answer = await api.ask("POST", "/sites", body=body)

    assert answer.status == 422
    assert sorted(field for field, _ in answer.errors) == [
        "country",
        "name",
        "stage_timeout",
        "timezone",
    ]


async def test_an_id_of_the_body_that_is_not_there_is_named_by_its_field(api: Api) -> None:
    accounts = f"/sites/{api.home.site}/accounts"
    other = api.foreign
    asked: list[tuple[str, dict[str, object], str]] = [
        ("/apartments", {"building_id": 987654, "number": "7"}, "building_id"),
        (accounts, {"kind": "app", "operator_id": 987654}, "operator_id"),
        (accounts, {"kind": "app", "apartment_id": other.apartment}, "apartment_id"),
        (
            "/users",
            {"name": "x", "role": "installer", "site_ids": [api.home.site, 987654]},
            "site_ids.2",
        ),
    ]
    for path, body, field in asked:
        answer = await api.ask("POST", path, body=body)
        assert (answer.status, [name for name, _ in answer.errors]) == (404, [field]), path
    by_path = await api.ask("POST", "/buildings/987654/apartments", body={"number": "7"})
    assert (by_path.status, by_path.errors) == (404, [])


async def test_a_foreign_id_of_the_body_looks_like_an_unknown_one(api: Api) -> None:
    answers = [
        await api.ask(
            "POST", "/apartments", by="installer", body={"building_id": row, "number": "7"}
        )
        for row in (api.foreign.building, 987654)
    ]

    assert answers[0].status == 404
    assert answers[0].text == answers[1].text


async def test_unknown_query_parameters_are_named(api: Api) -> None:
    answer = await api.ask("GET", "/sites?limt=5&kind=castle")

    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["kind", "limt"])


async def test_an_operation_without_parameters_takes_none(api: Api) -> None:
    answer = await api.ask("GET", f"/sites/{api.home.site}?expand=all")

    assert (answer.status, answer.errors) == (422, [("expand", "unknown parameter")])


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_of_another_type_is_refused(api: Api, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await api.ask("POST", "/sites", raw=b'{"name": "x"}', headers=headers)

    assert answer.status == 415


async def test_a_body_for_an_operation_without_one_must_be_empty(api: Api) -> None:
    path = f"/accounts/{api.home.lab_account}/reset-password"

    answer = await api.ask("POST", path, body={"password": "mine"})
    empty = await api.ask("POST", path, body={})

    assert (answer.status, answer.errors) == (422, [("password", "unknown field")])
    assert empty.status == 200


async def test_a_body_without_required_fields_may_be_left_out(api: Api) -> None:
    answer = await api.ask("POST", f"/devices/{api.home.gate}/arm")

    assert (answer.status, answer.json["armed_until"]) == (200, "2027-01-15T09:00:00.000Z")


async def test_a_body_beyond_the_limit_is_refused_before_it_is_parsed(api: Api) -> None:
    answer = await api.ask("POST", "/sites", raw=b"[" * (64 * 1024 + 1), headers=JSON)

    assert (answer.status, answer.headers["Connection"]) == (413, "close")


async def test_a_body_of_unknown_length_is_refused_beyond_the_limit(api: Api) -> None:
    async def chunks() -> object:
        for _ in range(70):
            yield b" " * 1024

    headers = {**JSON, "Authorization": f"Bearer {api.operators.tokens['root']}"}
    async with api.client.post("/api/v1/sites", data=chunks(), headers=headers) as response:
        assert response.status == 413


async def test_a_role_is_refused_before_its_body_is_looked_at(api: Api) -> None:
    answer = await api.ask("POST", "/sites", by="property_manager", raw=b"{", headers=JSON)

    assert (answer.status, answer.json["detail"]) == (403, "This role may not do this.")


async def test_what_is_created_is_named_by_its_location_and_tagged(api: Api) -> None:
    answer = await api.ask("POST", "/sites", body=NEW)
    again = await api.plain(
        "GET",
        answer.headers["Location"],
        headers={"Authorization": f"Bearer {api.operators.tokens['root']}"},
    )

    assert answer.headers["Location"] == f"/api/v1/sites/{answer.json['id']}"
    assert (again.json, again.headers["ETag"]) == (answer.json, answer.headers["ETag"])


async def test_a_repeated_post_with_its_key_makes_one_thing(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = await api.ask("POST", "/sites", body=NEW, headers=headers)
    second = await api.ask("POST", "/sites", body=NEW, headers=headers)

    assert (second.status, second.text, second.headers["Location"], second.headers["ETag"]) == (
        first.status,
        first.text,
        first.headers["Location"],
        first.headers["ETag"],
    )
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len((await api.ask("GET", "/sites?name=Elm")).ids) == 1


async def test_a_key_with_another_body_is_a_conflict(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    await api.ask("POST", "/sites", body=NEW, headers=headers)

    answer = await api.ask("POST", "/sites", body={**NEW, "name": "Oak"}, headers=headers)

    assert (answer.status, answer.errors) == (
        409,
        [("Idempotency-Key", "this key was used with another body")],
    )


async def test_keys_of_two_operators_are_two_keys(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = await api.ask("POST", "/sites", body=NEW, headers=headers)
    other = {**NEW, "name": "Another"}
    second = await api.ask("POST", "/sites", body=other, headers=headers, by="installer")

    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] != second.json["id"]


async def test_a_refused_post_may_be_mended_under_the_same_key(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    refused = await api.ask("POST", "/sites", body={**NEW, "name": ""}, headers=headers)
    mended = await api.ask("POST", "/sites", body=NEW, headers=headers)

    assert (refused.status, mended.status) == (422, 201)


async def test_two_posts_at_once_with_one_key_make_one_thing(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(
        *(api.ask("POST", "/sites", body=NEW, headers=headers) for _ in range(4))
    )

    assert {answer.status for answer in answers} <= {201, 409}
    assert len((await api.ask("GET", "/sites?name=Elm")).ids) == 1


async def test_an_unusable_key_is_named(api: Api) -> None:
    answer = await api.ask("POST", "/sites", body=NEW, headers={"Idempotency-Key": "a b"})

    assert (answer.status, [field for field, _ in answer.errors]) == (422, ["Idempotency-Key"])


async def test_a_key_means_nothing_outside_of_post(api: Api) -> None:
    path, headers = f"/sites/{api.home.site}", {"Idempotency-Key": "k-1"}
    await api.ask("PATCH", path, body={"city": "Leeds"}, headers=headers)
    second = await api.ask("PATCH", path, body={"city": "York"}, headers=headers)

    assert (second.status, second.json["city"]) == (200, "York")


@pytest.mark.parametrize("path", ["/sites/0x1", "/sites/-1", "/sites/9" + "9" * 30, "/sites/%00"])
async def test_what_cannot_be_an_id_is_unknown(api: Api, path: str) -> None:
    answer, unknown = await api.ask("GET", path), await api.ask("GET", "/sites/987654321")

    assert (answer.status, answer.text) == (404, unknown.text)
