"""Documents that any parser reads, whatever people are called."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from sipcore.events.xml import characters, document, element


def test_elements_nest_and_attributes_keep_their_order() -> None:
    inner = element("b", {"y": "1", "x": "2", "empty": ""}, characters("text"))

    assert document(element("a", {}, inner, element("c", {}))) == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<a><b y="1" x="2">text</b><c/></a>\n'
    )


@given(st.text(), st.text())
def test_any_text_comes_out_as_it_went_in(attribute: str, text: str) -> None:
    data = document(element("a", {"b": attribute or "-"}, characters(text)))

    read = ElementTree.fromstring(data)  # noqa: S314 - our own document

    # XML 1.0 §2.11 and §3.3.3 let a parser change line ends and white space alone.
    assert _seen(read.text or "") == _seen(text)
    assert _seen(read.get("b", "")) == _seen(attribute or "-")


def _seen(text: str) -> str:
    """Text as XML can carry it, white space aside."""
    kept = (c if _is_xml(c) else "\ufffd" for c in text)
    return "".join("".join(kept).split())


def _is_xml(character: str) -> bool:
    code = ord(character)
    return (
        code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code > 0xFFFF
    )


def test_octets_that_are_no_text_become_a_mark() -> None:
    assert document(characters(b"\xff\x00".decode("utf-8", "surrogateescape"))).endswith(
        "\ufffd\ufffd\n".encode()
    )
