"""From octets to validated models: bodies and query strings, with every fault named by field."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from admin_api.errors import BadRequest, Rejected
from admin_api.problem import FieldProblem
from admin_api.schemas.base import Body, Query

Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=Body)

_WORDS: Mapping[str, str] = {
    "extra_forbidden": "unknown field",
    "missing": "required",
}
_MAX_ERRORS = 50
_MAX_FIELD = 200


def parse_body(model: type[B], body: bytes) -> B:
    """The body as its model.

    BadRequest when it is no JSON at all, Rejected naming each wrong, missing or unknown field.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        if details[0]["type"] == "json_invalid":
            raise BadRequest("The body is not valid JSON.") from None
        raise Rejected(_field_problems(details)) from None


def parse_query(model: type[Q], pairs: Iterable[tuple[str, str]]) -> Q:
    """The query parameters as their model; Rejected for unknown, wrong and repeated ones."""
    given = list(pairs)
    counts = Counter(name for name, _value in given)
    repeated = sorted(name for name, count in counts.items() if count > 1)
    if repeated:
        raise Rejected(FieldProblem(_shortened(name), "given more than once") for name in repeated)
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise Rejected(_field_problems(details, unknown="unknown parameter")) from None


def _field_problems(
    details: Iterable[ErrorDetails], unknown: str = "unknown field"
) -> list[FieldProblem]:
    """One entry per wrong field, without the value that was sent."""
    words = {**_WORDS, "extra_forbidden": unknown}
    problems = []
    for detail in list(details)[:_MAX_ERRORS]:
        field = _shortened(".".join(_counted(part) for part in detail["loc"]))
        message = words.get(detail["type"]) or _plain(detail["msg"])
        problems.append(FieldProblem(field, message))
    return problems


def _counted(part: int | str) -> str:
    """Entries of lists are counted from 1, as the directory counts them."""
    return str(part + 1) if isinstance(part, int) else part


def _shortened(name: str) -> str:
    """A name that the client chose, no longer than an answer should repeat."""
    return name if len(name) <= _MAX_FIELD else name[:_MAX_FIELD] + "…"


def _plain(message: str) -> str:
    """pydantic's sentence without the class of the error that a check of ours raised."""
    own = message.removeprefix("Value error, ")
    return own[:1].lower() + own[1:]
