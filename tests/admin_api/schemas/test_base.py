import json
from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from admin_api.schemas.base import (
    Body,
    FilterText,
    Id,
    Instant,
    Item,
    Out,
    Page,
    PageQuery,
    Query,
    iso_utc,
    left_out,
)


class Note(Out):
    """Something to answer."""

    at: Instant
    text: str
    detail: dict[str, Any] = Field(default_factory=dict)


class NotePage(Page[Note]):
    """Notes."""


class Change(Body):
    """An edit with one field that may be left out."""

    name: str = left_out()


class Wanted(Query):
    """A filter."""

    text: FilterText | None = None
    id: Id | None = None


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_800_000_000.25, "2027-01-15T08:00:00.250Z"),
    ],
)
def test_a_moment_is_shown_in_utc_with_milliseconds(at: float, text: str) -> None:
    assert iso_utc(at) == text


def test_an_answer_is_json_with_its_moments_as_text() -> None:
    page = NotePage(items=(Note(at=0.0, text="ä"),), next_cursor="c")

    assert json.loads(page.to_json()) == {
        "items": [{"at": "1970-01-01T00:00:00.000Z", "text": "ä", "detail": {}}],
        "next_cursor": "c",
    }


def test_octets_of_a_device_that_are_no_utf8_are_shown_as_question_marks() -> None:
    note = Note(at=0.0, text="sip:\udcff@x", detail={"name": "\udc80"})

    assert json.loads(note.to_json()) == {
        "at": "1970-01-01T00:00:00.000Z",
        "text": "sip:?@x",
        "detail": {"name": "?"},
    }


def test_what_is_excluded_is_left_out_either_way() -> None:
    plain, strange = Note(at=0.0, text="a"), Note(at=0.0, text="\udcff")

    assert plain.to_json(frozenset({"at", "detail"})) == b'{"text":"a"}'
    assert json.loads(strange.to_json(frozenset({"at", "detail"}))) == {"text": "?"}


def test_a_field_that_may_be_left_out_shows_no_default() -> None:
    schema = Change.model_json_schema()

    assert schema["properties"]["name"] == {"title": "Name", "type": "string"}
    assert "required" not in schema


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Change, {"name": None}),
        (Change, {"colour": "red"}),
        (Wanted, {"text": ""}),
        (Wanted, {"text": "a\x00"}),
        (Wanted, {"text": "a" * 129}),
        (Wanted, {"id": 0}),
        (Wanted, {"id": 2**63}),
        (PageQuery, {"cursor": "c" * 4001}),
        (PageQuery, {"limit": 0}),
    ],
)
def test_what_no_database_takes_is_refused(
    model: type[BaseModel], values: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(values)


def test_an_item_has_no_volatile_fields_unless_it_says_so() -> None:
    assert Item.volatile == frozenset()
