import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.auth import parse_auth


def test_ordinary_digest_credentials_are_read() -> None:
    value = (
        b'Digest username="bob", realm="biloxi.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        b'uri="sip:bob@biloxi.com", qop=auth, nc=00000001, cnonce="0a4f113b", '
        b'response="6629fae49393a05397450978507c4ef1", opaque=""'
    )

    assert parse_auth(value) == (
        b"digest",
        {
            b"username": b"bob",
            b"realm": b"biloxi.com",
            b"nonce": b"dcd98b7102dd2f0e8b11d0f600bfb0c093",
            b"uri": b"sip:bob@biloxi.com",
            b"qop": b"auth",
            b"nc": b"00000001",
            b"cnonce": b"0a4f113b",
            b"response": b"6629fae49393a05397450978507c4ef1",
            b"opaque": b"",
        },
    )


@pytest.mark.parametrize(
    ("value", "scheme", "params"),
    [
        (
            b'DIGEST Realm="a\\"b\\\\", Stale=TRUE',
            b"digest",
            {b"realm": b'a"b\\', b"stale": b"TRUE"},
        ),
        (b'Digest  a = "x" ,b=y', b"digest", {b"a": b"x", b"b": b"y"}),
        (b'Digest a="x",, b=y ,', b"digest", {b"a": b"x", b"b": b"y"}),
        (
            b'Digest qop="auth,auth-int", a="b, c=d"',
            b"digest",
            {b"qop": b"auth,auth-int", b"a": b"b, c=d"},
        ),
        (
            b"NoOneKnowsThisScheme opaque-data=here",
            b"nooneknowsthisscheme",
            {b"opaque-data": b"here"},
        ),
        (b"Bearer abc.def==", b"bearer", {b"": b"abc.def=="}),
        (b"Digest", b"digest", {}),
        (b'Digest username="\xff\xc3"', b"digest", {b"username": b"\xff\xc3"}),
    ],
)
def test_unusual_credentials_are_read_as_well(
    value: bytes, scheme: bytes, params: dict[bytes, bytes]
) -> None:
    assert parse_auth(value) == (scheme, params)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" x",
        b'"Digest" a=b',
        b'Digest username="bob',
        b'Digest a="b" c="d"',
        b"Digest a=b c",
        b"Digest a=b, junk junk",
        b'Digest ="b"',
        b"Digest a=, b=c",
        b'Digest a=b"',
        b'Digest nonce="a", nonce="b"',
        b'Digest nonce="a", NONCE="b"',
    ],
)
def test_malformed_credentials_are_refused(value: bytes) -> None:
    with pytest.raises(BadMessage, match="authentication"):
        parse_auth(value)


NAMES = st.sampled_from([b"realm", b"nonce", b"uri", b"opaque", b"qop", b"x-y"])


@given(st.dictionaries(NAMES, st.binary().filter(lambda octets: b"\n" not in octets)))
def test_quoted_parameters_are_read_back_as_they_were(params: dict[bytes, bytes]) -> None:
    quoted = (
        b'%b="%b"' % (name, value.replace(b"\\", b"\\\\").replace(b'"', b'\\"'))
        for name, value in params.items()
    )

    assert parse_auth(b"Digest " + b", ".join(quoted)) == (b"digest", params)


@given(st.binary() | st.text(alphabet='a="\\, ').map(lambda rest: b"Digest " + rest.encode()))
def test_any_octets_are_credentials_or_refused(value: bytes) -> None:
    try:
        scheme, params = parse_auth(value)
    except BadMessage:
        return
    assert (scheme, list(params)) == (scheme.lower(), [name.lower() for name in params])
