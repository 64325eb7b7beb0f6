"""One message on its way; the sections of RFC 3428 are in tests/conformance."""

import math

import pytest

from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import Route
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, parse
from sipcore.paging.page import PATIENCE, Copy, Page, PagePorts, carries_digits, copies_of
from tests.support.entropy import SequenceEntropy
from tests.support.wire import Wire

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


def copies(*lines: bytes, path: tuple[bytes, ...] = ()) -> list[Request]:
    """The copies of a message with these header lines, for one contact behind `path`."""
    head = b"MESSAGE sip:42@d.test SIP/2.0\r\n"
    request = parse(head + b"".join(line + b"\r\n" for line in lines) + b"\r\n")
    assert isinstance(request, Request)
    route = Route(b"sip:42@192.0.2.11", DATAGRAMS, b"sip:42@d.test", path=path)
    ports = PagePorts(Wire().endpoint.addressing, SequenceEntropy())
    made = [parse(copy.data) for copy in copies_of(request, Party("app", "41"), (route,), ports)]
    return [copy for copy in made if isinstance(copy, Request)]


def test_header_values_with_control_characters_stay_behind() -> None:
    (copy,) = copies(b"Subject: a\x1b[2J", b"Date: Sat, 13 Nov 2010 23:29:00 GMT", b"X-Other: 1")

    assert copy.first(b"subject") is None
    assert copy.first(b"date") == b"Sat, 13 Nov 2010 23:29:00 GMT"
    assert copy.first(b"x-other") is None


@pytest.mark.parametrize(
    ("path", "uri", "routes"),
    [
        ((b"<sip:edge;lr>",), b"sip:42@192.0.2.11", [b"<sip:edge;lr>"]),
        ((b"<sip:edge>", b"<sip:b;lr>"), b"sip:edge", [b"<sip:b;lr>", b"<sip:42@192.0.2.11>"]),
    ],
)
def test_a_path_is_followed_also_through_a_strict_router(
    path: tuple[bytes, ...], uri: bytes, routes: list[bytes]
) -> None:
    """RFC 3327 §5.1, RFC 3261 §12.2.1.1."""
    (copy,) = copies(path=path)

    assert (copy.uri, copy.every(b"route")) == (uri, routes)


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
