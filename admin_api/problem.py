"""Problem documents (RFC 9457): how every refusal of the API looks.

`type` points at the paragraph of `/docs` that explains the kind of problem. There is no `instance`
member and `detail` never repeats what was asked for, so that two refusals of one kind are the same
octets: what is foreign looks like what is unknown. A 404 names the field of the body that is meant.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field of a body, or one wrong query parameter."""

    field: str
    """Path of the field, `landlines.1` for the first of a list; the parameter's name; empty for the
    whole body."""
    message: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem."""

    slug: str
    status: int
    title: str
    explanation: str
    """Sentence for the documentation page."""


BAD_REQUEST = Kind("bad-request", 400, "Bad request", "The body is not JSON or a header is broken.")
UNAUTHORIZED = Kind(
    "unauthorized", 401, "Unauthorized", "A valid token is needed: `Authorization: Bearer TOKEN`."
)
FORBIDDEN = Kind("forbidden", 403, "Forbidden", "The token's role lacks the right to do this.")
NOT_FOUND = Kind(
    "not-found", 404, "Not found", "It does not exist, or it belongs to a site out of reach."
)
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed", 405, "Method not allowed", "The `Allow` header lists what is possible."
)
CONFLICT = Kind("conflict", 409, "Conflict", "The change contradicts what is stored.")
PRECONDITION_FAILED = Kind(
    "precondition-failed", 412, "Precondition failed", "It was edited since: read it again."
)
TOO_LARGE = Kind("too-large", 413, "Body too large", "The body is longer than is accepted here.")
UNSUPPORTED_MEDIA_TYPE = Kind(
    "unsupported-media-type",
    415,
    "Unsupported media type",
    "Send `Content-Type: application/json`, or what the operation names.",
)
INVALID = Kind(
    "invalid", 422, "Invalid fields", "Each wrong or unknown field is named in `errors`."
)
INTERNAL = Kind(
    "internal", 500, "Internal error", "Look for the request id of `X-Request-Id` in the log."
)
UNAVAILABLE = Kind(
    "unavailable", 503, "Unavailable", "The database is busy or does not answer: try again."
)

KINDS = (
    BAD_REQUEST,
    UNAUTHORIZED,
    FORBIDDEN,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CONFLICT,
    PRECONDITION_FAILED,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID,
    INTERNAL,
    UNAVAILABLE,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document."""

    kind: Kind
    detail: str
    errors: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that belong to the answer, for instance `WWW-Authenticate`."""

    def document(self) -> dict[str, object]:
        """The members of the JSON object."""
        return {
            "type": f"/docs#{self.kind.slug}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "errors": [{"field": e.field, "message": e.message} for e in self.errors],
        }

    def response(self) -> web.Response:
        """The HTTP answer."""
        return web.Response(
            status=self.kind.status,
            body=json.dumps(self.document(), ensure_ascii=False).encode(),
            headers={"Content-Type": CONTENT_TYPE, **self.headers},
        )
