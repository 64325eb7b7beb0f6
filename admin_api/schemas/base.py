"""Building blocks of the API's JSON: strict bodies, strict queries, answers, pages and times."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticSerializationError

MAX_ID = 2**63 - 1
"""Greatest row id a database holds."""
DEFAULT_LIMIT = 50
MAX_LIMIT = 200

T = TypeVar("T")


def iso_utc(at: float) -> str:
    """`2027-01-15T08:00:00.000Z`: RFC 3339 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Id = Annotated[int, Field(ge=1, le=MAX_ID)]
"""A row's id in a body or a query."""

Instant = Annotated[
    float,
    PlainSerializer(iso_utc, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in an answer: seconds since the epoch inside, RFC 3339 UTC outside."""

FilterText = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00]*$")]
"""A filter's text; a database takes no NUL."""

Moment = AwareDatetime
"""A moment in a query: RFC 3339 with an offset."""


class Body(BaseModel):
    """Body of a request: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def left_out() -> Any:
    """Default of a field that may be left out: only what a client sends reaches the directory."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    """The description shows no default, because none is applied here."""
    schema.pop("default", None)


class NoBody(Body):
    """The operation takes no body."""


class Query(BaseModel):
    """Query parameters: unknown ones are refused; texts are converted to the type wanted."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class NoQuery(Query):
    """The operation takes no query parameters."""


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, frozen=True)

    def to_json(self, exclude: frozenset[str] = frozenset()) -> bytes:
        """The answer as octets, whatever texts it holds.

        A contact or a name that a device sent may hold octets that are no UTF-8; they are kept as
        halves of surrogate pairs, which JSON cannot carry, and are shown as question marks.
        """
        try:
            return self.model_dump_json(by_alias=True, exclude=set(exclude)).encode()
        except PydanticSerializationError:
            plain = self.model_dump(by_alias=True, exclude=set(exclude))
            return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")


class Item(Out):
    """One thing that can be edited: its answer carries an ETag."""

    volatile: ClassVar[frozenset[str]] = frozenset()
    """Fields that change without an edit, for instance presence: they are no part of the ETag."""


class PageQuery(Query):
    """What every list takes."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Rows a page.")] = DEFAULT_LIMIT
    cursor: Annotated[
        str | None, Field(max_length=4000, description="`next_cursor` of the former page.")
    ] = None


class TimeRange(PageQuery):
    """A list of records over time."""

    since: Annotated[
        Moment | None, Field(alias="from", description="Earliest moment, inclusive.")
    ] = None
    until: Annotated[Moment | None, Field(alias="to", description="Latest moment, exclusive.")] = (
        None
    )

    @property
    def since_at(self) -> float | None:
        """`from` as seconds since the epoch."""
        return None if self.since is None else self.since.timestamp()

    @property
    def until_at(self) -> float | None:
        """`to` as seconds since the epoch."""
        return None if self.until is None else self.until.timestamp()


class Page(Out, Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    next_cursor: Annotated[
        str | None, Field(description="Cursor of the next page; null on the last one.")
    ] = None
