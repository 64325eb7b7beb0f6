"""RFC 3261 §8.2.3 and §20.15: bodies that come with requests for this server itself."""

import pytest

from tests.conformance.line import DOMAIN, answer, final, phone
from tests.support.plain_message import Received

ENDING_HERE = ("OPTIONS", "REGISTER", "SUBSCRIBE")
XML = "application/vnd.example+xml"
ACCEPT = "application/sdp, application/dtmf-relay, application/dtmf, text/plain"


def told(method: str, kind: str | None, *extra: str, body: bytes = b"<x/>") -> Received:
    """What a phone hears that sends such a body."""
    event = ("Event: dialog",) if method == "SUBSCRIBE" else ()
    lines = {} if kind else {"kind_line": None}
    uri = f"sip:{DOMAIN}" if method == "REGISTER" else f"sip:1001@{DOMAIN}"
    return final(phone(method, uri, *event, *extra, body=body, kind=kind or "", **lines))


@pytest.mark.parametrize("method", ENDING_HERE)
@pytest.mark.parametrize("extra", [(), ("Content-Disposition: session; handling=required",)])
def test_a_type_that_is_not_understood_is_415_with_those_that_are(
    method: str, extra: tuple[str, ...]
) -> None:
    """§8.2.3: the response MUST contain Accept."""
    heard = told(method, XML, *extra)

    assert (heard.status, heard.get("Accept"), heard.get("Accept-Encoding")) == (415, ACCEPT, "")


@pytest.mark.parametrize("method", ENDING_HERE)
def test_an_encoding_that_is_not_understood_is_415_with_those_that_are(method: str) -> None:
    """§8.2.3: the response MUST contain Accept-Encoding."""
    heard = told(method, "text/plain", "Content-Encoding: gzip")

    assert (heard.status, heard.get("Accept"), heard.get("Accept-Encoding")) == (
        415,
        "",
        "identity",
    )


@pytest.mark.parametrize("method", ENDING_HERE)
def test_what_nobody_knows_how_to_dispose_of_is_415(method: str) -> None:
    """§20.11: an unknown disposition is as good as an unknown type."""
    assert told(method, "text/plain", "Content-Disposition: shred").status == 415


@pytest.mark.parametrize("method", ENDING_HERE)
@pytest.mark.parametrize(
    ("kind", "extra"),
    [
        (XML, ("Content-Disposition: session;handling=optional",)),
        (XML, ("Content-Disposition: shred ; Handling = OPTIONAL", "Content-Encoding: gzip")),
        ("Application/SDP;charset=x", ()),
        ("text/plain", ("Content-Encoding: identity", "Content-Disposition: render")),
    ],
)
def test_what_is_optional_or_understood_passes(
    method: str, kind: str, extra: tuple[str, ...]
) -> None:
    """§20.11: `handling=optional` is for bodies that may be ignored."""
    assert told(method, kind, *extra).status not in (400, 415)


@pytest.mark.parametrize("extra", [(), ("Content-Encoding: gzip",), (f"Content-Type: {XML}",)])
def test_headers_of_a_body_that_is_not_there_do_not_matter(extra: tuple[str, ...]) -> None:
    assert answer(phone("OPTIONS", f"sip:{DOMAIN}", *extra)).status == 200


@pytest.mark.parametrize("method", [*ENDING_HERE, "INVITE", "MESSAGE"])
def test_a_body_without_a_type_is_400_that_names_what_is_missing(method: str) -> None:
    """§20.15: Content-Type MUST be present if the body is not empty."""
    heard = told(method, None)

    assert (heard.status, "Content-Type" in heard.start) == (400, True)


@pytest.mark.parametrize("padding", [b"\r\n", b"\0\0\0", b" \r\n\r\n"])
def test_padding_behind_the_headers_is_no_body(padding: bytes) -> None:
    """Clumsy phones end a datagram with it, and name its length."""
    assert told("OPTIONS", None, body=padding).status == 200


@pytest.mark.parametrize("name", ["Content-Type", "c", "content-type"])
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "MESSAGE"])
def test_two_types_are_one_too_many(method: str, name: str) -> None:
    """§7.3.1: only headers that are lists may stand twice."""
    heard = told(method, "text/plain", f"{name}: application/sdp")

    assert (heard.status, "Content-Type" in heard.start) == (400, True)
