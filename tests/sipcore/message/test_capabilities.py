"""What is served where, and that announcements and refusals agree on it."""

import pytest

from sipcore.message.capabilities import (
    EXTENSIONS,
    METHODS,
    MOST_UNSUPPORTED,
    Served,
    allow,
    supported,
    unsupported,
)
from sipcore.message.head import USUAL_METHODS
from sipcore.message.message import Request
from tests.support.registration import register


def requiring(method: bytes, *lines: bytes) -> Request:
    return register(method=method, extra=[b"Require: " + line for line in lines])


def test_allow_names_what_is_served_in_a_place() -> None:
    assert allow(Served.CALL) == (
        b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE, PRACK, REFER, SUBSCRIBE"
    )
    assert allow(Served.OUTSIDE, Served.CALL) == (
        b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, MESSAGE, PRACK, REFER,"
        b" SUBSCRIBE"
    )


def test_supported_names_every_extension_or_the_ones_that_are_meant() -> None:
    assert supported() == b"Supported: path, outbound, timer, replaces, 100rel, norefersub"
    assert supported(b"replaces", b"timer") == b"Supported: timer, replaces"


def test_every_usual_method_is_served_somewhere_or_nowhere() -> None:
    assert USUAL_METHODS.difference(METHODS) == {b"NOTIFY", b"PUBLISH"}
    assert USUAL_METHODS.issuperset(METHODS)


@pytest.mark.parametrize("tag", EXTENSIONS)
def test_who_asks_what_there_is_may_require_whatever_is_announced(tag: bytes) -> None:
    """RFC 3261 §11.2 answers with Supported what §8.2.2.3 may be asked for."""
    assert unsupported(requiring(b"OPTIONS", tag)) == b""


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        (b"REGISTER", b"timer, replaces, 100rel, norefersub"),
        (b"INVITE", b"path, outbound"),
        (b"MESSAGE", b"path, outbound"),
    ],
)
def test_an_extension_is_required_where_it_is_served(method: bytes, missing: bytes) -> None:
    assert unsupported(requiring(method, b", ".join(EXTENSIONS))) == missing


def test_a_long_list_of_unknown_option_tags_does_not_come_back_whole() -> None:
    required = requiring(b"INVITE", b", ".join(b"x%d" % number for number in range(1000)))

    assert unsupported(required).count(b",") == MOST_UNSUPPORTED - 1


def test_option_tags_know_no_case_and_come_back_as_they_were_written() -> None:
    assert unsupported(requiring(b"INVITE", b"100REL, Gruu", b"", b"x")) == b"Gruu, x"
    assert unsupported(register(method=b"INVITE")) == b""
