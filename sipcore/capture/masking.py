"""Masking: what must not leave the server in a capture is overwritten, its length is kept.

Works on the octets and not on the parsed message, because a capture is wanted most when a message
cannot be parsed. What is masked, wherever it stands:

- `Authorization`, `Proxy-Authorization` and the challenges and confirmations that belong to them:
  response, nonces and proofs; everything after the scheme when it is not Digest
- the password of a SIP URI (RFC 3261 §19.1.1) and the push token in a contact (RFC 8599 §9)
- keys in SDP: `a=crypto` (RFC 4568), `k=` (RFC 4566 §5.12), `a=key-mgmt` (RFC 4567), `a=ice-pwd`
- digits that may open a door: in the bodies of INFO and MESSAGE, `Signal=` in any message, and
  `digits=` of KPML (RFC 4730)
- a body with a Content-Encoding, since nobody can see what is in it
"""

import re
from typing import Final

MASK: Final = b"x"

_START: Final = rb"[\r\n][ \t]*"
"""Where a line begins, however lines are ended; a fixed first octet makes the search fast."""

_AUTHENTICATION: Final = re.compile(
    _START + rb"(?:(?:proxy-)?auth(?:orization|entication-info)|(?:www|proxy)-authenticate)"
    rb"[ \t]*:([^\r\n]*(?:[\r\n]+[ \t][^\r\n]*)*)",
    re.IGNORECASE,
)
_DIGEST: Final = re.compile(rb"\s*digest(?=\s|$)", re.IGNORECASE)
_PROOF: Final = re.compile(
    rb"(?:\b(?:response|nonce|cnonce|nextnonce|rspauth)\s*=\s*)"
    rb"(\"(?:[^\"\\]|\\.)*\"?|[^\s,\"][^\s,]*)",
    re.IGNORECASE | re.DOTALL,
)
_USER_AND_PASSWORD: Final = re.compile(rb"[^\s<>\"@:;?]+:([^\s<>\"@]+)\Z")
_MAX_USER_INFO: Final = 512
"""Octets before an `@` that are looked at: hostile octets must not cost a look at each pair."""
_KEY: Final = re.compile(
    _START + rb"(?:a=crypto:([^\r\n]*)|k=[^\r\n:]*:([^\r\n]*)"
    rb"|a=key-mgmt:\S*[ \t]*([^\r\n]*)|a=ice-pwd:([^\r\n]*))",
    re.IGNORECASE,
)
_KEY_WORDS: Final = (b"a=crypto", b"k=", b"a=key-mgmt", b"a=ice-pwd")
_INLINE: Final = re.compile(rb"inline:([^|;\s]+)", re.IGNORECASE)
_PUSH_TOKEN: Final = re.compile(rb"\bpn-prid\s*=\s*([^\s;>?,&]+)", re.IGNORECASE)
_SIGNAL: Final = re.compile(rb"[\s;]signal\s*[=:]([^\r\n;]*)", re.IGNORECASE)
_KPML: Final = re.compile(rb"\bdigits\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_ENCODED: Final = re.compile(
    _START + rb"(?:content-encoding|e)[ \t]*:[ \t]*(?!identity\b)\S", re.IGNORECASE
)
_END_OF_HEADERS: Final = re.compile(rb"\r?\n\r?\n|\r\r")
_SOMETHING_ELSE: Final = re.compile(
    _START + rb"(?:content-type|c)[ \t]*:[ \t]*application/(?:sdp|media_control\+xml)\b",
    re.IGNORECASE,
)
_WITH_DIGITS: Final = re.compile(rb"\s*(?:info|message)\s", re.IGNORECASE)
_DURATION: Final = re.compile(rb"\s*duration\s*[=:]", re.IGNORECASE)
_LETTER: Final = re.compile(rb"\s*[\"']?[A-D]+[\"']?\s*\Z", re.IGNORECASE)
_DIGIT: Final = re.compile(rb"[0-9*#]")
_VISIBLE: Final = re.compile(rb"[^\s\"']")


def masked(data: bytes) -> bytes:
    """The same octets without secrets; as long as before. Never raises."""
    lowered = data.lower()
    data = b"\n" + data  # so that the first line begins like every other
    if b"auth" in lowered:
        data = _AUTHENTICATION.sub(_authentication, data)
    if b"@" in data:
        data = b"@".join(_uri_password(data.split(b"@")))
    if any(word in lowered for word in _KEY_WORDS):
        data = _KEY.sub(_key, data)
    if b"pn-prid" in lowered:
        data = _PUSH_TOKEN.sub(_group_hidden, data)
    if b"signal" in lowered:
        data = _SIGNAL.sub(_group_hidden, data)
    if b"digits" in lowered:
        data = _KPML.sub(_group_hidden, data)
    return _body_masked(data, lowered)[1:]


def _body_masked(data: bytes, lowered: bytes) -> bytes:
    """The message with digits in the body of an INFO or MESSAGE hidden, or an encoded body."""
    has_digits = _WITH_DIGITS.match(data) is not None
    if not (has_digits or b"content-encoding" in lowered or b"\ne" in lowered):
        return data
    end = _END_OF_HEADERS.search(data)
    if end is None:
        return data
    head, body = data[: end.end()], data[end.end() :]
    if not body:
        return data
    if _ENCODED.search(head):
        return head + MASK * len(body)
    if not has_digits or _SOMETHING_ELSE.search(head):
        return data
    lines = re.split(rb"([\r\n;]+)", body)
    return head + b"".join(map(_digits_hidden, lines))


def _digits_hidden(line: bytes) -> bytes:
    if _DURATION.match(line):
        return line
    if _LETTER.match(line):
        return _VISIBLE.sub(MASK, line)
    return _DIGIT.sub(MASK, line)


def _uri_password(pieces: list[bytes]) -> list[bytes]:
    """What stands between the `@` of a message, with the password of each SIP URI hidden."""
    for number, piece in enumerate(pieces[:-1]):
        end = piece[-_MAX_USER_INFO:].lower()
        short, long = end.rfind(b"sip:"), end.rfind(b"sips:")
        start = short + 4 if short > long else long + 5
        if max(short, long) >= 0 and b":" in end[start:]:
            kept = len(piece) - len(end) + start
            hidden = _USER_AND_PASSWORD.sub(_group_hidden, piece[kept:], count=1)
            pieces[number] = piece[:kept] + hidden
    return pieces


def _authentication(found: re.Match[bytes]) -> bytes:
    """One header: the proofs of Digest, or all of another scheme's credentials."""
    value = found[1]
    name = found[0][: found.start(1) - found.start()]
    if _DIGEST.match(value) or b"authorization" not in name.lower():
        return name + _PROOF.sub(_group_hidden, value)
    scheme = re.match(rb"\s*\S*", value)
    kept = scheme.end() if scheme else 0
    return name + value[:kept] + _VISIBLE.sub(MASK, value[kept:])


def _key(found: re.Match[bytes]) -> bytes:
    """One line of SDP: of `a=crypto` only the keys, of the others everything."""
    if found[1] is not None:
        start = found.start(1) - found.start()
        return found[0][:start] + _INLINE.sub(_group_hidden, found[1])
    return _group_hidden(found)


def _group_hidden(found: re.Match[bytes]) -> bytes:
    """What was found, with the one group that took part in it hidden; quotes stay."""
    number = found.lastindex or 0
    start, end = found.start(number) - found.start(), found.end(number) - found.start()
    whole = found[0]
    return whole[:start] + _VISIBLE.sub(MASK, whole[start:end]) + whole[end:]
