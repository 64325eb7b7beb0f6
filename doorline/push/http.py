"""HttpClient: one POST after the other to one provider, over HTTP/1.1 or HTTP/2."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

MAX_ANSWER = 64 * 1024
"""Octets of an answer that are read; providers answer with some hundred."""
MAX_CONNECTIONS = 16
"""Connections to one provider at the same time."""
AGENT = "doorline"


class HttpFailed(Exception):  # noqa: N818 - a fact in the past tense
    """There is no answer: no connection, a broken one, or no time; the text says which."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""


class HttpPoster(Protocol):
    """Sends a body to an address."""

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> HttpAnswer:
        """The answer within so many seconds; HttpFailed when there is none."""

    async def close(self) -> None:
        """Close the connections."""


class HttpClient:
    """HttpPoster over the network.

    Redirects are not followed and no proxy of the environment is used: a token goes where the
    settings say and nowhere else. Certificates are checked against the system's authorities.
    """

    def __init__(
        self, *, http2: bool = False, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`http2`: speak nothing but HTTP/2, which Apple wants. `transport`: for tests."""
        self._client = httpx.AsyncClient(
            http1=not http2,
            http2=http2,
            follow_redirects=False,
            trust_env=False,
            verify=ssl.create_default_context(),
            transport=transport,
            headers={"User-Agent": AGENT},
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=300.0),
        )

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> HttpAnswer:
        """The answer within so many seconds; HttpFailed when there is none."""
        received = bytearray()
        try:
            async with self._client.stream(
                "POST", url, headers=dict(headers), content=body, timeout=seconds
            ) as answer:
                async for piece in answer.aiter_bytes():
                    received += piece
                    if len(received) > MAX_ANSWER:
                        raise HttpFailed("the answer is too long")
                return HttpAnswer(
                    answer.status_code,
                    {name.lower(): value for name, value in answer.headers.items()},
                    bytes(received),
                )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            # The error's own text may repeat the address, and with it a token (APNs).
            raise HttpFailed(type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
