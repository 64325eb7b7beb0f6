import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.uri import Uri, ipv6_host


@pytest.mark.parametrize(
    ("written", "uri"),
    [
        ("sip:alice@atlanta.com", Uri("sip", "alice", host="atlanta.com")),
        ("SIPS:Alice@AtLanTa.CoM", Uri("sips", "Alice", host="AtLanTa.CoM")),
        ("sip:pbx1", Uri("sip", host="pbx1")),
        ("sip:h_2:5070", Uri("sip", host="h_2", port=5070)),
        ("sip:a:pw@10.0.0.1", Uri("sip", "a", "pw", "10.0.0.1")),
        ("sip:a:@10.0.0.1", Uri("sip", "a", "", "10.0.0.1")),
        (
            "sip:1001@10.0.0.1:5060;transport=TCP;lr",
            Uri("sip", "1001", None, "10.0.0.1", 5060, (("transport", "TCP"), ("lr", None))),
        ),
        (
            "sip:user;par=u%40example.net@example.com",
            Uri("sip", "user;par=u%40example.net", host="example.com"),
        ),
        ("sip:1#1001@door.example", Uri("sip", "1#1001", host="door.example")),
        (
            "sip:[2001:db8::10]:5070;lr",
            Uri("sip", host="2001:db8::10", port=5070, params=(("lr", None),)),
        ),
        (
            "sip:bob@biloxi.com;method=INVITE?to=sip:a%40b&subject=x",
            Uri(
                "sip",
                "bob",
                host="biloxi.com",
                params=(("method", "INVITE"),),
                headers="to=sip:a%40b&subject=x",
            ),
        ),
        (
            "tel:+1-201-555-0123;phone-context=x",
            Uri("tel", "+1-201-555-0123", params=(("phone-context", "x"),)),
        ),
        ("soap.beep://192.0.2.103:3002", Uri("soap.beep", "//192.0.2.103:3002")),
        ("isbn:2983792873", Uri("isbn", "2983792873")),
    ],
)
def test_a_uri_is_cut_into_its_parts(written: str, uri: Uri) -> None:
    assert Uri.parse(written) == uri
    assert str(Uri.parse(written.encode())) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "alan@jasomi.com",
        "sip:",
        "sip:@host",
        "sip::pw@host",
        "sip:a@",
        "sip:a@b@c",
        "sip:a b@host",
        "sip:user@host; lr",
        " sip:a@b",
        "<sip:a@b>",
        "sip:a@b:",
        "sip:a@b:0",
        "sip:a@b:65536",
        "sip:a@b:123456",
        "sip:a@b;",
        "sip:a@b;;lr",
        "sip:a@b;=x",
        "sip:a@b;lr;LR",
        "sip:a@b?",
        "sip:a%4@b",
        "sip:a%zz@b",
        "sip:a@-b",
        "sip:2001:db8::10",
        "sip:[2001:db8:::10]",
        "sip:[1::2::3]",
        "sip:[]",
        "sip:a\x00@b",
        "sip:a@b\r\nVia: x",
        "tel:",
        "1sip:a@b",
    ],
)
def test_what_is_not_a_uri_is_refused(written: str) -> None:
    with pytest.raises(BadMessage, match=r"URI|IPv6"):
        Uri.parse(written)


def test_the_third_colon_of_an_old_grammar_is_taken_out_of_an_ipv6_address() -> None:
    uri = Uri.parse("sip:user@[2001:db8:::192.0.2.1]")

    assert uri == Uri("sip", "user", host="2001:db8::192.0.2.1")
    assert str(uri) == "sip:user@[2001:db8:::192.0.2.1]"
    with pytest.raises(BadMessage, match=r"malformed IPv6 address"):
        ipv6_host("1:::2")


def test_the_user_is_decoded_once_and_only_once() -> None:
    users = [
        Uri.parse(f"sip:{user}@a").decoded_user
        for user in ("plain", "%61lice", "sips%3Auser%40example.com", "null-%00-null", "%25%34%31")
    ]

    assert users == ["plain", "alice", "sips:user@example.com", "null-\x00-null", "%41"]


def test_a_parameter_is_found_without_regard_to_case() -> None:
    uri = Uri.parse("sip:a@b;Transport=tcp;lr")

    assert (uri.param("transport"), uri.param("lr"), uri.param("maddr")) == ("tcp", "", None)


def test_a_uri_that_was_not_parsed_is_written_from_its_parts() -> None:
    uri = Uri.parse("sip:alice:pw@[2001:db8::1]:5060;lr;x=y?subject=z")
    moved = Uri(uri.scheme, uri.user, uri.password, uri.host, 5080, uri.params, uri.headers)

    assert str(moved) == "sip:alice:pw@[2001:db8::1]:5080;lr;x=y?subject=z"
    assert str(Uri("sip", host=uri.host)) == "sip:[2001:db8::1]"


