"""Digest authentication of requests (RFC 3261 §22, RFC 7616, RFC 8760).

Order of the challenges. RFC 8760 §2.3 wants the preferred algorithm on top, which by strength
would be SHA-256. We put MD5 on top all the same, each with an explicit `algorithm`: SIPp 3.6 and
other simple clients read only the first `algorithm` they find and give up when it is not MD5,
while clients that know SHA-256 answer either. It costs little: the two differ in what an
eavesdropper can do with a captured response, and the generated passwords are beyond guessing
under both. pjsua2 and SIPp were seen to register this way, and SIPp to fail the other way round.
Clients built on older versions of libeXosip2, which door phones show the signs of (device facts
5.1), abandon the request when *any* challenge is not MD5, wherever it stands; they are known by
their User-Agent and get MD5 alone.

What does not help a guesser. A user that does not exist, a disabled account and a wrong password
take the same steps (a made-up HA1 stands in) and get the same 403. It is 403 and not another 401
because a fresh challenge sends simple devices into an endless loop.
"""

from collections.abc import Sequence
from hmac import compare_digest
from typing import Final, NamedTuple

from sipcore.kernel.errors import BadMessage
from sipcore.message.auth import parse_auth
from sipcore.message.message import Request
from sipcore.registrar.credential import Credential, CredentialStore
from sipcore.registrar.hashes import HASHES
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.nonce import CountUse, Nonces, NonceState
from sipcore.registrar.outcome import Rejected

ALGORITHMS: Final = ("MD5", "SHA-256")
"""Offered algorithms in the order of their challenges."""
MD5_ONLY_AGENTS: Final = (b"akuvox", b"exosip")
"""Beginnings of User-Agent values, lower case, that are offered MD5 alone."""
_BY_NAME: Final = {b"md5": "MD5", b"sha-256": "SHA-256"}
_HA2_CACHE: Final = 4096
_HA2_LENGTH: Final = 256
"""Octets of the longest method and URI whose H(A2) is remembered."""
_MAX_CREDENTIALS: Final = 8
"""Authorization lines of one request that are looked at."""


class Authenticated(NamedTuple):
    """The request was sent by the holder of this account.

    `is_repeat` marks the very same octets as the last accepted request: a retransmission that
    a stateless server sees again. It must change nothing.
    """

    credential: Credential
    is_repeat: bool = False


class Challenged(NamedTuple):
    """Answer 401 (407 for a proxy challenge) with these complete header lines."""

    lines: tuple[bytes, ...]
    is_stale: bool = False


Verdict = Authenticated | Challenged | Rejected
"""A Rejected is 400 for malformed credentials and 403 for wrong ones."""

_WRONG: Final = Rejected(403, b"Forbidden")


class _Nobody:
    """Stands in for accounts that do not exist, so that they cost the same time."""

    user = ""
    enabled = False

    def __init__(self, filler: bytes) -> None:
        self._ha1 = {name: HASHES[name](filler) for name in ALGORITHMS}

    def ha1(self, algorithm: str) -> bytes:
        return self._ha1[algorithm]


