"""One message on its way; the sections of RFC 3428 are in tests/conformance."""

import math

import pytest

from sipcore.b2bua.plan import Party
from sipcore.events.page import PATIENCE, Copy, Page, carries_digits, identity
from sipcore.kernel.flow import Flow

DATAGRAMS = Flow("UDP", 0, "192.0.2.11", 5060)


def test_the_first_success_is_the_answer_and_the_only_one() -> None:
    page = Page(3, 0.0)

    assert [page.settled(status) for status in (486, 200, 200)] == [0, 200, 0]
    assert (page.answered, page.deadline) == (True, math.inf)


@pytest.mark.parametrize(("status", "told"), [(200, 200), (202, 202), (204, 200)])
def test_only_two_successes_are_told(status: int, told: int) -> None:
    assert Page(1, 0.0).settled(status) == told


@pytest.mark.parametrize(
    ("statuses", "told"),
    [((408, 408), 480), ((408, 486), 486), ((302, 415), 480), ((503, 407), 500), ((603, 404), 603)],
)
def test_without_success_the_best_failure_is_told(statuses: tuple[int, ...], told: int) -> None:
    page = Page(len(statuses), 0.0)

    assert [page.settled(status) for status in statuses][-1] == told


def test_patience_ends_before_the_senders_transaction() -> None:
    page = Page(2, 100.0)
    page.settled(486)

    assert (page.on_deadline(100.0 + PATIENCE - 1), page.on_deadline(100.0 + PATIENCE)) == (0, 486)
    assert page.settled(200) == 0
    assert PATIENCE < 32


def test_silence_is_told_as_unavailable() -> None:
    assert Page(1, 0.0).on_deadline(PATIENCE) == 480


def test_large_copies_are_for_streams() -> None:
    data = b"x" * 1301

    assert Copy(b"", data, DATAGRAMS, b"").is_too_large
    assert not Copy(b"", data[1:], DATAGRAMS, b"").is_too_large
    assert not Copy(b"", data, DATAGRAMS._replace(transport="TLS"), b"").is_too_large


def test_a_name_is_quoted_and_printable() -> None:
    named = Party("app", "42", 'Say "hi"\r\nX: y')

    assert identity(named, b"d.test") == b'"Say \\"hi\\"X: y" <sip:42@d.test>'
    assert identity(Party("app", "42"), b"d.test") == b"<sip:42@d.test>"


@pytest.mark.parametrize(
    ("kind", "are_digits"),
    [
        (b"application/dtmf-relay", True),
        (b"application/dtmf", True),
        (b"application/telephone-event", True),
        (b"application/vnd.nortelnetworks.digits", True),
        (b"text/plain", False),
        (b"application/im-iscomposing+xml", False),
        (b"", False),
    ],
)
def test_types_of_digits_are_known(kind: bytes, are_digits: bool) -> None:
    assert carries_digits(kind) is are_digits
