"""The HTTP client, on a transport without a network; over one: tests/integration/test_pushes.py."""

import httpx
import pytest

from doorline.push.http import MAX_ANSWER, HttpAnswer, HttpClient, HttpFailed


async def posted(handler: httpx.MockTransport) -> HttpAnswer:
    client = HttpClient(transport=handler)
    try:
        return await client.post("https://push.test/x?token=secret", {"A": "1"}, b"{}", 5.0)
    finally:
        await client.close()


async def test_status_headers_and_body_come_back() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.headers["a"], request.content) == ("POST", "1", b"{}")
        return httpx.Response(503, headers={"Retry-After": "3"}, content=b"busy")

    found = await posted(httpx.MockTransport(answer))

    assert (found.status, found.headers["retry-after"], found.body) == (503, "3", b"busy")


async def test_a_redirect_is_not_followed() -> None:
    elsewhere = {"Location": "https://elsewhere.test/"}
    found = await posted(httpx.MockTransport(lambda _: httpx.Response(307, headers=elsewhere)))

    assert found.status == 307


async def test_a_failure_names_its_kind_and_never_the_address() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no way to {request.url}")

    with pytest.raises(HttpFailed) as failed:
        await posted(httpx.MockTransport(fail))

    assert str(failed.value) == "ConnectError"
    assert failed.value.__cause__ is None


async def test_a_long_answer_is_not_read() -> None:
    long = httpx.MockTransport(lambda _: httpx.Response(200, content=b"x" * (MAX_ANSWER + 1)))

    with pytest.raises(HttpFailed, match="too long"):
        await posted(long)
