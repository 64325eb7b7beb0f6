"""Trunk: the way to telephone numbers through a provider (F034, F072)."""

from dataclasses import dataclass, field

from sipcore.kernel.entropy import Entropy
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Response
from sipcore.registrar.digest_client import answer_challenge


@dataclass(frozen=True, slots=True)
class Trunk:
    """A provider's SIP address and the identity it expects."""

    name: str
    host: str
    """Address of the provider; names are resolved at the start."""
    port: int = 5060
    transport: str = "UDP"
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
        self, trunk: str, method: bytes, uri: bytes, challenge: Response
    ) -> bytes | None:
        """Complete Authorization or Proxy-Authorization line, None without credentials."""
        known = self._trunks.get(trunk)
        if known is None or not known.user:
            return None
        proxy = challenge.status == 407
        values = challenge.every(b"proxy-authenticate" if proxy else b"www-authenticate")
        try:
            value = answer_challenge(
                method, uri, values, known.user, known.password, self._entropy.unique()
            )
        except BadMessage:
            return None
        return (b"Proxy-Authorization: " if proxy else b"Authorization: ") + value
