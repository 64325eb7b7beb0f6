import asyncio

from admin_api.app import MAX_BODY
from admin_api.resources import OPERATIONS
from tests.admin_api.api import Api


def test_no_operation_takes_more_than_is_read_at_all() -> None:
    assert max(operation.body_limit for operation in OPERATIONS) <= MAX_BODY


async def test_the_description_needs_no_token(api: Api) -> None:
    answer = await api.plain("GET", "/api/v1/openapi.json")

    assert (answer.status, answer.headers["Content-Type"], answer.json["info"]["version"]) == (
        200,
        "application/json",
        "1.2.3",
    )


async def test_the_page_lets_its_own_style_pass_and_nothing_else(api: Api) -> None:
    answer = await api.plain("GET", "/docs")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 's")


async def test_requests_at_the_same_time_do_not_disturb_each_other(api: Api) -> None:
    bodies = [{"name": f"Court {number}", "kind": "community"} for number in range(8)]
    made = await asyncio.gather(*(api.ask("POST", "/sites", body=body) for body in bodies))

    assert [answer.status for answer in made] == [201] * 8
    assert len({answer.json["id"] for answer in made}) == 8