class DigestAuthenticator:
    """Challenges requests and checks what comes back.

    `names` says which hosts a digest may be meant for; without it only the realm and IP literals
    are. All times are UTC seconds.
    """

    def __init__(
        self,
        realm: str,
        credentials: CredentialStore,
        nonces: Nonces,
        names: LocalNames | None = None,
        *,
        md5_only_agents: Sequence[bytes] = MD5_ONLY_AGENTS,
    ) -> None:
        self.realm = realm
        self._realm = realm.encode()
        self._credentials = credentials
        self._nonces = nonces
        self._names = names or LocalNames(realm, any_address=True)
        self._md5_only = tuple(agent.lower() for agent in md5_only_agents)
        self._nobody = _Nobody(nonces.make(0.0))
        self._ha2: dict[tuple[str, bytes, bytes], bytes] = {}
        quoted = self._realm.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        self._before_nonce = b': Digest realm="%b", nonce="' % quoted

    def challenge(
        self, now: float, *, stale: bool = False, proxy: bool = False, user_agent: bytes = b""
    ) -> tuple[bytes, ...]:
        """Complete header lines of a new challenge, most compatible first."""
        name = b"Proxy-Authenticate" if proxy else b"WWW-Authenticate"
        tail = b', qop="auth", stale=true' if stale else b', qop="auth"'
        start = name + self._before_nonce + self._nonces.make(now)
        md5 = b'%b", algorithm=MD5%b' % (start, tail)
        if user_agent and user_agent.lower().startswith(self._md5_only):
            return (md5,)
        return (md5, b'%b", algorithm=SHA-256%b' % (start, tail))

    def authenticate(self, request: Request, now: float, *, proxy: bool = False) -> Verdict:
        """Whether the request proves who sent it; total, never raises.

        The caller checks that the account may act for the From or To of the request.
        """
        header = b"proxy-authorization" if proxy else b"authorization"
        values = request.every(header)
        stale = False
        for value in values[:_MAX_CREDENTIALS]:
            try:
                scheme, params = parse_auth(value)
            except BadMessage:
                return Rejected(400, b"Malformed Credentials")
            # Credentials for other servers on the way are none of our business (§22.3).
            if scheme != b"digest" or params.get(b"realm") != self._realm:
                continue
            verdict = self._verify(request, params, now)
            if verdict is not None:
                return verdict
            stale = True
        agent = request.first(b"user-agent") or b""
        return Challenged(
            self.challenge(now, stale=stale, proxy=proxy, user_agent=agent), is_stale=stale
        )

    def _verify(self, request: Request, params: dict[bytes, bytes], now: float) -> Verdict | None:
        """Check one set of credentials; None asks for a new challenge with `stale=true`."""
        try:
            nonce, uri, response = params[b"nonce"], params[b"uri"], params[b"response"]
            username = params[b"username"]
        except KeyError:
            return Rejected(400, b"Malformed Credentials")
        algorithm = _BY_NAME.get(params.get(b"algorithm", b"md5").lower())
        if algorithm is None:
            return Rejected(400, b"Unsupported Algorithm")
        # Before the digest is computed: the answer is the same for everybody, and cheap.
        if self._nonces.check(nonce, now) is not NonceState.FRESH:
            return None
        if uri != request.uri and not self._is_for_us(uri, request.uri):
            return Rejected(400, b"Digest URI Mismatch")
        qop = params.get(b"qop")
        if qop is None:
            # RFC 2069 clients (§22.4 item 8) send no count: their nonce serves once.
            count = 1
            middle: tuple[bytes, ...] = (nonce,)
        else:
            if qop.lower() != b"auth":
                return Rejected(400, b"Unsupported Qop")
            nc, cnonce = params.get(b"nc", b""), params.get(b"cnonce", b"")
            try:
                count = int(nc, 16) if len(nc) == 8 and cnonce else -1
            except ValueError:
                count = -1
            if count < 1:
                return Rejected(400, b"Malformed Credentials")
            middle = (nonce, nc, cnonce, qop)
        found = self._credentials.find(username.decode("utf-8", "replace"))
        credential = found if found is not None and found.enabled else self._nobody
        ha2 = self._digest_of(algorithm, request.method, uri)
        digest = HASHES[algorithm](b":".join((credential.ha1(algorithm), *middle, ha2)))
        if not compare_digest(digest, response) or credential is self._nobody:
            return _WRONG
        use = self._nonces.use(nonce, count, hash(request.raw), now)
        if use is CountUse.NEW:
            return Authenticated(credential)
        if use is CountUse.REPEATED and request.method == b"REGISTER":
            return Authenticated(credential, is_repeat=True)
        return None

    def _digest_of(self, algorithm: str, method: bytes, uri: bytes) -> bytes:
        """H(A2), remembered: every REGISTER of a domain has the same one (RFC 7616 §3.4.3)."""
        key = (algorithm, method, uri)
        ha2 = self._ha2.get(key)
        if ha2 is None:
            ha2 = HASHES[algorithm](method + b":" + uri)
            if len(method) + len(uri) <= _HA2_LENGTH:  # nobody but attackers sends longer ones
                if len(self._ha2) >= _HA2_CACHE:
                    self._ha2.clear()
                self._ha2[key] = ha2
        return ha2

    def _is_for_us(self, uri: bytes, request_uri: bytes) -> bool:
        """Whether a digest URI that differs from the Request-URI may still be accepted.

        RFC 3261 §22.4 item 6 leaves this to the server. SIPp and some door phones put the
        server's address there, whatever they call. A URI on another host is refused: it was
        computed for another server's challenge, which may have relayed ours.
        """
        meant = self._names.look(uri)
        if meant is None or not meant[1]:
            return False
        if not meant[0]:
            return True
        called = self._names.look(request_uri)
        return called is not None and called == meant
