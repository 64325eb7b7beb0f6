"""Digest authentication of requests (RFC 3261 §22, RFC 7616, RFC 8760).

Order of the challenges. RFC 8760 §2.3 wants the preferred algorithm on top, which by strength
would be SHA-256. We put MD5 on top all the same, each with an explicit `algorithm`: SIPp 3.6 and
other simple clients read only the first `algorithm` they find and give up when it is not MD5,
while clients that know SHA-256 answer either. It costs little: the two differ in what an
eavesdropper can do with a captured response, and the generated passwords are beyond guessing
under both. pjsua2 and SIPp were seen to register this way, and SIPp to fail the other way round.
Clients built on older versions of libeXosip2, which door phones show the signs of, abandon the
request when *any* challenge is not MD5, wherever it stands, and so does baresip before version 3
(seen with 1.0.0); they are known by their User-Agent and get MD5 alone.
Over WebSocket the order is RFC 8760's: JsSIP 3.13 and SIP.js 0.21 read only the last challenge and
give up when it is not MD5, and there is no other stack in browsers.

`qop`. We offer `auth` alone, because simple clients compare the whole value with it;
`auth-int`, which covers the body as well (RFC 7616 §3.4.3), is offered when the settings say so and
checked whenever a client uses it.

What does not help a guesser. A user that does not exist, a disabled account and a wrong password
take the same steps (a made-up HA1 stands in) and get the same 403. It is 403 and not another 401
because a fresh challenge sends simple devices into an endless loop.
"""

from collections.abc import Sequence
from hmac import compare_digest
from typing import ClassVar, Final, Protocol, final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.kernel.value import Value
from sipcore.message.auth import parse_auth
from sipcore.message.message import Request
from sipcore.registrar.credential import Credential, CredentialStore, Nobody
from sipcore.registrar.hashes import HASHES
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.nonce import CountUse, Nonces, NonceState, nonce_scope
from sipcore.registrar.outcome import Fault, Rejected
from sipcore.registrar.spelling import Reading, Spellings
from sipcore.registrar.username import username_of
from sipcore.registrar.visit_accounts import NAME, VisitAccounts

WEB: Final = frozenset(("WS", "WSS"))
"""Transports of browsers."""
MD5_ONLY_AGENTS: Final = (b"akuvox", b"exosip", b"baresip v0.", b"baresip v1.", b"baresip v2.")
"""Beginnings of User-Agent values, lower case, that are offered MD5 alone."""
_BY_NAME: Final = {b"md5": "MD5", b"sha-256": "SHA-256"}
_QOPS: Final = (b"auth", b"auth-int")
_COUNT_DIGITS: Final = 8
_HEX: Final = b"0123456789abcdefABCDEF"
_HA2_CACHE: Final = 4096
_HA2_LENGTH: Final = 256
"""Octets of the longest method and URI whose H(A2) is remembered."""
_MAX_CREDENTIALS: Final = 8
"""Authorization lines of one request that are looked at."""


@final
class Authenticated(Value):
    """The request was sent by the holder of this account.

    `is_repeat` marks the very same octets as the last accepted request: a retransmission that
    a stateless server sees again. It must change nothing.
    """

    __slots__: ClassVar = ("credential", "is_repeat", "nonce")

    nonce: bytes
    """The nonce of its credentials."""

    def __init__(self, credential: Credential, is_repeat: bool = False, nonce: bytes = b"") -> None:
        self.credential = credential
        self.is_repeat = is_repeat
        self.nonce = nonce


@final
class Challenged(Value):
    """Answer 401 (407 for a proxy challenge) with these complete header lines."""

    __slots__: ClassVar = ("is_stale", "lines")

    def __init__(self, lines: tuple[bytes, ...], is_stale: bool = False) -> None:
        self.lines = lines
        self.is_stale = is_stale


Verdict = Authenticated | Challenged | Rejected
"""A Rejected is 400 for malformed credentials and 403 for wrong ones."""


class Authenticator(Protocol):
    """Whoever can say who sent a request."""

    def authenticate(
        self, request: Request, now: float, *, proxy: bool = False, flow: Flow | None = None
    ) -> Verdict:
        """Whether the request proves who sent it; total, never raises."""


