"""Trunk: the way to telephone numbers through a provider (F034, F072)."""

from dataclasses import dataclass, field

from sipcore.kernel.entropy import Entropy
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Response
from sipcore.registrar.digest_client import answer_challenge
from sipcore.transport.locating import Candidate


@dataclass(frozen=True, slots=True)
class Trunk:
    """A provider's SIP address and the identity it expects."""

    name: str
    host: str
    """Host of the provider in URIs, unless `domain` says otherwise."""
    servers: tuple[Candidate, ...] = ()
    """Where it is reached at present (RFC 3263)."""
    port: int = 5060
    """Port in the Request-URI of a provider without domain; 5060 is not written."""
    server_name: str = ""
    """Name that the provider's certificate must show when it is reached over TLS (RFC 5922)."""
    only_udp: bool = False
    """Never send over TCP, however large a request is."""
    user: str = ""
    """User for the provider's challenge; empty for a trunk that knows us by our address."""
    password: str = field(default="", repr=False)
    from_user: str = ""
    """User part of From towards the provider; empty: the trunk's user, or the caller's."""
    domain: str = ""
    """Host part of Request-URI, To and From; empty: the provider's host."""
    prefix: str = ""
    """Written before each number in place of its `+`, for instance `00`; empty keeps E.164."""

    def dialled(self, number: str) -> str:
        """The number as the provider wants it."""
        return self.prefix + number.removeprefix("+") if self.prefix else number


class TrunkChallenges:
    """Answers 401 and 407 of trunks (RFC 3261 §22.2, RFC 7616)."""

    def __init__(self, trunks: dict[str, Trunk], entropy: Entropy) -> None:
        self._trunks = trunks
        self._entropy = entropy

    def authorization(
        self, trunk: str, method: bytes, uri: bytes, body: bytes, challenge: Response
    ) -> bytes | None:
        """Complete Authorization or Proxy-Authorization line, None without credentials."""
        known = self._trunks.get(trunk)
        if known is None or not known.user:
            return None
        proxy = challenge.status == 407
        values = challenge.every(b"proxy-authenticate" if proxy else b"www-authenticate")
        try:
            value = answer_challenge(
                method, uri, values, known.user, known.password, self._entropy.unique(), body
            )
        except BadMessage:
            return None
        return (b"Proxy-Authorization: " if proxy else b"Authorization: ") + value
