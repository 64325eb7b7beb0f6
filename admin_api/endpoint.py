"""From an HTTP request to an operation's handler and back: the same steps for every operation.

token → role → query → body → (idempotency) → handler → answer.
"""

from functools import partial
from typing import Any

from aiohttp import web

from admin_api.auth import authenticate
from admin_api.errors import (
    BadRequest,
    NotAllowed,
    TooLarge,
    Unauthorized,
    Unknown,
    UnsupportedMediaType,
)
from admin_api.etag import etag_of
from admin_api.idempotency import HEADER as IDEMPOTENCY_KEY
from admin_api.idempotency import Answer, IdempotencyStore, check_key
from admin_api.operation import PREFIX, AnyOperation, ApiRequest, Reply
from admin_api.parsing import parse_body, parse_query
from admin_api.roles import ROLE_TABLE
from admin_api.schemas.base import Body, Item, NoBody
from admin_api.services import Services
from admin_api.trace import note_actor
from directory.errors import NotFound
from directory.scope import Scope


class Endpoint:
    """One operation as an aiohttp handler."""

    def __init__(
        self, operation: AnyOperation, services: Services, store: IdempotencyStore
    ) -> None:
        self._operation = operation
        self._services = services
        self._store = store
        self._roles = ROLE_TABLE[operation.id]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; refusals are raised."""
        scope = await authenticate(self._services, request.headers.get("Authorization"))
        note_actor(scope.actor)
        if scope.role not in self._roles:
            raise NotAllowed
        query = parse_query(self._operation.query, request.query.items())
        raw = await self._read(request)
        body, text = self._parse(request, raw)
        api_request: ApiRequest[Any, Any] = ApiRequest(
            services=self._services,
            scope=scope,
            query=query,
            body=body,
            text=text,
            file=raw if self._operation.takes_file else b"",
            path=request.match_info,
            if_match=request.headers.get("If-Match"),
            last_event_id=request.headers.get("Last-Event-ID"),
            still=partial(self._still, scope, request.headers.get("Authorization")),
        )
        if self._operation.media_type:
            return await self._stream(api_request)
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None or request.method != "POST":
            return _response(await self._run(api_request))
        # With its query: an import that was tried is another request than the import itself.
        return await self._once(check_key(key), request.path_qs, raw, api_request)

    async def _still(self, scope: Scope, header: str | None) -> bool:
        """Whether the token would be given the same scope again."""
        try:
            return await authenticate(self._services, header) == scope
        except Unauthorized:
            return False

    async def _stream(self, api_request: ApiRequest[Any, Any]) -> web.Response:
        """The handler's octets, sent as they come."""
        operation = self._operation
        reply = await operation.handler(api_request)
        is_text = operation.media_type == "text/plain"
        return web.Response(
            status=operation.status,
            body=reply.stream,
            content_type=operation.media_type,
            charset="utf-8" if is_text else None,
        )

    async def _once(
        self, key: str, path: str, raw: bytes, api_request: ApiRequest[Any, Any]
    ) -> web.Response:
        """Run a POST unless its key was seen; then repeat the first answer."""
        now = self._services.monotonic()
        place = self._store.begin(_identity(api_request.scope), path, key, raw, now)
        if isinstance(place, Answer):
            response = _response(place)
            response.headers["Idempotency-Replayed"] = "true"
            return response
        try:
            answer = await self._run(api_request)
        except BaseException:
            self._store.forget(place)
            raise
        self._store.keep(place, answer, self._services.monotonic())
        return _response(answer)

    async def _run(self, api_request: ApiRequest[Any, Any]) -> Answer:
        """The handler's reply as status, headers and octets."""
        try:
            reply = await self._operation.handler(api_request)
        except NotFound as error:
            raise Unknown(_field_of(api_request.body, error)) from error
        return _answer(self._operation.status, reply)

    async def _read(self, request: web.Request) -> bytes:
        """The body within the operation's limit."""
        limit = self._operation.body_limit
        if request.content_length is not None and request.content_length > limit:
            raise TooLarge
        try:
            raw = await request.read()
        except ConnectionError as error:
            # The client hung up in the middle of it; nobody reads the answer.
            raise BadRequest("The body ended early.") from error
        if len(raw) > limit:
            raise TooLarge
        return raw

    def _parse(self, request: web.Request, raw: bytes) -> tuple[Body, str]:
        """The body as its model, or as text for an operation that takes text."""
        operation = self._operation
        if operation.takes_text:
            return NoBody(), _text_of(request, raw)
        if operation.takes_file:
            if request.content_type not in operation.takes_file:
                raise UnsupportedMediaType(" or ".join(operation.takes_file))
            return NoBody(), ""
        if not raw and not any(f.is_required() for f in operation.body.model_fields.values()):
            return parse_body(operation.body, b"{}"), ""
        if request.content_type != "application/json":
            raise UnsupportedMediaType("application/json")
        return parse_body(operation.body, raw), ""


def _field_of(body: Body, error: NotFound) -> str:
    """The field of a body that names what is not there; empty when none does."""
    one, several = f"{error.kind}_id", f"{error.kind}_ids"
    if getattr(body, one, None) == error.key:
        return one
    ids = getattr(body, several, None) or ()
    return f"{several}.{ids.index(error.key) + 1}" if error.key in ids else ""


def _text_of(request: web.Request, raw: bytes) -> str:
    if request.content_type not in {"text/plain", "text/csv"}:
        raise UnsupportedMediaType("text/plain")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest("The body is not UTF-8 text.") from error


def _identity(scope: Scope) -> str:
    """Whom an Idempotency-Key belongs to."""
    return f"{scope.operator_id}:{scope.actor}"


def _answer(status: int, reply: Reply) -> Answer:
    """Status, octets and headers of a reply."""
    headers = []
    if reply.location is not None:
        headers.append(("Location", PREFIX + reply.location))
    if isinstance(reply.out, Item):
        headers.append(("ETag", etag_of(reply.out)))
    if reply.out is None:
        return Answer(status, b"", tuple(headers))
    headers.append(("Content-Type", "application/json"))
    return Answer(status, reply.out.to_json(), tuple(headers))


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=list(answer.headers))