_WRONG: Final = Rejected(403, b"Forbidden", fault=Fault.CREDENTIALS)
_ENDED: Final = Rejected(403, b"Forbidden")
"""Nothing is held against whoever had an account for a visit and refreshes when it is over: it was
promised more time, and several such phones may be behind one address."""


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
        offers_auth_int: bool = False,
        visits: VisitAccounts | None = None,
    ) -> None:
        """`visits` are accounts with which phones register for one visit, and do nothing else."""
        self._visits = visits
        self.realm = realm
        self._realm = realm.encode()
        self._credentials = credentials
        self._nonces = nonces
        self._names = names or LocalNames(realm, any_address=True)
        self._md5_only = tuple(agent.lower() for agent in md5_only_agents)
        self._nobody = Nobody(nonces.make(0.0))
        self._ha2: dict[tuple[str, bytes, bytes], bytes] = {}
        quoted = self._realm.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        self._before_nonce = b': Digest realm="%b", nonce="' % quoted
        self._qop = b', qop="auth,auth-int"' if offers_auth_int else b', qop="auth"'
        self.spellings = Spellings()

    def challenge(
        self,
        now: float,
        *,
        stale: bool = False,
        proxy: bool = False,
        md5_only: bool = False,
        is_web: bool = False,
        source: str = "",
    ) -> tuple[bytes, ...]:
        """Complete header lines of a new challenge, most compatible first.

        `is_web` says that a browser asks, over WebSocket; `source` is what the nonce is bound to:
        `nonce_scope` the flow.
        """
        name = b"Proxy-Authenticate" if proxy else b"WWW-Authenticate"
        tail = self._qop + b", stale=true" if stale else self._qop
        start = name + self._before_nonce + self._nonces.make(now, source)
        md5 = b'%b", algorithm=MD5%b' % (start, tail)
        if md5_only:
            return (md5,)
        sha256 = b'%b", algorithm=SHA-256%b' % (start, tail)
        return (sha256, md5) if is_web else (md5, sha256)

    def is_md5_only(self, user_agent: bytes) -> bool:
        """Whether a client with this User-Agent gives up at any other algorithm."""
        return bool(user_agent) and user_agent.lower().startswith(self._md5_only)

    def time_left(self, nonce: bytes, now: float) -> float:
        """Seconds for which the nonce of accepted credentials can still be used."""
        return self._nonces.time_left(nonce, now)

    def next_nonce(self, now: float, flow: Flow) -> bytes:
        """An `Authentication-Info` line, for a client whose nonce ends before its next refresh.

        RFC 7616 §3.5: who takes up the `nextnonce` is spared the round trip of a stale one.
        """
        return b'Authentication-Info: nextnonce="%b"' % self._nonces.make(now, nonce_scope(flow))

    def authenticate(
        self, request: Request, now: float, *, proxy: bool = False, flow: Flow | None = None
    ) -> Verdict:
        """Whether the request proves who sent it; total, never raises.

        `flow` is where it came from: a nonce issued elsewhere is stale. The caller checks that
        the account may act for the From or To of the request.
        """
        header = b"proxy-authorization" if proxy else b"authorization"
        values = request.every(header)
        source = "" if flow is None else nonce_scope(flow)
        stale = False
        for value in values[:_MAX_CREDENTIALS]:
            # Between quotes, an escape stands for another octet than the one that is read.
            read = self.spellings.read(value) if value.find(b"\\") < 0 else None
            if read is not None:
                if read[0][1] != self._realm:
                    continue
                verdict = self._verify_read(request, read, now, source)
            else:
                try:
                    scheme, params = parse_auth(value)
                except BadMessage:
                    return Rejected(400, b"Malformed Credentials")
                # Credentials for other servers on the way are none of our business (§22.3).
                if scheme != b"digest" or params.get(b"realm") != self._realm:
                    continue
                verdict = self._verify(request, params, now, source)
                if isinstance(verdict, Authenticated):
                    self.spellings.learn(value)
            if verdict is not None:
                return verdict
            stale = True
        md5_only = self.is_md5_only(request.first(b"user-agent") or b"")
        lines = self.challenge(
            now,
            stale=stale,
            proxy=proxy,
            md5_only=md5_only,
            source=source,
            is_web=flow is not None and flow.transport in WEB,
        )
        return Challenged(lines, is_stale=stale)

    def confirms(
        self,
        value: bytes,
        user: str,
        name: bytes,
        uri: bytes,
        raw: bytes,
        now: float,
        flow: Flow,
    ) -> float | None:
        """The short way of `authenticate` for credentials of a known spelling.

        `time_left` of their nonce, if they are right for `user`, who is written `name`, and used
        for the first time.
        None, and nothing is changed, for all that is not entirely ordinary. `raw` is the whole
        message, a REGISTER for `uri`.
        """
        read = self.spellings.read(value)
        if read is None:
            return None
        (username, realm, nonce, stated, response, cnonce), nc, algorithm = read
        credential = self._credentials.find(user)
        ha2 = self._ha2.get((algorithm, b"REGISTER", uri))
        if (
            credential is None
            or not credential.enabled
            or ha2 is None
            or stated != uri
            or realm != self._realm
            or username != name
        ):
            return None
        proof = b":".join((credential.ha1(algorithm), nonce, nc, cnonce, b"auth", ha2))
        count = int(nc, 16)
        if not count or not compare_digest(HASHES[algorithm](proof), response):
            return None
        return self._nonces.take_next(nonce, count, hash(raw), now, nonce_scope(flow))

    def _verify_read(
        self, request: Request, read: Reading, now: float, source: str
    ) -> Verdict | None:
        """`_verify` for credentials of a known spelling, in which nothing is missing."""
        (written, _, nonce, uri, response, cnonce), nc, algorithm = read
        if self._nonces.check(nonce, now, source) is not NonceState.FRESH:
            return None
        if uri != request.uri and not self._is_for_us(uri, request.uri):
            return Rejected(400, b"Digest URI Mismatch")
        count = int(nc, 16)
        if not count:
            return Rejected(400, b"Malformed Credentials")
        username = written.decode("utf-8", "replace")
        middle = (nonce, nc, cnonce, b"auth")
        ha2 = self._digest_of(algorithm, request.method, uri)
        return self._prove(request, username, algorithm, middle, count, ha2, response, now, source)

    def _verify(
        self, request: Request, params: dict[bytes, bytes], now: float, source: str
    ) -> Verdict | None:
        """Check one set of credentials; None asks for a new challenge with `stale=true`."""
        try:
            nonce, uri, response = params[b"nonce"], params[b"uri"], params[b"response"]
        except KeyError:
            return Rejected(400, b"Malformed Credentials")
        algorithm = _BY_NAME.get(params.get(b"algorithm", b"md5").lower())
        if algorithm is None:
            return Rejected(400, b"Unsupported Algorithm")
        # Before the digest is computed: the answer is the same for everybody, and cheap.
        if self._nonces.check(nonce, now, source) is not NonceState.FRESH:
            return None
        if uri != request.uri and not self._is_for_us(uri, request.uri):
            return Rejected(400, b"Digest URI Mismatch")
        qop = params.get(b"qop")
        if qop is None:
            # RFC 2069 clients (§22.4 item 8) send no count: their nonce serves once.
            count = 1
            middle: tuple[bytes, ...] = (nonce,)
        else:
            if qop.lower() not in _QOPS:
                return Rejected(400, b"Unsupported Qop")
            nc, cnonce = params.get(b"nc", b""), params.get(b"cnonce", b"")
            is_count = len(nc) == _COUNT_DIGITS and not nc.translate(None, _HEX)
            count = int(nc, 16) if is_count and cnonce else 0
            if not count:
                return Rejected(400, b"Malformed Credentials")
            middle = (nonce, nc, cnonce, qop)
        username = username_of(request, params, self.realm, algorithm)
        if username is None:
            return Rejected(400, b"Malformed Credentials")
        if qop is not None and qop.lower() == b"auth-int":
            body = HASHES[algorithm](request.body)
            ha2 = HASHES[algorithm](b"%b:%b:%b" % (request.method, uri, body))
        else:
            ha2 = self._digest_of(algorithm, request.method, uri)
        return self._prove(request, username, algorithm, middle, count, ha2, response, now, source)

    def _prove(
        self,
        request: Request,
        username: str,
        algorithm: str,
        middle: tuple[bytes, ...],
        count: int,
        ha2: bytes,
        response: bytes,
        now: float,
        source: str,
    ) -> Verdict | None:
        """Compute the digest, and use up the nonce count if it is right.

        `middle` is what stands between H(A1) and H(A2): the nonce first.
        """
        nonce = middle[0]
        wrong = _WRONG
        found = self._credentials.find(username)
        if found is None and self._visits is not None and request.method == b"REGISTER":
            found = self._of_visit(self._visits, username, now)
            if found is None and username.startswith(NAME):
                wrong = _ENDED
        credential = found if found is not None and found.enabled else self._nobody
        digest = HASHES[algorithm](b":".join((credential.ha1(algorithm), *middle, ha2)))
        # Old clients write the digits in upper case; §3.4.1 of RFC 7616 wants lower.
        if not compare_digest(digest, response.lower()) or credential is self._nobody:
            return wrong
        use = self._nonces.use(nonce, count, hash(request.raw), now, source)
        if use is CountUse.NEW:
            return Authenticated(credential, nonce=nonce)
        if use is CountUse.REPEATED and request.method == b"REGISTER":
            return Authenticated(credential, is_repeat=True, nonce=nonce)
        return None

    def _of_visit(self, visits: VisitAccounts, name: str, now: float) -> Credential | None:
        """The account of one visit, as long as the account that it stands for may register."""
        account = visits.find(name, now)
        if account is None:
            return None
        owner = self._credentials.find(account.user)
        return account if owner is not None and owner.enabled else None

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
