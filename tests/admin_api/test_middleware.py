from typing import Any

import pytest
from structlog.testing import capture_logs

from admin_api.middleware import SECURITY_HEADERS
from tests.admin_api.api import Api


@pytest.mark.parametrize("path", ["/api/v1/sites", "/healthz", "/metrics", "/nowhere"])
async def test_every_answer_carries_the_security_headers(api: Api, path: str) -> None:
    answer = await api.plain("GET", path)

    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


async def test_the_clients_request_id_is_given_back(api: Api) -> None:
    answer = await api.ask("GET", "/sites", headers={"X-Request-Id": "mine-1"})

    assert answer.headers["X-Request-Id"] == "mine-1"


async def test_a_request_without_a_usable_id_gets_one(api: Api) -> None:
    answer = await api.ask("GET", "/sites", headers={"X-Request-Id": "no good"})

    assert answer.headers["X-Request-Id"] == "made-here"


async def test_paths_outside_the_prefix_are_unknown_without_a_token(api: Api) -> None:
    answer = await api.plain("GET", "/nowhere")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


async def test_a_wrong_method_is_answered_with_the_right_ones(api: Api) -> None:
    answer = await api.ask("PUT", "/sites")

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")


async def lines_of(api: Api, method: str, path: str, **request: Any) -> list[dict[str, Any]]:
    with capture_logs() as lines:
        await api.ask(method, path, **request)
    return [dict(line) for line in lines]


async def test_an_edit_leaves_one_line_that_says_who_did_what(api: Api) -> None:
    body = {"name": "hunter2", "kind": "office"}
    lines = await lines_of(api, "POST", "/sites", by="installer", body=body)

    assert lines == [
        {
            "event": "http.answered",
            "log_level": "info",
            "operation": "create_site",
            "method": "POST",
            "status": 201,
            "milliseconds": 0.0,
            "actor": "installer",
            "request_id": "made-here",
        }
    ]


async def test_a_line_about_a_stranger_names_no_actor_and_no_path(api: Api) -> None:
    lines = await lines_of(api, "GET", "/secret-path?token=x", by=None)

    assert [(line["actor"], line["operation"], line["log_level"]) for line in lines] == [
        (None, "none", "debug")
    ]
    assert "secret-path" not in str(lines)


async def test_a_fault_of_ours_is_logged_with_the_request_id_and_told_to_nobody(api: Api) -> None:
    api.live.fault = RuntimeError("hunter2")
    with capture_logs() as lines:
        answer = await api.ask("GET", "/accounts", headers={"X-Request-Id": "r-7"})

    assert (answer.status, answer.json["detail"]) == (500, "Something went wrong on our side.")
    assert [(line["event"], line["request_id"]) for line in lines] == [
        ("http.failed", "r-7"),
        ("http.answered", "r-7"),
    ]


async def test_requests_are_counted_by_operation(api: Api) -> None:
    await api.ask("GET", "/sites")
    await api.ask("GET", "/sites/999999")
    await api.plain("GET", "/nowhere")

    figures = (await api.plain("GET", "/metrics")).text.splitlines()

    assert [line for line in figures if line.startswith("doorline_http_requests_total")] == [
        'doorline_http_requests_total{operation="list_sites",status="200"} 1.0',
        'doorline_http_requests_total{operation="get_site",status="404"} 1.0',
        'doorline_http_requests_total{operation="none",status="404"} 1.0',
    ]
