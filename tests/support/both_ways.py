"""A message cut by the compiled cutter and by the sources, which must come to the same."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sipcore.endpoint.replies import answer_flow
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.build import response
from sipcore.message.check import _tag_of_plain, check_request, check_response
from sipcore.message.head import MAX_OCTETS
from sipcore.message.message import Request, Response, cut, parse, parse_any
from sipcore.message.via import plain_via
from sipcore.transaction.keys import cancelled_key, merge_key, response_key, server_key

_T = TypeVar("_T")
SOURCES = (("10.0.0.5", 5060), ("2001:db8::5", 1234))
FLOW = Flow("UDP", 5060, "10.0.0.5", 5062)


def outcome(way: Callable[[], _T]) -> _T | str:
    """What it gives, or why there is nothing."""
    try:
        return way()
    except BadMessage as error:
        return f"{error.status} {error}"


def told(message: Request | Response) -> list[object]:
    """What the rules, the keys and the builders make of a message, or why they make nothing."""
    parts: list[Callable[[], object]] = [
        lambda: message.branch,
        lambda: message.from_tag,
        lambda: message.to_tag,
        lambda: message.call_id,
        lambda: (message.cseq.number, message.cseq.method),
    ]
    if isinstance(message, Request):
        parts += [lambda: server_key(message), lambda: merge_key(message)]
        parts += [lambda: cancelled_key(message, b"INVITE"), lambda: answer_flow(message, FLOW)]
        parts += [partial(response, message, status, to_tag=b"t") for status in (100, 200, 503)]
        parts += [partial(response, message, 180, source=source) for source in SOURCES]
    else:
        parts += [lambda: response_key(message)]
    return [outcome(part) for part in parts]


def checked(message: Request | Response) -> object:
    """What the rules say."""
    if isinstance(message, Request):
        return outcome(lambda: check_request(message))
    return outcome(lambda: check_response(message))


def is_plain(message: Request | Response) -> bool:
    """Whether to the sources, too, all that is checked is ordinary."""
    index = message.index
    return (
        plain_via(index.get(b"via", b"")) is not None
        and _tag_of_plain(index.get(b"from", b"")) is not None
        and _tag_of_plain(index.get(b"to", b"")) is not None
        and index.get(b"max-forwards", b"1").isdigit()
        and not isinstance(outcome(lambda: (message.call_id, message.cseq)), str)
    )


def same(data: bytes) -> bool:
    """Whether the cutter left it to the sources; whatever it has cut, they cut alike."""
    assert cut is not None
    ordinary = cut(data)
    if ordinary is None or len(data) > MAX_OCTETS:  # longer ones are refused before
        return False
    found, expected = outcome(lambda: parse(data)), outcome(lambda: parse_any(data))
    if isinstance(found, str) or isinstance(expected, str):
        # What the cutter does not judge: status line, and a second Content-Length.
        assert found == expected
        return True
    assert type(found) is type(expected)
    assert found.raw == expected.raw == data
    assert found.body == expected.body == ordinary[4]
    assert found.index == expected.index == ordinary[2]
    assert found.is_repeated == expected.is_repeated
    assert found.headers == expected.headers
    assert list(found.pairs()) == list(expected.pairs())
    if isinstance(found, Request) and isinstance(expected, Request):
        assert (found.method, found.uri) == (expected.method, expected.uri) == ordinary[:2]
    elif isinstance(found, Response) and isinstance(expected, Response):
        assert (found.status, found.reason) == (expected.status, expected.reason)
        assert ordinary[0] == b""
    assert found.is_ordinary == (ordinary[5] is not None) == is_plain(expected)
    assert not expected.is_ordinary
    # Asked before it was checked, as after it.
    assert told(found) == told(expected)
    found, expected = parse(data), parse_any(data)
    assert checked(found) == checked(expected)
    assert told(found) == told(expected)
    if found.is_ordinary and not found.is_repeated:
        assert found.sent_by == expected.sent_by
        assert found.rport == expected.rport
    return True


def is_seen(data: bytes) -> bool:
    """Whether the cutter found all that is checked to be ordinary; it is then found alike."""
    return same(data) and parse(data).is_ordinary
