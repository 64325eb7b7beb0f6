"""Answering a challenge as a client, for trunks (RFC 3261 §22.2, RFC 7616 §3.4, RFC 8760 §2.4)."""

from collections.abc import Sequence
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.auth import parse_auth
from sipcore.message.grammar import split_commas
from sipcore.registrar.hashes import HASHES

_STRENGTH: Final = {b"sha-256": 2, b"sha-256-sess": 2, b"md5": 1, b"md5-sess": 1}
"""Algorithms we can answer; we choose the strongest, not the topmost (a local policy by
RFC 8760 §2.4), because the order of old providers means nothing."""


def answer_challenge(
    method: bytes,
    uri: bytes,
    challenges: Sequence[bytes],
    user: str,
    password: str,
    cnonce: bytes,
    body: bytes = b"",
    *,
    count: int = 1,
) -> bytes:
    """The value of the Authorization (or Proxy-Authorization) header for a retried request.

    `challenges` are the values of all WWW-Authenticate (Proxy-Authenticate) lines; `uri` is the
    Request-URI of the retry; `cnonce` is fresh and random; `count` counts the requests sent with
    the same nonce. Raises BadMessage when none of the challenges can be answered.
    """
    params = _choose(challenges)
    algorithm = params.get(b"algorithm", b"MD5")
    digest = HASHES[algorithm.decode().upper().removesuffix("-SESS")]
    realm, nonce = params.get(b"realm", b""), params[b"nonce"]
    username = user.encode()
    ha1 = digest(b"%b:%b:%b" % (username, realm, password.encode()))
    if algorithm.lower().endswith(b"-sess"):
        ha1 = digest(b"%b:%b:%b" % (ha1, nonce, cnonce))
    qop = _choose_qop(params.get(b"qop"))
    a2 = method + b":" + uri
    if qop == b"auth-int":
        a2 += b":" + digest(body)
    ha2 = digest(a2)
    fields = [
        b"username=" + _quote(username),
        b"realm=" + _quote(realm),
        b"nonce=" + _quote(nonce),
        b"uri=" + _quote(uri),
    ]
    if qop:
        nc = b"%08x" % count
        response = digest(b":".join((ha1, nonce, nc, cnonce, qop, ha2)))
        proof = [b'response="%b"' % response, b"qop=" + qop, b"nc=" + nc]
        proof.append(b"cnonce=" + _quote(cnonce))
    else:
        response = digest(b":".join((ha1, nonce, ha2)))
        proof = [b'response="%b"' % response]
    fields += proof
    if b"algorithm" in params:
        fields.append(b"algorithm=" + algorithm)
    if b"opaque" in params:
        fields.append(b"opaque=" + _quote(params[b"opaque"]))
    return b"Digest " + b", ".join(fields)


def _choose(challenges: Sequence[bytes]) -> dict[bytes, bytes]:
    """The strongest challenge that can be answered; the first of equals."""
    best: dict[bytes, bytes] | None = None
    rank = 0
    for value in challenges:
        try:
            scheme, params = parse_auth(value)
        except BadMessage:
            continue
        strength = _STRENGTH.get(params.get(b"algorithm", b"MD5").lower(), 0)
        if scheme != b"digest" or b"nonce" not in params or strength <= rank:
            continue
        qop = _choose_qop(params.get(b"qop"))
        # RFC 3261 §22.4 item 8: a session algorithm needs a cnonce, and a cnonce needs a qop.
        needs_qop = params.get(b"algorithm", b"").lower().endswith(b"-sess")
        if qop != b"?" and (qop or not needs_qop):
            best, rank = params, strength
    if best is None:
        raise BadMessage("no challenge that can be answered")
    return best


def _choose_qop(offered: bytes | None) -> bytes:
    """`auth` before `auth-int`; b"" when none was offered, b"?" when we know none of them."""
    if offered is None:
        return b""
    names = [name.lower() for name in split_commas(offered)]
    for name in (b"auth", b"auth-int"):
        if name in names:
            return name
    return b"?"


def _quote(value: bytes) -> bytes:
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
