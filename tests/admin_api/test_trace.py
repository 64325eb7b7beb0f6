import pytest

from admin_api.trace import CURRENT, RequestTrace, accepted_id, note_actor


@pytest.mark.parametrize("header", ["a", "7f3c-91_x.y", "x" * 64])
def test_a_short_plain_id_of_the_client_is_taken_over(header: str) -> None:
    assert accepted_id(header) == header


@pytest.mark.parametrize("header", [None, "", "x" * 65, "a b", "a\r\nSet-Cookie: b", "ä"])
def test_any_other_id_is_replaced(header: str | None) -> None:
    assert accepted_id(header) is None


def test_the_actor_is_noted_in_the_trace_of_the_request() -> None:
    trace = RequestTrace("r-1")
    token = CURRENT.set(trace)
    note_actor("ann")
    CURRENT.reset(token)

    assert trace == RequestTrace("r-1", "ann")


def test_outside_a_request_there_is_nothing_to_note_the_actor_in() -> None:
    note_actor("ann")

    assert CURRENT.get() is None
