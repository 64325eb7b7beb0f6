"""One operation of the API: the row from which routing, roles, validation and OpenAPI are made."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from admin_api.errors import Unknown
from admin_api.schemas.base import MAX_ID, Body, NoBody, NoQuery, Out, Query
from admin_api.services import Services
from directory.scope import Scope

Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=Body)

PREFIX = "/api/v1"
TEXT_PARAMETERS: Mapping[str, str] = {
    "address": "An IPv4 address; for IPv6 any address of the /64.",
    "call_id": "Id of the call, which is the visit's as well.",
}
"""Path parameters that are texts, and what they mean; every other one is a row's id."""
MAX_TEXT_PARAMETER = 128


@dataclass(frozen=True, slots=True)
class ApiRequest(Generic[Q, B]):
    """What a handler gets: everything is parsed, validated and allowed for the role."""

    services: Services
    scope: Scope
    query: Q
    body: B
    text: str
    """The body of an operation that takes plain text; empty for every other."""
    path: Mapping[str, str]
    if_match: str | None
    """`If-Match` as sent; None when absent."""
    file: bytes = b""
    """The body of an operation that takes a file; empty for every other."""
    last_event_id: str | None = None
    """`Last-Event-ID` as sent; None when absent."""
    still: Callable[[], Awaitable[bool]] | None = None
    """Whether the token still stands for the same scope, for what goes on for long."""

    def id(self, name: str) -> int:
        """A path parameter as a row's id; Unknown when it cannot be one."""
        text = self.path[name]
        if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > MAX_ID:
            raise Unknown
        return int(text)

    def name(self, name: str) -> str:
        """A path parameter as text; Unknown when it is none that could be stored."""
        text = self.path[name]
        if len(text) > MAX_TEXT_PARAMETER or not text.isprintable():
            raise Unknown
        return text

    def given(self) -> dict[str, object]:
        """Fields of the body that the client sent, by name: what an edit changes.

        Moments are given as the directory takes them: seconds since the epoch.
        """
        sent = {name: getattr(self.body, name) for name in self.body.model_fields_set}
        return {
            name: value.timestamp() if isinstance(value, datetime) else value
            for name, value in sent.items()
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers."""

    out: Out | None = None
    location: str | None = None
    """Path of what was created, under the prefix."""
    stream: AsyncIterator[bytes] | None = None
    """What an operation with a media type of its own answers, piece by piece."""


async def whole(content: bytes) -> AsyncIterator[bytes]:
    """A stream of one piece."""
    yield content


Handler = Callable[[ApiRequest[Q, B]], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Operation(Generic[Q, B]):
    """One method on one path."""

    id: str
    """Name in OpenAPI, in the role table, in metrics: `list_sites`."""
    method: str
    path: str
    """Under the prefix, parameters in braces: `/sites/{site_id}`."""
    summary: str
    handler: Handler[Q, B]
    query: type[Q]
    body: type[B]
    out: type[Out] | None
    status: int
    tag: str
    takes_text: bool = False
    """The body is `text/plain` instead of JSON."""
    takes_file: tuple[str, ...] = ()
    """Media types of a body that is a file; empty for every other body."""
    edits: bool = False
    """Honours If-Match and can answer 412."""
    media_type: str = ""
    """Type of an answer that is a stream of octets; empty for JSON."""
    body_limit: int = field(default=64 * 1024)
    """Longest body in octets."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the path parameters in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def has_body(self) -> bool:
        """Whether the operation takes a JSON body."""
        return self.body is not NoBody


AnyOperation = Operation[Any, Any]


def reads(
    name: str,
    path: str,
    summary: str,
    handler: Handler[Q, NoBody],
    *,
    query: type[Q],
    out: type[Out],
) -> Operation[Q, NoBody]:
    """A GET."""
    return Operation(name, "GET", path, summary, handler, query, NoBody, out, 200, _tag(path))


def streams(
    name: str,
    path: str,
    summary: str,
    handler: Handler[Q, NoBody],
    *,
    query: type[Q],
    media_type: str,
) -> Operation[Q, NoBody]:
    """A GET answered with a stream of octets instead of JSON."""
    return Operation(
        name,
        "GET",
        path,
        summary,
        handler,
        query,
        NoBody,
        None,
        200,
        _tag(path),
        media_type=media_type,
    )


def creates(
    name: str,
    path: str,
    summary: str,
    handler: Handler[NoQuery, B],
    *,
    body: type[B],
    out: type[Out],
    status: int = 201,
) -> Operation[NoQuery, B]:
    """A POST that takes JSON; Idempotency-Key is honoured on every POST."""
    return Operation(name, "POST", path, summary, handler, NoQuery, body, out, status, _tag(path))


def edits(
    name: str,
    path: str,
    summary: str,
    handler: Handler[NoQuery, B],
    *,
    body: type[B],
    out: type[Out],
) -> Operation[NoQuery, B]:
    """A PATCH: fields that are not sent stay as they are."""
    return Operation(
        name, "PATCH", path, summary, handler, NoQuery, body, out, 200, _tag(path), edits=True
    )


def replaces(
    name: str,
    path: str,
    summary: str,
    handler: Handler[NoQuery, B],
    *,
    body: type[B],
    out: type[Out],
) -> Operation[NoQuery, B]:
    """A PUT: what is there is replaced as a whole, or made."""
    return Operation(name, "PUT", path, summary, handler, NoQuery, body, out, 200, _tag(path))


def acts(
    name: str,
    path: str,
    summary: str,
    handler: Handler[NoQuery, NoBody],
    *,
    out: type[Out],
) -> Operation[NoQuery, NoBody]:
    """A POST without a body that does something to what exists."""
    return Operation(name, "POST", path, summary, handler, NoQuery, NoBody, out, 200, _tag(path))


def deletes(
    name: str, path: str, summary: str, handler: Handler[NoQuery, NoBody]
) -> Operation[NoQuery, NoBody]:
    """A DELETE, answered 204."""
    return Operation(
        name,
        "DELETE",
        path,
        summary,
        handler,
        NoQuery,
        NoBody,
        None,
        204,
        _tag(path),
        edits=True,
    )


def _tag(path: str) -> str:
    """The resource that the path starts with."""
    return path.split("/")[1]
