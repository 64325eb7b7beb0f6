import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.grammar import (
    HEADER_NAMES,
    find_param,
    format_params,
    header_name,
    parse_params,
    quote,
    split_commas,
    text,
    unquote,
    wire,
)


@pytest.mark.parametrize(
    ("written", "long"),
    [
        (b"Via", b"via"),
        (b"VIA", b"via"),
        (b"v", b"via"),
        (b"V", b"via"),
        (b"v  ", b"via"),
        (b"CSeq\t", b"cseq"),
        (b"X-Door", b"x-door"),
        (b"C%6Fntact", b"c%6fntact"),
        (b"z", b"z"),
    ],
)
def test_a_header_name_becomes_its_lower_case_long_form(written: bytes, long: bytes) -> None:
    assert header_name(written) == long


def test_all_spellings_of_a_name_have_one_object_for_it() -> None:
    objects: dict[bytes, set[int]] = {}
    for long in HEADER_NAMES.values():
        objects.setdefault(long, set()).add(id(long))

    asked_for = (b"via", b"from", b"to", b"call-id", b"cseq", b"contact", b"content-length")
    assert [len(objects[name]) for name in asked_for] == [1] * len(asked_for)


@pytest.mark.parametrize("written", [b"", b" ", b"a b", b"From<", b"Fr\xc3\xb6m", b" Via", b"a\0"])
def test_a_header_name_that_is_no_token_is_refused(written: bytes) -> None:
    with pytest.raises(BadMessage, match="header name is not a token"):
        header_name(written)


@given(st.binary())
def test_octets_survive_the_way_through_text(octets: bytes) -> None:
    assert wire(text(octets)) == octets


@pytest.mark.parametrize(
    ("value", "pieces"),
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a, b ,c", [b"a", b"b", b"c"]),
        (b"a,,b", [b"a", b"", b"b"]),
        (b"a,", [b"a", b""]),
        (b'"x, y" <sip:a@b>, <sip:c,d@e>', [b'"x, y" <sip:a@b>', b"<sip:c,d@e>"]),
        (b'"x\\", y", z', [b'"x\\", y"', b"z"]),
        (b'"open, never closed', [b'"open, never closed']),
        (b"a, <open, never closed", [b"a", b"<open, never closed"]),
        (b'<sip:a>,"b"', [b"<sip:a>", b'"b"']),
        (b'"a",', [b'"a"', b""]),
    ],
)
def test_a_value_is_split_at_commas_outside_quotes_and_brackets(
    value: bytes, pieces: list[bytes]
) -> None:
    assert split_commas(value) == pieces


@given(st.text(alphabet=' a,"<>\\').map(str.encode))
def test_splitting_loses_nothing_but_space_around_commas(value: bytes) -> None:
    squeezed = b",".join(split_commas(value)).replace(b" ", b"")

    assert squeezed == value.replace(b" ", b"")


def test_splitting_hostile_values_takes_linear_time() -> None:
    # With a quadratic splitter this needs minutes, not milliseconds.
    value = b",<" * 30_000

    assert split_commas(value) == [b"", value[1:]]


@pytest.mark.parametrize(
    ("written", "params"),
    [
        ("tag=abc", (("tag", "abc"),)),
        ("lr", (("lr", None),)),
        (" a = b ; c ;d=e", (("a", "b"), ("c", None), ("d", "e"))),
        (
            '+sip.instance="<urn:uuid:1;2>";q=0.5',
            (("+sip.instance", '"<urn:uuid:1;2>"'), ("q", "0.5")),
        ),
        ('x="a\\"b"', (("x", '"a\\"b"'),)),
        ("received=[2001:db8::1]", (("received", "[2001:db8::1]"),)),
    ],
)
def test_parameters_are_read_as_written(
    written: str, params: tuple[tuple[str, str | None], ...]
) -> None:
    assert parse_params(written, "To") == params


@pytest.mark.parametrize(
    "written",
    ["", ";", "a;", ";a", "a;;b", "a=", "=b", "a b", 'a="open', "a=b c", "a=b\x00", "a=<b>", "a,b"],
)
def test_what_is_not_a_parameter_is_refused(written: str) -> None:
    with pytest.raises(BadMessage, match="parameter in To"):
        parse_params(written, "To")


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(BadMessage, match="parameter given twice in From"):
        parse_params("tag=a;TAG=b", "From")


def test_formatted_parameters_parse_to_the_same() -> None:
    params = (("a", None), ("b", '"c;d"'), ("E", "f"))

    assert parse_params(format_params(params)[1:], "To") == params


def test_a_parameter_is_found_without_regard_to_case_and_unquoted() -> None:
    params = (("Tag", "A"), ("x", '"a\\"b"'), ("lr", None))

    assert [find_param(params, name) for name in ("tag", "x", "lr", "none")] == [
        "A",
        'a"b',
        "",
        None,
    ]


@given(st.text(alphabet=st.characters(min_codepoint=32, exclude_characters="\x7f")))
def test_quoted_text_is_read_back_as_it_was(content: str) -> None:
    assert unquote(quote(content)) == content


def test_quoting_leaves_no_control_characters() -> None:
    assert quote("a\r\nVia: b\x00") == '"a  Via: b "'
