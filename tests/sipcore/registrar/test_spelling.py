"""Credentials read by their spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.auth import parse_auth
from sipcore.registrar.spelling import Spellings

SIPLOAD = (
    b'Digest username="1001", realm="d", nonce="n1", uri="sip:d", response="r1", algorithm=MD5,'
    b' cnonce="0a4f113b", qop=auth, nc=00000001'
)
SIPP = (
    b'Digest username="1001",realm="d",cnonce="6b8b4567",nc=00000001,qop=auth,uri="sip:d",'
    b'nonce="n1",response="r1",algorithm=MD5'
)
LINPHONE = (
    b'Digest realm="d", nonce="n1", algorithm=SHA-256, username="1001", uri="sip:d",'
    b' response="r1", cnonce="c.~1", nc=00000001, qop=auth'
)


def learned(*lines: bytes) -> Spellings:
    spellings = Spellings()
    for line in lines:
        spellings.learn(line)
    return spellings


@pytest.mark.parametrize("line", [SIPLOAD, SIPP, LINPHONE])
def test_a_learned_spelling_is_read_with_other_values(line: bytes) -> None:
    other = line.replace(b'"1001"', b'"1002"').replace(b"=00000001", b"=0000002F")

    read = learned(line).read(other)

    assert read is not None
    params = parse_auth(other)[1]
    names = (b"username", b"realm", b"nonce", b"uri", b"response", b"cnonce")
    assert read[0] == tuple(params[name] for name in names)
    assert (read[1], read[2].encode()) == (params[b"nc"], params[b"algorithm"])


@pytest.mark.parametrize(
    "line",
    [
        SIPLOAD.replace(b"nc=00000001", b'nc="00000001"'),
        SIPLOAD.replace(b"nc=00000001", b"nc=1"),
        SIPLOAD.replace(b"qop=auth", b'qop="auth"'),
        SIPLOAD.replace(b"qop=auth", b"qop=auth-int"),
        SIPLOAD.replace(b"qop=auth", b'opaque="x", qop=auth'),
        SIPLOAD.replace(b', cnonce="0a4f113b"', b""),
        SIPLOAD.replace(b'"1001"', b'"10\\"01"'),
        SIPLOAD.replace(b'"1001"', b'"1001", userhash=true'),
        SIPLOAD.replace(b"username=", b"username*="),
        SIPLOAD + b", username=x",
        b"Basic nc=00000001",
        b"",
        SIPLOAD + b", x=" + b"y" * 2000,
    ],
)
def test_an_unusual_spelling_is_not_learned(line: bytes) -> None:
    spellings = learned(line)

    assert (len(spellings), spellings.read(line)) == (0, None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"nc=00000001", b"nc=+0000001"),
        (b"nc=00000001", b"nc=0000000"),
        (b'"0a4f113b"', b'""'),
        (b'"0a4f113b"', b'"a b"'),
        (b'"0a4f113b"', b'"a\nb"'),
        (b"algorithm=MD5", b"algorithm=MD6"),
    ],
)
def test_what_parsing_has_to_judge_is_not_read(old: bytes, new: bytes) -> None:
    assert learned(SIPLOAD).read(SIPLOAD.replace(old, new)) is None


def test_the_spellings_are_bounded() -> None:
    spellings = learned(*(SIPLOAD.replace(b"MD5", b"MD%d" % number) for number in range(500)))

    assert len(spellings) == 256


@pytest.mark.interpreted
def test_a_spelling_that_cannot_be_read_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []

    def parsed(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
        looked.append(value)
        return parse_auth(value)

    monkeypatch.setattr("sipcore.registrar.spelling.parse_auth", parsed)
    odd = SIPLOAD.replace(b"qop=auth", b'qop="auth"')

    learned(odd, odd.replace(b"=00000001", b"=00000002"), SIPLOAD)

    assert looked == [odd, SIPLOAD]


@given(
    st.lists(st.tuples(st.integers(0, 160), st.integers(0, 2), st.binary(max_size=2)), max_size=3)
)
def test_what_is_read_is_what_parsing_finds(edits: list[tuple[int, int, bytes]]) -> None:
    line = SIPLOAD
    for place, length, new in edits:
        line = line[:place] + new + line[place + length :]

    read = learned(SIPLOAD).read(line)

    if read is not None:
        try:
            params = parse_auth(line)[1]
        except BadMessage:
            raise AssertionError("read what cannot be parsed") from None
        assert (read[0][0], read[0][5], read[1]) == (
            params[b"username"],
            params[b"cnonce"],
            params[b"nc"],
        )
