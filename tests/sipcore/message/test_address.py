import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.address import Address, plain_endpoint, plain_tag
from sipcore.message.uri import Uri

BOB = Uri.parse("sip:bob@biloxi.com")


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("<sip:bob@biloxi.com>", Address("", BOB)),
        ("sip:bob@biloxi.com", Address("", BOB)),
        ("sip:bob@biloxi.com;tag=1", Address("", BOB, (("tag", "1"),))),
        ("sip:bob@biloxi.com ;  tag = 1", Address("", BOB, (("tag", "1"),))),
        ("<sip:bob@biloxi.com>;tag=1;x", Address("", BOB, (("tag", "1"), ("x", None)))),
        ("Bob<sip:bob@biloxi.com>", Address("Bob", BOB)),
        ("Bob the Guard <sip:bob@biloxi.com>", Address("Bob the Guard", BOB)),
        ('"Bob \\"B\\" \\\\" <sip:bob@biloxi.com>', Address('Bob "B" \\', BOB)),
        ('"a;b,<c>"<sip:bob@biloxi.com> ; tag=2', Address("a;b,<c>", BOB, (("tag", "2"),))),
        ('"" <sip:bob@biloxi.com>', Address("", BOB)),
        ("Дверь 1 <sip:bob@biloxi.com>", Address("Дверь 1", BOB)),
        ("%Z%45 <sip:bob@biloxi.com>", Address("%Z%45", BOB)),
        ("<http://www.example.com>", Address("", Uri("http", "//www.example.com"))),
        (
            "<sip:bob@biloxi.com;user=phone?x=y>",
            Address("", Uri("sip", "bob", None, "biloxi.com", None, (("user", "phone"),), "x=y")),
        ),
    ],
)
def test_an_address_is_cut_into_its_parts(written: str, address: Address) -> None:
    assert Address.parse(written, "To") == address
    assert str(Address.parse(written.encode(), "To")) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "bob@biloxi.com",
        '"Mr. J. User <sip:j.user@example.com>',
        "Bell, Alexander <sip:a.g.bell@example.com>",
        "< sip:t.watson@example.org >",
        "<sip:bob@biloxi.com",
        "sip:bob@biloxi.com>",
        "<sip:bob@biloxi.com>x",
        "<sip:bob@biloxi.com>;",
        "<sip:bob@biloxi.com>;;tag=1",
        "sip:bob@biloxi.com;",
        "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
        "<sip:a@b>, <sip:c@d>",
        "<sip:a@b>;tag=1;tag=2",
        '"a" b <sip:a@b>',
        "<>",
        ";tag=1",
    ],
)
def test_what_is_not_an_address_is_refused(written: str) -> None:
    with pytest.raises(BadMessage, match=r"in To|malformed To"):
        Address.parse(written, "To")


def test_parameters_without_brackets_belong_to_the_header() -> None:
    address = Address.parse("sip:+16505552222@ss1.example.net;user=phone")

    assert (address.param("user"), address.uri.param("user"), address.tag) == ("phone", None, None)


def test_the_tag_is_found_in_any_case() -> None:
    assert Address.parse("<sip:a@b>;TAG=x").tag == "x"


def test_an_address_that_was_not_parsed_is_written_in_brackets_and_quotes() -> None:
    address = Address.parse('Bob <sip:bob@biloxi.com>;tag=1;x="y z"')

    assert str(Address('B "1"', address.uri, address.params)) == (
        '"B \\"1\\"" <sip:bob@biloxi.com>;tag=1;x="y z"'
    )


DISPLAYS = st.text(alphabet=st.characters(min_codepoint=32, exclude_characters="\x7f"), max_size=12)


@given(DISPLAYS, st.sampled_from([(), (("tag", "a1"),), (("x", '"y;z"'), ("lr", None))]))
def test_an_address_written_and_read_again_is_the_same(
    display: str, params: tuple[tuple[str, str | None], ...]
) -> None:
    address = Address(display, BOB, params)

    assert Address.parse(str(address)) == address


@given(st.binary(max_size=60))
def test_any_octets_are_an_address_that_keeps_its_text_or_are_refused(octets: bytes) -> None:
    try:
        address = Address.parse(octets)
    except BadMessage:
        return
    assert str(address).encode("utf-8", "surrogateescape") == octets


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        (b"<sip:a@h>;tag=t1", b"t1"),
        (b"sip:a@h;tag=t1;x=y", b"t1"),
        (b"<sip:a@h;tag=no>", b""),
        (b'"A;tag=no" <sip:a@h>;tag=t1', None),
    ],
)
def test_the_tag_of_an_ordinary_value_is_cut_out(value: bytes, tag: bytes | None) -> None:
    assert plain_tag(value) == tag


@pytest.mark.parametrize(
    "value",
    [
        b"<sip:a@b>",
        b"<sip:a@b;x=y>;tag=1.-z",
        b'"A, <B>; c" <sip:a@b:5060>;tag=1',
        b'""<sip:anonymous@anonymous.invalid>;tag=1',
    ],
)
def test_an_ordinary_from_is_not_parsed_for_its_uri(value: bytes) -> None:
    assert plain_endpoint(value) == Address.parse(value).uri.raw.encode()


PIECES = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            '"',
            "\\",
            " ",
            "\t",
            ";",
            ",",
            "=",
            ";tag=1",
            "?",
            "é",
            "sip:a@b",
            "x",
            "%",
            "\0",
        ]
    ),
    max_size=4,
).map("".join)


@given(st.builds("{}<sip:{}>{}".format, PIECES, PIECES, PIECES))
def test_what_is_taken_for_ordinary_means_the_same_when_parsed(written: str) -> None:
    uri = plain_endpoint(written.encode())

    if uri is not None:
        try:
            expected = Uri.parse(uri, "From")
        except BadMessage as error:
            with pytest.raises(BadMessage, match=re.escape(error.reason)):
                Address.parse(written, "From")
        else:
            assert Address.parse(written, "From").uri == expected
