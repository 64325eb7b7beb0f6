"""Errors know the status that answers them."""

import pytest

from sipcore.kernel.errors import BadMessage, LimitReached, SipError


@pytest.mark.parametrize(
    ("error", "status"),
    [(SipError("broken"), 500), (BadMessage("no Via"), 400), (LimitReached("full"), 503)],
)
def test_each_error_has_its_status_and_its_reason(error: SipError, status: int) -> None:
    assert (error.status, error.reason) == (status, str(error))


def test_a_more_precise_status_replaces_the_general_one() -> None:
    assert BadMessage("SIP/7.0", 505).status == 505


def test_the_status_of_one_error_leaves_the_class_as_it_is() -> None:
    BadMessage("SIP/7.0", 505)

    assert BadMessage("no Via").status == 400
