"""Grammar-aware mutations: messages that are nearly right, the same ones for the same chance."""

import random
from collections.abc import Callable, Sequence
from typing import Final

from tests.support.spoilt import CRUMBS

_NUMBERS: Final = (
    *(b"0", b"-1", b"1", b"255", b"256", b"65535", b"65536", b"2147483647", b"2147483648"),
    *(b"4294967295", b"4294967296", b"18446744073709551616", b"9" * 400, b"0" * 400, b"1e9"),
    *(b"0x10", b"1_0", b"+5", b" 5", "٣".encode(), "²".encode(), b"NaN", b"1.5"),
)
_HEADERS: Final = (
    *(b"Require: x", b"Proxy-Require: x", b"Supported: 100rel, timer", b"Expires: 0"),
    *(b"Route: <sip:192.0.2.1;lr>", b"Record-Route: <sip:h1;lr>, <sip:h2>", b"Max-Forwards: 0"),
    *(b"Contact: *", b"Contact: <sip:a@b>, <sip:c@d>;q=0.1", b"Content-Length: 5", b"l: 0"),
    *(
        b"Content-Type: multipart/mixed;boundary=b",
        b"Content-Encoding: gzip",
        b"Session-Expires: 1",
    ),
    *(b"Session-Expires: 1", b"RAck: 1 1 INVITE", b"RSeq: 1", b"Replaces: a;to-tag=b;from-tag=c"),
    *(b"Event: presence", b"Subscription-State: active"),
    *(b"Refer-To: <sip:a@b?Replaces=c%3Bto-tag%3Dd>", b"Path: <x>"),
    *(b"Authorization: Digest a=b", b"Reason: SIP;cause=200", b"Via: SIP/2.0/TCP h;branch=z9hG4bK"),
    *(b"Min-SE: 4294967296", b"Via: SIP/2.0/UDP 192.0.2.200;maddr=192.0.2.201;ttl=255;rport=70000"),
)
_METHODS: Final = (
    b"INVITE ACK CANCEL BYE OPTIONS REGISTER INFO UPDATE MESSAGE PRACK SUBSCRIBE NOTIFY REFER "
    b"PUBLISH invite X"
).split()


def mutate(chance: random.Random, data: bytes) -> bytes:
    """One to four mutations."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        data = chance.choice(_WAYS)(chance, data)
    return data[:65000]


def _crumb(chance: random.Random, data: bytes) -> bytes:
    """Something odd in any place."""
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(CRUMBS) + data[at:]


def _octet(chance: random.Random, data: bytes) -> bytes:
    """Another octet."""
    at = chance.randrange(len(data) or 1)
    return data[:at] + bytes((chance.randrange(256),)) + data[at + 1 :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    """Some octets fewer."""
    at = chance.randrange(len(data) or 1)
    return data[:at] + data[at + chance.choice((1, 1, 2, 5, 40)) :]


def _end(chance: random.Random, data: bytes) -> bytes:
    """The message ends early."""
    return data[: chance.randrange(len(data) or 1)]


def _number(chance: random.Random, data: bytes) -> bytes:
    """A number becomes another one."""
    places = [at for at, octet in enumerate(data) if 48 <= octet < 58]
    if not places:
        return data
    start = end = chance.choice(places)
    while start and data[start - 1 : start].isdigit():
        start -= 1
    while data[end : end + 1].isdigit():
        end += 1
    return data[:start] + chance.choice(_NUMBERS) + data[end:]


def _lines(change: Callable[[random.Random, list[bytes]], None]) -> "Way":
    def way(chance: random.Random, data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        change(chance, lines)
        return b"\r\n".join(lines)

    return way


def _double(chance: random.Random, lines: list[bytes]) -> None:
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))


def _drop(chance: random.Random, lines: list[bytes]) -> None:
    del lines[chance.randrange(len(lines))]


def _swap(chance: random.Random, lines: list[bytes]) -> None:
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _fold(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines))
    place = chance.randint(0, len(lines[at]))
    line, blank = lines[at], chance.choice((b" ", b"\t", b"  "))
    lines[at : at + 1] = [line[:place], blank + line[place:]]


def _header(chance: random.Random, lines: list[bytes]) -> None:
    lines.insert(min(len(lines), chance.randint(1, 9)), chance.choice(_HEADERS))


def _value(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines))
    name, colon, value = lines[at].partition(b":")
    if colon:
        many = chance.choice((2, 3, 50))
        joint = chance.choice((b",", b", ", b";", b" "))
        lines[at] = name + colon + joint.join([value] * many)


def _method(chance: random.Random, lines: list[bytes]) -> None:
    """Another method, in the start line and most times in CSeq too."""
    method = chance.choice(_METHODS)
    old, space, rest = lines[0].partition(b" ")
    lines[0] = method + space + rest
    if chance.random() < 0.8:
        for at, line in enumerate(lines):
            if line[:5].lower() == b"cseq:":
                lines[at] = line.replace(old, method)


Way = Callable[[random.Random, bytes], bytes]
_WAYS: Final[Sequence[Way]] = (
    *(_crumb, _octet, _cut, _end, _number, _number),
    *(_lines(change) for change in (_double, _drop, _swap, _fold, _header, _value, _method)),
)
