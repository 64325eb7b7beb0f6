from typing import Any

import pytest

from admin_api.errors import Unknown
from admin_api.operation import (
    AnyOperation,
    ApiRequest,
    Reply,
    acts,
    creates,
    deletes,
    edits,
    reads,
    replaces,
)
from admin_api.schemas.base import Body, NoBody, NoQuery, Out, left_out


class Thing(Out):
    """An answer."""


class Change(Body):
    """A body."""

    name: str = left_out()
    size: int | None = left_out()


async def answer(_request: ApiRequest[Any, Any]) -> Reply:
    return Reply()


def request(**path: str) -> ApiRequest[NoQuery, Any]:
    # A handler's view of the request: services and scope play no part here.
    return ApiRequest(
        services=None,  # type: ignore[arg-type]
        scope=None,  # type: ignore[arg-type]
        query=NoQuery(),
        body=Change.model_validate({"size": None}),
        text="",
        path=path,
        if_match=None,
    )


def test_an_operation_knows_its_parameters_in_order() -> None:
    operation = reads("x", "/a/{a_id}/b/{b_id}", "X", answer, query=NoQuery, out=Thing)

    assert (operation.parameters, operation.tag, operation.has_body) == (
        ("a_id", "b_id"),
        "a",
        False,
    )


def test_each_maker_sets_method_status_and_whether_it_edits() -> None:
    made: list[AnyOperation] = [
        reads("r", "/a", "R", answer, query=NoQuery, out=Thing),
        creates("c", "/a", "C", answer, body=Change, out=Thing),
        edits("e", "/a/{a_id}", "E", answer, body=Change, out=Thing),
        replaces("p", "/a/{a_id}/p", "P", answer, body=Change, out=Thing),
        acts("x", "/a/{a_id}/x", "X", answer, out=Thing),
        deletes("d", "/a/{a_id}", "D", answer),
    ]

    assert [(o.method, o.status, o.edits, o.has_body) for o in made] == [
        ("GET", 200, False, False),
        ("POST", 201, False, True),
        ("PATCH", 200, True, True),
        ("PUT", 200, False, True),
        ("POST", 200, False, False),
        ("DELETE", 204, True, False),
    ]


def test_only_the_fields_that_were_sent_are_given() -> None:
    assert request().given() == {"size": None}


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("0", 0), ("9223372036854775807", 2**63 - 1)]
)
def test_a_path_parameter_is_a_row_id(text: str, number: int) -> None:
    assert request(a_id=text).id("a_id") == number


@pytest.mark.parametrize(
    "text", ["", "-1", "1.0", "x", "٣", "9223372036854775808", "9" * 5000, " 1", "0x1"]
)
def test_what_cannot_be_a_row_id_is_unknown(text: str) -> None:
    with pytest.raises(Unknown):
        request(a_id=text).id("a_id")


def test_a_path_parameter_is_a_name() -> None:
    assert request(call_id="c" * 128).name("call_id") == "c" * 128


@pytest.mark.parametrize("text", ["c" * 129, "a\x00", "a\nb", "\udcff"])
def test_what_no_stored_name_can_be_is_unknown(text: str) -> None:
    with pytest.raises(Unknown):
        request(call_id=text).name("call_id")


def test_a_request_without_a_body_is_a_request_with_no_fields() -> None:
    assert NoBody().model_fields_set == set()
