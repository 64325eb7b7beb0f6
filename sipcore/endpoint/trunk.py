"""Trunk: the way to telephone numbers through a provider (F034, F072)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sipcore.b2bua.trunk_identity import TrunkIdentity
from sipcore.dialog.reach import SIP_PORT
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.errors import BadMessage
from sipcore.message.demands import challenges_of
from sipcore.message.message import Response
from sipcore.registrar.digest_client import answer_challenge
from sipcore.transport.locating import Candidate

_ASSERTED: Final[Mapping[str, bytes]] = {
    "pai": b"P-Asserted-Identity",
    "ppi": b"P-Preferred-Identity",
}


@dataclass(frozen=True, slots=True)
class Trunk:
    """A provider's SIP address and the identity it expects."""

    name: str
    host: str
    """Name or address of the provider in URIs."""
    servers: tuple[Candidate, ...] = ()
    """Where it is reached at present (RFC 3263)."""
    port: int = 0
    """Port in the Request-URI; 0 and 5060 are not written."""
    server_name: str = ""
    """Name that the provider's certificate must show when it is reached over TLS (RFC 5922)."""
    only_udp: bool = False
    """Never send over TCP, however large a request is."""
    user: str = ""
    """User for the provider's challenge; empty for a trunk that knows us by our address."""
    password: str = field(default="", repr=False)
    from_user: str = ""
    """User part of From towards the provider; empty: the caller's."""
    caller_id: str = ""
    """Number of ours in the headers of `identity_headers`; empty: `from_user`."""
    display: str = ""
    """Name in From; `{caller}` in it is the name of whoever calls."""
    identity_headers: tuple[str, ...] = ()
    """Where the number stands besides From: `pai`, `ppi`, `diversion`."""
    codecs: frozenset[str] = frozenset()
    """Audio codecs that it is offered, in lower case; empty: all that the caller has."""
    number_in_to: bool = False
    """Whether an incoming call names our number in To instead of the Request-URI."""
    any_error: bool = False
    """Whether any 5xx of a server sends a call to the next one, not 503 alone (RFC 3263 §4.3)."""
    prefix: str = ""
    """Written before each number in place of its `+`, for instance `00`; empty keeps E.164."""

    def uri(self, number: str) -> bytes:
        """Request-URI of a call to that number."""
        port = f":{self.port}" if self.port not in (0, SIP_PORT) else ""
        return self.address(number) + port.encode()

    def address(self, number: str) -> bytes:
        """URI of that number in To, where no port may stand (RFC 3261 table 1)."""
        dialled = self.prefix + number.removeprefix("+") if self.prefix else number
        return f"sip:{dialled}@{self._host}".encode()

    @property
    def registrar(self) -> bytes:
        """Request-URI of a REGISTER (RFC 3261 §10.2)."""
        return f"sip:{self._host}".encode()

    @property
    def aor(self) -> bytes:
        """Address of our account there."""
        return f"sip:{self.user}@{self._host}".encode()

    @property
    def identity(self) -> TrunkIdentity | None:
        """Who our calls say they are from; None when the provider wants the caller's address."""
        if not self.from_user:
            return None
        number = f"sip:{self.caller_id or self.from_user}@{self._host}".encode()
        asserted = next(
            (_ASSERTED[word] for word in self.identity_headers if word in _ASSERTED), b""
        )
        return TrunkIdentity(
            f"sip:{self.from_user}@{self._host}".encode(),
            self.display,
            asserted + b": <" + number + b">" if asserted else b"",
            number if "diversion" in self.identity_headers else b"",
        )

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


class TrunkChallenges:
    """Answers 401 and 407 of trunks (RFC 3261 §22.2, RFC 7616)."""

    def __init__(self, trunks: dict[str, Trunk], entropy: Entropy) -> None:
        self._trunks = trunks
        self._entropy = entropy

    def trunk(self, name: str) -> Trunk | None:
        """The trunk of that name; None while it was not located."""
        return self._trunks.get(name)

    def authorization(
        self,
        trunk: str,
        method: bytes,
        uri: bytes,
        body: bytes,
        challenge: Response,
        count: int = 1,
    ) -> bytes | None:
        """Complete Authorization or Proxy-Authorization line, None without credentials.

        `count` counts the requests sent with the nonce of the challenge (RFC 7616 §3.4).
        """
        known = self._trunks.get(trunk)
        if known is None or not known.user:
            return None
        proxy = challenge.status == 407
        values, cnonce = challenges_of(challenge), self._entropy.unique()
        try:
            value = answer_challenge(
                method, uri, values, known.user, known.password, cnonce, body, count=count
            )
        except BadMessage:
            return None
        return (b"Proxy-Authorization: " if proxy else b"Authorization: ") + value
