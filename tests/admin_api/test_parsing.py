from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field

from admin_api.errors import BadRequest, Rejected
from admin_api.parsing import parse_body, parse_query
from admin_api.problem import FieldProblem
from admin_api.schemas.base import Body, Id, PageQuery, TimeRange, left_out
from directory.kinds import CallType


class Inner(Body):
    """A nested object."""

    floor: int


class Order(Body):
    """A body with one of each kind of field."""

    name: str
    count: int = left_out()
    ratio: float = left_out()
    on: bool = left_out()
    type: CallType = left_out()
    tags: list[str] = left_out()
    site_id: Id | None = left_out()
    inner: Inner = left_out()


class Search(PageQuery):
    """A query."""

    on: bool | None = None
    type: CallType | None = None
    site_id: Id | None = None
    origin: Annotated[str | None, Field(alias="from")] = None


def even(number: int) -> int:
    if number % 2:
        raise ValueError("must be even")
    return number


class Even(Body):
    """A body with a check of ours."""

    number: Annotated[int, AfterValidator(even)]


def refused(body: bytes) -> list[FieldProblem]:
    with pytest.raises(Rejected) as found:
        parse_body(Order, body)
    return list(found.value.errors)


def refused_query(*pairs: tuple[str, str]) -> list[FieldProblem]:
    with pytest.raises(Rejected) as found:
        parse_query(Search, pairs)
    return list(found.value.errors)


def test_a_right_body_becomes_its_model_and_tells_what_was_sent() -> None:
    order = parse_body(Order, b'{"name": "a", "type": "indoor_only", "site_id": null}')

    assert (order.name, order.type, order.site_id) == ("a", CallType.INDOOR_ONLY, None)
    assert order.model_fields_set == {"name", "type", "site_id"}


def test_every_wrong_missing_and_unknown_field_is_named_at_once() -> None:
    found = refused(b'{"count": "3", "on": 1, "tags": ["a", 2], "colour": "red", "inner": {}}')

    assert [problem.field for problem in found] == [
        "name",
        "count",
        "on",
        "tags.2",
        "inner.floor",
        "colour",
    ]
    assert (found[0].message, found[4].message, found[5].message) == (
        "required",
        "required",
        "unknown field",
    )


def test_a_wrong_word_is_answered_with_the_right_ones() -> None:
    (wrong,) = refused(b'{"name": "a", "type": "loud"}')

    assert wrong.message.startswith("input should be 'app_and_indoor', ")


def test_what_a_check_of_ours_says_is_passed_on_as_it_is() -> None:
    with pytest.raises(Rejected) as found:
        parse_body(Even, b'{"number": 3}')
    assert found.value.errors == (FieldProblem("number", "must be even"),)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"name": 1}', "name"),
        (b'{"name": null}', "name"),
        (b'{"name": "a", "count": 1.5}', "count"),
        (b'{"name": "a", "count": true}', "count"),
        (b'{"name": "a", "ratio": "1"}', "ratio"),
        (b'{"name": "a", "ratio": NaN}', "ratio"),
        (b'{"name": "a", "on": "yes"}', "on"),
        (b'{"name": "a", "type": "loud"}', "type"),
        (b'{"name": "a", "site_id": 0}', "site_id"),
        (b'{"name": "a", "site_id": 9223372036854775808}', "site_id"),
        (b'{"name": "a", "count": null}', "count"),
        (b'{"name": "a", "inner": []}', "inner"),
    ],
)
def test_no_type_is_bent_into_another(body: bytes, field: str) -> None:
    assert [problem.field for problem in refused(body)] == [field]


def test_a_body_that_is_no_object_is_wrong_as_a_whole() -> None:
    assert [problem.field for problem in refused(b"[]")] == [""]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"name=a", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"[" * 5000]
)
def test_a_body_that_is_no_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_body(Order, body)


def test_a_wrong_value_is_not_repeated() -> None:
    found = refused(b'{"name": {"secret": "hunter2"}, "type": "hunter2"}')

    assert "hunter2" not in str(found)


def test_no_more_than_fifty_faults_are_listed() -> None:
    body = "{" + ",".join(f'"x{number}": 1' for number in range(500)) + "}"

    assert len(refused(body.encode())) == 50


def test_a_name_that_the_client_made_up_is_shortened() -> None:
    (unknown,) = (problem for problem in refused(b'{"name": "a", "' + b"x" * 5000 + b'": 1}'))

    assert len(unknown.field) == 201


def test_query_parameters_are_read_from_text() -> None:
    query = parse_query(
        Search, [("on", "true"), ("type", "indoor_only"), ("site_id", "7"), ("from", "gate")]
    )

    assert (query.on, query.type, query.site_id, query.origin, query.limit) == (
        True,
        CallType.INDOOR_ONLY,
        7,
        "gate",
        50,
    )


def test_unknown_and_wrong_parameters_are_named() -> None:
    assert refused_query(("colour", "red"), ("limit", "many"), ("origin", "x")) == [
        FieldProblem(
            "limit", "input should be a valid integer, unable to parse string as an integer"
        ),
        FieldProblem("colour", "unknown parameter"),
        FieldProblem("origin", "unknown parameter"),
    ]


def test_a_repeated_parameter_is_refused() -> None:
    assert refused_query(("limit", "1"), ("limit", "2"), ("on", "1")) == [
        FieldProblem("limit", "given more than once")
    ]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e3", ""])
def test_a_page_has_between_one_and_two_hundred_rows(limit: str) -> None:
    assert [problem.field for problem in refused_query(("limit", limit))] == ["limit"]


def test_a_time_range_needs_moments_with_an_offset() -> None:
    query = parse_query(
        TimeRange, [("from", "2027-01-15T08:00:00Z"), ("to", "2027-01-15T08:00:00+01:00")]
    )

    assert (query.since_at, query.until_at) == (1_800_000_000.0, 1_799_996_400.0)
    with pytest.raises(Rejected) as found:
        parse_query(TimeRange, [("from", "2027-01-15T08:00:00")])
    assert [problem.field for problem in found.value.errors] == ["from"]


@given(st.binary(max_size=200))
def test_any_octets_are_a_body_or_refused(body: bytes) -> None:
    try:
        parse_body(Order, body)
    except (BadRequest, Rejected):
        return
