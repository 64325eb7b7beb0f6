"""Answering challenges."""

import hashlib

import pytest

from sipcore.kernel.errors import BadMessage
from sipcore.message.auth import parse_auth
from sipcore.registrar.digest_client import answer_challenge

# RFC 7616 §3.9.1
REALM = b"http-auth@example.org"
NONCE = b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = b"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE = b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def challenge(algorithm: bytes, qop: bytes = b"auth, auth-int") -> bytes:
    return b'Digest realm="%b", qop="%b", algorithm=%b, nonce="%b", opaque="%b"' % (
        REALM,
        qop,
        algorithm,
        NONCE,
        OPAQUE,
    )


def answered(*challenges: bytes, **changed: object) -> dict[bytes, bytes]:
    value = answer_challenge(
        b"GET",
        b"/dir/index.html",
        challenges,
        "Mufasa",
        "Circle of Life",
        CNONCE,
        **changed,  # type: ignore[arg-type]
    )
    scheme, params = parse_auth(value)
    assert scheme == b"digest"
    return params


MD5 = b"8ca523f5e9506fed4657c9700eebdbec"
SHA_256 = b"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"


@pytest.mark.parametrize(("algorithm", "response"), [(b"MD5", MD5), (b"SHA-256", SHA_256)])
def test_the_example_of_rfc_7616(algorithm: bytes, response: bytes) -> None:
    assert answered(challenge(algorithm)) == {
        b"username": b"Mufasa",
        b"realm": REALM,
        b"nonce": NONCE,
        b"uri": b"/dir/index.html",
        b"response": response,
        b"qop": b"auth",
        b"nc": b"00000001",
        b"cnonce": CNONCE,
        b"algorithm": algorithm,
        b"opaque": OPAQUE,
    }


def test_the_stronger_algorithm_is_chosen_in_either_order() -> None:
    both = (challenge(b"MD5"), challenge(b"SHA-256"))

    chosen = [answered(*both), answered(*reversed(both))]

    assert [params[b"response"] for params in chosen] == [SHA_256, SHA_256]


def test_unknown_algorithms_and_schemes_are_passed_over() -> None:
    odd = (b"Basic realm=x", b"broken =", challenge(b"SHA-512-256"), challenge(b"MD5"))

    assert answered(*odd)[b"response"] == MD5


def test_a_challenge_without_qop_is_answered_as_in_rfc_2069() -> None:
    params = answered(b'Digest realm="testrealm", nonce="n1"')

    ha1 = hashlib.md5(b"Mufasa:testrealm:Circle of Life").hexdigest()  # noqa: S324
    ha2 = hashlib.md5(b"GET:/dir/index.html").hexdigest()  # noqa: S324
    response = hashlib.md5(f"{ha1}:n1:{ha2}".encode()).hexdigest()  # noqa: S324
    assert params == {
        b"username": b"Mufasa",
        b"realm": b"testrealm",
        b"nonce": b"n1",
        b"uri": b"/dir/index.html",
        b"response": response.encode(),
    }


def test_auth_int_covers_the_body() -> None:
    integrity = challenge(b"MD5", b"auth-int")

    responses = {answered(integrity, body=body)[b"response"] for body in (b"", b"v=0")}

    assert len(responses) == 2
    assert answered(integrity)[b"qop"] == b"auth-int"


def test_a_session_algorithm_needs_a_qop() -> None:
    session = b'Digest realm="r", nonce="n", algorithm=MD5-sess'

    assert answered(session + b', qop="auth"')[b"algorithm"] == b"MD5-sess"
    with pytest.raises(BadMessage):
        answered(session)


def test_each_request_with_the_same_nonce_counts_up() -> None:
    assert answered(challenge(b"MD5"), count=10)[b"nc"] == b"0000000a"


def test_quotes_in_values_are_escaped() -> None:
    value = answer_challenge(
        b"REGISTER", b"sip:h", [rb'Digest realm="a\"b", nonce="n"'], 'us"er', "p", b"c"
    )

    params = parse_auth(value)[1]
    assert (params[b"realm"], params[b"username"]) == (b'a"b', b'us"er')


@pytest.mark.parametrize(
    "challenges",
    [
        (),
        (b"Digest realm=x",),
        (b'Digest realm="x", nonce="n", qop="token"',),
        (b'Digest realm="x", nonce="n", algorithm=SHA-512-256',),
    ],
)
def test_what_cannot_be_answered_is_an_error(challenges: tuple[bytes, ...]) -> None:
    with pytest.raises(BadMessage):
        answered(*challenges)
