from admin_api.rows import Check
from tests.admin_api.api import Api


async def test_the_server_is_alive_while_it_answers(api: Api) -> None:
    answer = await api.plain("GET", "/healthz")

    assert (answer.status, answer.json) == (200, {"status": "alive", "version": "1.2.3"})


async def test_the_server_is_ready_when_every_check_is_well(api: Api) -> None:
    answer = await api.plain("GET", "/readyz")

    assert (answer.status, answer.json) == (
        200,
        {
            "status": "ready",
            "checks": [{"name": "database", "ok": True, "message": "answers"}],
        },
    )


async def test_a_server_that_is_not_ready_says_why(api: Api) -> None:
    api.health.checks = (
        Check("database", True, "answers"),
        Check("draining", False, "the server is stopping"),
    )

    answer = await api.plain("GET", "/readyz")

    assert (answer.status, answer.json) == (
        503,
        {
            "status": "not_ready",
            "checks": [
                {"name": "database", "ok": True, "message": "answers"},
                {"name": "draining", "ok": False, "message": "the server is stopping"},
            ],
        },
    )


async def test_figures_are_those_of_the_server_and_of_the_api(api: Api) -> None:
    answer = await api.plain("GET", "/metrics")

    assert (answer.status, answer.headers["Content-Type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    assert answer.text.startswith("doorline_up 1\n# HELP doorline_http_requests_total")
