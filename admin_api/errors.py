"""Errors of the API, and the one table that turns any exception into a problem document.

ApiError
├── BadRequest             400  the body or a header cannot be read
├── Unauthorized           401  no valid token
├── NotAllowed             403  the role table says no
├── Unknown                404  no such thing, or not within reach
├── Clash                  409  the request contradicts an earlier one
├── PreconditionFailed     412  If-Match names an older state
├── TooLarge               413  the body is longer than the operation takes
├── UnsupportedMediaType   415  the body is of another type
└── Rejected               422  wrong or unknown fields and parameters
"""

from collections.abc import Callable, Iterable

from aiohttp import web
from sqlalchemy.exc import OperationalError

from admin_api import problem
from admin_api.problem import FieldProblem, Problem
from directory.errors import Conflict, DatabaseUnavailable, Forbidden, Invalid, NotFound


class ApiError(Exception):
    """Anything the API refuses by itself."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadRequest(ApiError):  # noqa: N818 - the name is the answer
    """The body or a header cannot be read."""


class Unauthorized(ApiError):  # noqa: N818 - the name is the answer
    """No valid token; the answer is the same whatever is wrong with it."""

    def __init__(self) -> None:
        super().__init__("A valid token is needed.")


class NotAllowed(ApiError):  # noqa: N818 - the name is the answer
    """The role may not use this operation."""

    def __init__(self) -> None:
        super().__init__("This role may not do this.")


class Unknown(ApiError):  # noqa: N818 - the name is the answer
    """No such thing, or not within reach: the two look the same.

    `field` is the one of the body that names it, where the path does not.
    """

    def __init__(self, field: str = "") -> None:
        super().__init__("Nothing here, or nothing that this token may see.")
        self.field = field


class Clash(ApiError):  # noqa: N818 - the name is the answer
    """The request contradicts an earlier one; `field` names what clashes."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class PreconditionFailed(ApiError):  # noqa: N818 - the name is the answer
    """If-Match names a state that is not the present one."""

    def __init__(self) -> None:
        super().__init__("It was changed since it was read; read it again.")


class TooLarge(ApiError):  # noqa: N818 - the name is the answer
    """The body is longer than the operation takes."""

    def __init__(self) -> None:
        super().__init__("The body is too large.")


class UnsupportedMediaType(ApiError):  # noqa: N818 - the name is the answer
    """The body has another content type than the operation takes."""

    def __init__(self, wanted: str) -> None:
        super().__init__(f"The body must be {wanted}.")


class Rejected(ApiError):  # noqa: N818 - the name is the answer
    """Fields or parameters are wrong; each is named."""

    def __init__(self, errors: Iterable[FieldProblem]) -> None:
        self.errors = tuple(errors)
        super().__init__("Some fields are wrong.")

    @classmethod
    def one(cls, field: str, message: str) -> "Rejected":
        """An error about a single field."""
        return cls((FieldProblem(field, message),))


def _bad_request(error: BadRequest) -> Problem:
    return Problem(problem.BAD_REQUEST, error.detail)


def _unauthorized(error: Unauthorized) -> Problem:
    # RFC 9110 §11.6.1: a 401 carries a challenge; RFC 6750 §3: without an error code, so that
    # missing, malformed, revoked and unknown tokens look the same.
    headers = {"WWW-Authenticate": 'Bearer realm="doorline"'}
    return Problem(problem.UNAUTHORIZED, error.detail, headers=headers)


def _not_allowed(error: NotAllowed) -> Problem:
    return Problem(problem.FORBIDDEN, error.detail)


def _forbidden(error: Forbidden) -> Problem:
    return Problem(problem.FORBIDDEN, f"This role may not {error.right.replace('_', ' ')}.")


def _unknown(error: Unknown | NotFound | web.HTTPNotFound) -> Problem:
    detail = Unknown().detail
    if isinstance(error, Unknown) and error.field:
        return Problem(problem.NOT_FOUND, detail, (FieldProblem(error.field, detail),))
    return Problem(problem.NOT_FOUND, detail)


def _method_not_allowed(error: web.HTTPMethodNotAllowed) -> Problem:
    allowed = ", ".join(sorted(error.allowed_methods))
    headers = {"Allow": allowed}
    return Problem(problem.METHOD_NOT_ALLOWED, f"Possible here: {allowed}.", headers=headers)


def _clash(error: Clash) -> Problem:
    return Problem(problem.CONFLICT, error.detail, (FieldProblem(error.field, error.detail),))


def _conflict(error: Conflict) -> Problem:
    errors = (FieldProblem(error.field, error.message),)
    return Problem(problem.CONFLICT, "The change contradicts what is stored.", errors)


def _precondition_failed(error: PreconditionFailed) -> Problem:
    return Problem(problem.PRECONDITION_FAILED, error.detail)


def _too_large(_error: TooLarge | web.HTTPRequestEntityTooLarge) -> Problem:
    # The connection is closed because the rest of the body was not read.
    return Problem(problem.TOO_LARGE, TooLarge().detail, headers={"Connection": "close"})


def _unsupported(error: UnsupportedMediaType) -> Problem:
    return Problem(problem.UNSUPPORTED_MEDIA_TYPE, error.detail)


def _rejected(error: Rejected) -> Problem:
    return Problem(problem.INVALID, error.detail, error.errors)


def _invalid(error: Invalid) -> Problem:
    errors = tuple(FieldProblem(e.field, e.message) for e in error.errors)
    return Problem(problem.INVALID, "Some fields are wrong.", errors)


def _unavailable(_error: Exception) -> Problem:
    headers = {"Retry-After": "1"}
    return Problem(problem.UNAVAILABLE, "The database does not answer.", headers=headers)


def _internal(_error: Exception) -> Problem:
    return Problem(problem.INTERNAL, "Something went wrong on our side.")


PROBLEMS: tuple[tuple[type[Exception], Callable[..., Problem]], ...] = (
    (BadRequest, _bad_request),
    (Unauthorized, _unauthorized),
    (NotAllowed, _not_allowed),
    (Forbidden, _forbidden),
    (Unknown, _unknown),
    (NotFound, _unknown),
    (web.HTTPNotFound, _unknown),
    (web.HTTPMethodNotAllowed, _method_not_allowed),
    (Clash, _clash),
    (Conflict, _conflict),
    (PreconditionFailed, _precondition_failed),
    (TooLarge, _too_large),
    (web.HTTPRequestEntityTooLarge, _too_large),
    (UnsupportedMediaType, _unsupported),
    (Rejected, _rejected),
    (Invalid, _invalid),
    (DatabaseUnavailable, _unavailable),
    (OperationalError, _unavailable),
)
"""Exception type and what becomes of it; the first row that fits is taken."""


def problem_of(error: Exception) -> Problem:
    """The problem document for an exception; what the table does not know is a 500."""
    for kind, make in PROBLEMS:
        if isinstance(error, kind):
            return make(error)
    return _internal(error)
