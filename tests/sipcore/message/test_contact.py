import pytest

from sipcore.kernel.errors import BadMessage
from sipcore.message.contact import (
    WILDCARD,
    Contact,
    parse_contacts,
    parse_expires,
    parse_q,
    plain_contact,
)
from sipcore.message.uri import Uri

PHONE = Uri.parse("sip:1001@10.0.0.5:5060")


@pytest.mark.parametrize(
    ("written", "contact"),
    [
        ("<sip:1001@10.0.0.5:5060>", Contact(PHONE)),
        ("sip:1001@10.0.0.5:5060", Contact(PHONE)),
        (
            '"Flat 1" <sip:1001@10.0.0.5:5060>;q=0.5;expires=60',
            Contact(PHONE, (("q", "0.5"), ("expires", "60")), 0.5, 60, "Flat 1"),
        ),
        (
            "<sip:1001@10.0.0.5:5060>;expires=280297596632815",
            Contact(PHONE, (("expires", "280297596632815"),), 1.0, 3600),
        ),
        (
            '<sip:1001@10.0.0.5:5060>;+sip.instance="<urn:uuid:0-1>";reg-id=1',
            Contact(PHONE, (("+sip.instance", '"<urn:uuid:0-1>"'), ("reg-id", "1"))),
        ),
        (
            "sip:+19725552222@gw1.example.net;unknownparam",
            Contact(Uri.parse("sip:+19725552222@gw1.example.net"), (("unknownparam", None),)),
        ),
        (
            "<sip:+19725552222@gw1.example.net;unknownparam>",
            Contact(Uri.parse("sip:+19725552222@gw1.example.net;unknownparam")),
        ),
    ],
)
def test_a_contact_is_cut_into_its_parts(written: str, contact: Contact) -> None:
    assert Contact.parse(written) == contact
    assert str(Contact.parse(written)) == written


def test_the_instance_is_read_without_its_quotes() -> None:
    contact = Contact.parse('<sip:a@b>;+sip.instance="<urn:uuid:0-1>"')

    assert contact.param("+sip.instance") == "<urn:uuid:0-1>"


def test_a_contact_that_was_not_parsed_is_written_from_its_parts() -> None:
    contact = Contact.parse("sip:1001@10.0.0.5:5060;q=1")
    named = Contact(contact.uri, contact.params, display="A")

    assert str(named) == '"A" <sip:1001@10.0.0.5:5060>;q=1'


def test_several_lines_and_several_values_on_a_line_are_read_in_order() -> None:
    contacts = parse_contacts([b"<sip:a@b>, <sip:c@d>;q=0.1", b'"x, y" <sip:e@f>'])

    assert contacts == (
        Contact(Uri.parse("sip:a@b")),
        Contact(Uri.parse("sip:c@d"), (("q", "0.1"),), 0.1),
        Contact(Uri.parse("sip:e@f"), display="x, y"),
    )


def test_no_contact_is_an_empty_tuple() -> None:
    assert parse_contacts([]) == ()
    assert parse_contacts([b""]) == ()


def test_a_star_alone_is_the_wildcard() -> None:
    assert parse_contacts([b"*"]) is WILDCARD
    assert (str(WILDCARD), repr(WILDCARD)) == ("*", "WILDCARD")


@pytest.mark.parametrize(
    "lines", [[b"*", b"<sip:a@b>"], [b"<sip:a@b>, *"], [b"*, *"], [b"*;expires=0"], [b"<sip:a@b>,"]]
)
def test_a_star_beside_anything_else_is_refused(lines: list[bytes]) -> None:
    with pytest.raises(BadMessage, match=r"Contact"):
        parse_contacts(lines)


@pytest.mark.parametrize(
    ("written", "q"),
    [("1", 1.0), ("0", 0.0), ("0.", 0.0), ("0.333", 0.333), ("1.000", 1.0), (".5", 0.5)],
)
def test_a_preference_is_a_number_between_0_and_1(written: str, q: float) -> None:
    assert parse_q(written) == q


@pytest.mark.parametrize(
    "written", ["", "-1", "1.1", "2", "x", "0.x", "1e0", "inf", "nan", "٣", "0" * 20]
)
def test_any_other_preference_is_refused(written: str) -> None:
    with pytest.raises(BadMessage, match=r"q .*in Contact|malformed q"):
        parse_q(written)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0", 0),
        ("0060", 60),
        ("4294967295", 2**32 - 1),
        ("4294967296", 3600),
        ("1" * 100, 3600),
        ("", 3600),
        ("-1", 3600),
        ("soon", 3600),
        ("٣", 3600),
    ],
)
def test_a_malformed_expiry_counts_as_an_hour(written: str, seconds: int) -> None:
    assert parse_expires(written) == seconds


@pytest.mark.parametrize(
    ("value", "uri"),
    [
        (b"<sip:door@10.0.0.5:5060>", b"sip:door@10.0.0.5:5060"),
        (b"<sips:h>", b"sips:h"),
        (b"<sip:door@10.0.0.5;transport=tcp>", None),
        (b"<sip:door@10.0.0.5:99999>", None),
        (b"<sip:a@h>, <sip:b@h>", None),
        (b"sip:a@h", None),
        (b"*", None),
    ],
)
def test_a_plain_contact_is_read_as_the_parser_reads_it(value: bytes, uri: bytes | None) -> None:
    assert plain_contact(value) == uri
    if uri is not None:
        assert str(Contact.parse(value).uri).encode() == uri