# RFC 3261 §19.1.4, pages 155 and 156.
EQUIVALENT = [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
    ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
    (
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ),
    (
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ),
    ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0:0:0:0:1]"),
    ("tel:+1-201-555-0123", "tel:+12015550123"),
    ("isbn:1", "ISBN:1"),
]
DIFFERENT = [
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ("sip:a@b", "sips:a@b"),
    ("sip:a@b", "sip:b"),
    ("sip:a@b", "sip:a:@b"),
    ("sip:a%40c@b", "sip:a@b"),
    ("sip:a@b;maddr=10.0.0.1", "sip:a@b"),
    ("sip:null-%00@b", "sip:null-%00%00@b"),
    ("isbn:1", "isbn:2"),
]


@pytest.mark.parametrize(("one", "other"), EQUIVALENT)
def test_uris_that_name_the_same_are_equivalent(one: str, other: str) -> None:
    assert Uri.parse(one).equivalent(Uri.parse(other))
    assert Uri.parse(other).equivalent(Uri.parse(one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_uris_that_differ_are_not_equivalent(one: str, other: str) -> None:
    assert not Uri.parse(one).equivalent(Uri.parse(other))
    assert not Uri.parse(other).equivalent(Uri.parse(one))


def test_a_uri_whose_host_is_no_address_can_still_be_compared() -> None:
    assert Uri("sip", host="A:b").equivalent(Uri("sip", host="a:B"))
    assert not Uri("sip", host="a:b").equivalent(Uri("sip", host="::1"))


def test_a_reserved_character_differs_from_its_escape_and_another_does_not() -> None:
    assert Uri.parse("sip:a%2db@c").equivalent(Uri.parse("sip:a-b@c"))
    assert not Uri.parse("sip:a%3bb@c").equivalent(Uri.parse("sip:a;b@c"))
    assert Uri.parse("sip:a%3bb@c").equivalent(Uri.parse("sip:a%3Bb@c"))


HOSTS = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?", fullmatch=True) | st.ip_addresses(
    v=6
).map(lambda address: address.compressed)
NAMES = st.from_regex(r"[A-Za-z0-9.!*_+'~-]{1,8}", fullmatch=True)
PARAMS = st.lists(
    st.tuples(
        NAMES, st.none() | st.from_regex(r"[A-Za-z0-9\[\]/:&+$.!~*'()_-]{1,8}", fullmatch=True)
    ),
    max_size=3,
    unique_by=lambda pair: pair[0].lower(),
).map(tuple)
URIS = st.builds(
    Uri,
    scheme=st.sampled_from(["sip", "sips"]),
    user=st.from_regex(r"([A-Za-z0-9&=+$,;?/#_.!~*'()-]|%[0-9A-F]{2}){1,12}", fullmatch=True),
    password=st.none() | st.from_regex(r"[A-Za-z0-9&=+$,]{0,6}", fullmatch=True),
    host=HOSTS,
    port=st.none() | st.integers(1, 65535),
    params=PARAMS,
    headers=st.just("") | st.just("subject=x&to=y%40z"),
)


@given(URIS)
def test_a_uri_written_and_read_again_is_the_same(uri: Uri) -> None:
    assert Uri.parse(str(uri)) == uri
    assert uri.equivalent(Uri.parse(str(uri)))


@given(st.text(max_size=40) | st.text(max_size=20).map(lambda rest: f"sip:{rest}"))
def test_any_text_is_a_uri_that_keeps_its_text_or_is_refused(written: str) -> None:
    try:
        uri = Uri.parse(written)
    except BadMessage:
        return
    assert str(uri) == written
    assert uri.equivalent(uri)


def test_a_uri_does_not_show_its_password() -> None:
    uri = Uri.parse("sip:1001:opensesame@doorline.test")

    assert uri.password == "opensesame"
    assert "opensesame" not in repr(uri)
    assert "1001" in repr(uri)


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("tel:+49-(30).123", "+4930123"),
        ("tel:10-01;phone-context=doorline.test", "1001"),
        ("sip:block-a.1@doorline.test", "block-a.1"),
        ("sip:%31001@doorline.test", "1001"),
        ("sip:doorline.test", "doorline.test"),
    ],
)
def test_visual_separators_of_a_number_are_not_dialled(written: str, dialled: str) -> None:
    """RFC 3966 §5.1.1."""
    assert Uri.parse(written).dialled == dialled
