"""RFC 4475, RFC 5118 and our own torture messages through the sockets of a running server.

The table of expectations is that of `test_torture.py`; here it is proven that the server as a
whole does what its parser says: a 400 is a 400 on the wire, what is dropped gets no answer, and
what is well-formed gets any answer but 400, or none when it is a response.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conformance.expectations import DROPPED, EXPECTED, OK
from tests.conformance.test_torture import DATAGRAM_ONLY, octets
from tests.support.plain_message import DOMAIN, Received, read
from tests.support.program import Program
from tests.support.sockets import TIMEOUT, raw_exchange
from tests.support.trusted import trusting_loopback

FRAMED_TO_DEATH = {
    *DATAGRAM_ONLY,
    *("rfc4475/ncl", "rfc4475/mcl01", "rfc4475/clerr", "own/length-too-large"),
    *(
        "rfc4475/baddn",
        "own/length-negative",
        "own/length-no-number",
        "own/two-lengths",
        "own/no-empty-line",
    ),
    *("own/too-large", "own/broken-ack", "own/lf-only", "own/stun-with-a-wrong-cookie"),
    *("own/http-request", "own/surplus-octets", "rfc4475/dblreq", "rfc4475/test"),
    *("own/cr-hides-a-header", "own/lf-hides-a-header", "own/too-many-headers"),
}
"""Messages whose end a stream cannot tell, or that end it; `test_torture.py` has them framed."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with trusting_loopback(), Program(tmp_path_factory.mktemp("torture")) as running:
        yield running
        assert running.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in running.log


@dataclass
class Outcome:
    """What a message led to."""

    answers: list[Received]

    @property
    def finals(self) -> list[int]:
        """Final statuses, in order."""
        return [answer.status for answer in self.answers if answer.status >= 200]


def probe(transport: str) -> bytes:
    """An OPTIONS whose answer tells that everything before it has been worked on."""
    return (
        f"OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/{transport} probe.invalid;branch=z9hG4bKp;"
        f"rport\r\nFrom: <sip:p@{DOMAIN}>;tag=1\r\nTo: <sip:{DOMAIN}>\r\nCall-ID: the-probe\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def over_udp(server: Program, data: bytes) -> Outcome:
    """Send a datagram and collect what comes back to its port before the probe's answer.

    Via names hosts that are not ours, so everything comes back to where it came from.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(TIMEOUT)
        sender.sendto(data[:65_507], server.udp)
        sender.sendto(probe("UDP"), server.udp)
        answers = []
        while (answer := read(sender.recv(65535))).get("Call-ID") != "the-probe":
            answers.append(answer)
        return Outcome(answers)


def over_tcp(server: Program, data: bytes) -> Outcome:
    """The same on a connection, which the last octets end."""
    got = raw_exchange(server.tcp, data + probe("TCP"), b"the end\r\n\r\n")
    parts = [
        b"SIP/2.0 " + part
        for part in got.split(b"SIP/2.0 ")[1:]
        if b"Call-ID" in part or b"CSeq" in part
    ]
    answers = [read(part) for part in parts]
    assert "the-probe" in [answer.get("Call-ID") for answer in answers]
    return Outcome([answer for answer in answers if answer.get("Call-ID") != "the-probe"])


def check(name: str, outcome: Outcome) -> None:
    """Compare what came with the table."""
    expected, finals = EXPECTED[name], set(outcome.finals)
    if expected == DROPPED:
        assert outcome.answers == []
    elif expected == OK:
        assert 505 not in finals
        assert not [
            a for a in outcome.answers if a.start.startswith("SIP/2.0 400 Bad Request - ")
        ] or (name in REFUSED_LATER)
    else:
        assert finals == {int(expected)}


REFUSED_LATER = {"rfc4475/regbadct", "rfc4475/regaut01", "own/unknown-authorization"}


def is_response(name: str) -> bool:
    return octets(name).lstrip(b"\r\n")[:4].upper() == b"SIP/"


LATER = {"rfc4475/regbadct", "own/contact-needs-brackets", "own/star-beside-a-contact"}
"""The registrar reads contacts only of somebody who proved who he is."""
NO_DATAGRAM = {"own/too-large"}
"""Larger than any datagram."""


@pytest.mark.parametrize("name", [name for name in EXPECTED if name not in LATER | NO_DATAGRAM])
def test_over_udp_each_message_meets_its_expectation(server: Program, name: str) -> None:
    """RFC 4475 §3, RFC 5118 §4."""
    outcome = over_udp(server, octets(name))

    check(name, outcome)
    if EXPECTED[name] == OK and not is_response(name):
        assert len(outcome.finals) == 1
    if is_response(name):
        assert outcome.answers == []


@pytest.mark.parametrize("name", LATER)
def test_a_registration_is_challenged_before_its_contacts_are_read(
    server: Program, name: str
) -> None:
    """§10.3: authentication is step 3, the contacts are step 6. (RFC 4475 §3.1.2.16 wants 400,
    which an authenticated phone gets; see tests/sipcore/registrar.) 404 is for other domains."""
    assert over_udp(server, octets(name)).finals in ([401], [404])


@pytest.mark.parametrize("name", [name for name in EXPECTED if name not in FRAMED_TO_DEATH | LATER])
def test_over_tcp_each_message_meets_its_expectation(server: Program, name: str) -> None:
    """RFC 4475 §3, RFC 5118 §4, and §18.3: the stream goes on after each of them."""
    check(name, over_tcp(server, octets(name)))


@pytest.mark.parametrize("name", sorted(FRAMED_TO_DEATH))
def test_a_stream_that_cannot_be_read_on_is_closed_without_harm(server: Program, name: str) -> None:
    """§18.3."""
    raw_exchange(server.tcp, octets(name), patience=0.2)

    assert over_udp(server, b"\r\n").answers == []
