"""Fuzz targets: one function per parser, which raises only when the parser broke a promise.

A promise is: a value or BadMessage and nothing else, the same however a stream is cut, octets that
nobody touched come out as they went in, and nothing that is sent on can start a line of its own.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.address import Address
from sipcore.message.auth import parse_auth
from sipcore.message.build import response
from sipcore.message.check import can_be_answered, check_request, check_response
from sipcore.message.contact import Wildcard, parse_contacts
from sipcore.message.framing import KeepAlive, StreamFramer
from sipcore.message.grammar import split_commas, wire
from sipcore.message.message import Message, Request, parse
from sipcore.message.route import parse_route
from sipcore.message.uri import Uri
from sipcore.message.via import Via
from sipcore.registrar.digest import DigestAuthenticator
from sipcore.registrar.hashes import ha1
from sipcore.registrar.nonce import Nonces
from sipcore.transaction.keys import merge_key, server_key
from tests.support.entropy import SequenceEntropy

Target = Callable[[bytes], None]

FLOW: Final = Flow("UDP", 0, "192.0.2.7", 5077)
NOW: Final = 1_800_000_000.0
_LAZY: Final = (
    *("via", "branch", "call_id", "cseq", "from_", "from_tag", "to", "to_tag", "max_forwards"),
    *("contacts", "expires", "content_type", "headers"),
)


def message(data: bytes) -> None:
    """A datagram: parsed, read in every property, checked and answered."""
    try:
        found = parse(data)
    except BadMessage:
        broken = can_be_answered(data)
        if broken is not None:
            _answered(broken)
        return
    _read_everything(found)
    is_folded = b"\r\n " in data or b"\r\n\t" in data
    for _, value in found.headers:
        assert not {13, 10} & set(value)
        assert is_folded or value in found.raw
    assert found.body in found.raw
    if isinstance(found, Request):
        _quietly(lambda: _checked(found))
        _quietly(lambda: server_key(found))
        _quietly(lambda: merge_key(found))
        _answered(found)
    else:
        _quietly(lambda: check_response(found))


def stream(data: bytes) -> None:
    """A stream gives the same messages whole, octet by octet, and in two halves."""
    whole = _frames(data, len(data) or 1)
    assert whole == _frames(data, 1)
    assert whole == _frames(data, len(data) // 2 or 1)
    for item in whole[0]:
        if isinstance(item, bytes):
            _quietly(lambda item=item: parse(item))  # type: ignore[misc]


def auth(data: bytes) -> None:
    """Credentials."""
    try:
        scheme, params = parse_auth(data)
    except BadMessage:
        return
    assert scheme == scheme.lower()
    assert all(name == name.lower() for name in params)


class _Somebody:
    """The account whose password nobody knows."""

    user = "1001"
    enabled = True

    def ha1(self, algorithm: str) -> bytes:
        """H(A1)."""
        return ha1(algorithm, "1001", "doorline.test", "never guessed")


class _Store:
    def find(self, user: str) -> _Somebody | None:
        """The one account."""
        return _Somebody() if user == "1001" else None


_NONCES: Final = Nonces(b"0123456789abcdef", SequenceEntropy())
_AUTHENTICATOR: Final = DigestAuthenticator("doorline.test", _Store(), _NONCES)
_NONCE: Final = _NONCES.make(NOW)


def digest(data: bytes) -> None:
    """A REGISTER with these credentials: refused or challenged, never let in."""
    value = data.replace(b"@NONCE@", _NONCE)
    head = (
        b"REGISTER sip:doorline.test SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.7:5077;rport;branch=z9hG4bKfuzz\r\n"
        b"From: <sip:1001@doorline.test>;tag=1\r\nTo: <sip:1001@doorline.test>\r\n"
        b"Call-ID: fuzz\r\nCSeq: 1 REGISTER\r\n"
        b"Authorization: " + value + b"\r\n\r\n"
    )
    try:
        request = parse(head)
    except BadMessage:
        return
    assert isinstance(request, Request)
    verdict = _AUTHENTICATOR.authenticate(request, NOW)
    assert not hasattr(verdict, "credential")


def uri(data: bytes) -> None:
    """A URI is itself again, equals itself, and composes to something that parses."""
    try:
        one = Uri.parse(data)
    except BadMessage:
        return
    assert wire(str(one)) == data
    assert one.equivalent(Uri.parse(data))
    _ = one.decoded_user, one.param("transport")


def address(data: bytes) -> None:
    """A name-addr is itself again."""
    try:
        one = Address.parse(data)
    except BadMessage:
        return
    assert wire(str(one)) == data
    _ = one.tag, one.display


def contact(data: bytes) -> None:
    """Contact lines."""
    try:
        found = parse_contacts(data.split(b"\n"))
    except BadMessage:
        return
    if isinstance(found, Wildcard):
        return
    for one in found:
        assert 0.0 <= one.q <= 1.0
        assert one.expires is None or 0 <= one.expires < 2**32
        assert wire(str(one)) in data


def via(data: bytes) -> None:
    """Via values, and lists of them."""
    for piece in split_commas(data):
        try:
            one = Via.parse(piece)
        except BadMessage:
            continue
        assert wire(str(one)) == piece
        _quietly(lambda one=one: one.rport)  # type: ignore[misc]
        _ = one.branch, one.received, one.maddr


def route(data: bytes) -> None:
    """Route sets."""
    _quietly(lambda: parse_route(data.split(b"\n")))


TARGETS: Final[dict[str, Target]] = {
    "message": message,
    "stream": stream,
    "auth": auth,
    "digest": digest,
    "uri": uri,
    "address": address,
    "contact": contact,
    "via": via,
    "route": route,
}
"""Name → what is done with the octets."""


def _quietly(call: Callable[[], object]) -> None:
    """Run it; BadMessage is an answer, anything else a bug."""
    with suppress(BadMessage):
        call()


def _checked(request: Request) -> None:
    """The short ways to tags and branch see what the parsers of the values see."""
    check_request(request)
    assert request.from_tag == wire(request.from_.tag or "")
    assert request.to_tag == wire(request.to.tag or "")
    assert request.branch == wire(request.via.branch)


def _read_everything(found: Message) -> None:
    for name in _LAZY:
        _quietly(lambda name=name: getattr(found, name))  # type: ignore[misc]


def _answered(request: Request) -> None:
    """The answer holds each header once more at most, and ends where it should."""
    answer = response(request, 400, to_tag=b"fuzz", source=(FLOW.host, FLOW.port))
    assert answer.count(b"\r\n\r\n") == 1
    assert answer.endswith(b"Content-Length: 0\r\n\r\n")
    assert answer.count(b"\r") == answer.count(b"\n") == answer.count(b"\r\n")


def _frames(data: bytes, size: int) -> tuple[list[bytes | KeepAlive], str]:
    """What comes out of a stream that arrives in pieces of this size, and why it ended."""
    framer = StreamFramer(max_header=4096, max_message=8192)
    found: list[bytes | KeepAlive] = []
    for at in range(0, len(data), size):
        try:
            found += framer.feed(data[at : at + size])
        except BadMessage:
            break
        if framer.failed is not None:
            break
    return found, "" if framer.failed is None else framer.failed.reason
