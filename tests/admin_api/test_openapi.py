"""The description against the rules of OpenAPI 3.1 that a generator of clients relies on."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from admin_api.openapi import Document, describe
from admin_api.operation import PREFIX
from admin_api.resources import OPERATIONS
from admin_api.roles import ROLE_TABLE
from sipcore.defence.offence import Offence

DOCUMENT = describe(OPERATIONS, "1.2.3")
METHODS = {"get", "post", "put", "patch", "delete"}
JSON_TYPES = {"string", "integer", "number", "boolean", "array", "object", "null"}


def operations() -> Iterator[tuple[str, str, Document]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def nodes(value: Any) -> Iterator[Any]:
    yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:
            yield from nodes(child)


def references() -> set[str]:
    return {node["$ref"] for node in nodes(DOCUMENT) if isinstance(node, dict) and "$ref" in node}


def resolve(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_document_names_its_version_and_how_to_authenticate() -> None:
    assert (DOCUMENT["openapi"], DOCUMENT["info"]["version"], DOCUMENT["security"]) == (
        "3.1.0",
        "1.2.3",
        [{"token": []}],
    )
    assert DOCUMENT["components"]["securitySchemes"]["token"] == {
        "type": "http",
        "scheme": "bearer",
    }


def test_every_operation_is_described_once_and_nothing_else_is() -> None:
    described = sorted((path, method) for path, method, _ in operations())

    assert described == sorted((PREFIX + o.path, o.method.lower()) for o in OPERATIONS)
    assert {method for _, method in described} <= METHODS


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]

    assert sorted(ids) == sorted(set(ids))


def test_every_reference_leads_somewhere() -> None:
    assert references()
    assert all(isinstance(resolve(reference), dict) for reference in references())


def test_every_component_is_used() -> None:
    defined = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}

    assert defined - references() == set()


def test_path_parameters_are_declared_as_the_path_names_them() -> None:
    for path, method, operation in operations():
        declared = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
        assert declared == re.findall(r"{(\w+)}", path), (method, path)


def test_parameters_are_whole_and_none_is_declared_twice() -> None:
    for path, method, operation in operations():
        places = [(p["in"], p["name"]) for p in operation["parameters"]]
        assert len(places) == len(set(places)), (method, path)
        for parameter in operation["parameters"]:
            assert parameter["in"] in {"path", "query", "header"}
            assert isinstance(parameter["required"], bool)
            assert isinstance(parameter["schema"], dict)
            assert parameter["in"] != "path" or parameter["required"]


def test_schemas_use_the_types_of_json() -> None:
    types = {
        node["type"]
        for node in nodes(DOCUMENT["components"]["schemas"])
        if isinstance(node, dict) and isinstance(node.get("type"), str)
    }

    assert types <= JSON_TYPES


def test_every_object_of_ours_refuses_unknown_fields() -> None:
    loose = [
        name
        for name, schema in DOCUMENT["components"]["schemas"].items()
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False
    ]

    assert loose == []


def test_every_operation_answers_with_one_success_and_its_problems() -> None:
    for path, method, operation in operations():
        statuses = sorted(operation["responses"])
        assert [status for status in statuses if status < "300"] == [statuses[0]], (method, path)
        assert {"401", "403", "404", "422"} <= set(statuses)
        assert all(operation["responses"][status].get("description") for status in statuses[:1])


def test_posts_take_an_idempotency_key_and_edits_take_if_match() -> None:
    for path, method, operation in operations():
        headers = [p["name"] for p in operation["parameters"] if p["in"] == "header"]
        wanted = {"get": [], "put": [], "post": ["Idempotency-Key"]}.get(method, ["If-Match"])
        if path.endswith("/events"):
            wanted = ["Last-Event-ID"]
        assert headers == wanted, (method, path)


def test_lists_take_limit_and_cursor() -> None:
    for _, _, operation in operations():
        answer = operation["responses"].get("200", {}).get("content", {})
        reference = answer.get("application/json", {}).get("schema", {}).get("$ref", "")
        if "next_cursor" not in (resolve(reference).get("properties", {}) if reference else {}):
            continue
        names = [p["name"] for p in operation["parameters"] if p["in"] == "query"]
        assert names[:2] == ["limit", "cursor"]


@pytest.mark.parametrize("name", ["Account", "AccountPage", "Device", "Token", "Person", "User"])
def test_nothing_that_is_listed_has_a_field_for_a_secret(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]

    assert {"password", "token", "autop_token"} & set(schema["properties"]) == set()


def test_the_roles_of_each_operation_are_told() -> None:
    for _, _, operation in operations():
        roles = ", ".join(sorted(ROLE_TABLE[operation["operationId"]]))
        assert operation["description"].endswith(f". Roles: {roles}.")


def test_each_operation_says_what_it_does() -> None:
    silent = [
        operation["operationId"]
        for _, _, operation in operations()
        if operation["description"].startswith(" ") or not operation["summary"]
    ]

    assert silent == []


def test_the_reasons_of_bans_are_told() -> None:
    reason = DOCUMENT["components"]["schemas"]["Ban"]["properties"]["reason"]["description"]

    assert [word for word in Offence if f"`{word.word}`" not in reason] == []


def test_a_site_says_what_a_phone_that_declines_does() -> None:
    settings = DOCUMENT["components"]["schemas"]["SiteEdit"]["properties"]

    assert "declines" in settings["declined"]["description"]
