"""Demands: the challenges that a request of ours has to satisfy, all at the same time.

A server asks with 401, a proxy on the way to it with 407, and either may come after the other; so
may another proxy, for a realm of its own (RFC 3261 §22.3). Whoever is answered and asks again has
refused us, unless it says that only its nonce was too old: `stale=true` with another nonce (RFC
7616 §3.3).
"""

from typing import ClassVar, Final, final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.value import Value
from sipcore.message.auth import parse_auth
from sipcore.message.message import Response

MOST: Final = 5
"""Challenges that are answered for one request."""
_LINES: Final = {401: b"www-authenticate", 407: b"proxy-authenticate"}


@final
class Demands(Value):
    """What stands at present; a value, of which `joined_by` makes the next one."""

    __slots__: ClassVar = ("answered", "standing")

    def __init__(self, standing: tuple[tuple[Response, int], ...] = (), answered: int = 0) -> None:
        self.standing = standing
        """At most one 401 and one 407 of each realm, with how often its nonce is used by then."""
        self.answered = answered
        """Challenges since the request was sent first."""

    def joined_by(self, challenge: Response) -> "Demands | None":
        """What the request has to satisfy when it is sent again; None when that is in vain."""
        if challenge.status not in _LINES or self.answered >= MOST:
            return None
        standing: list[tuple[Response, int]] = []
        realms = _realms(challenge)
        for former, count in self.standing:
            if former.status != challenge.status or _is_of_others(former, realms):
                standing.append((former, count + 1))
            elif not _is_renewed(former, challenge):
                return None
        return Demands((*standing, (challenge, 1)), self.answered + 1)


NO_DEMANDS: Final = Demands()


def challenges_of(response: Response) -> list[bytes]:
    """Values of all challenges in a 401 or 407."""
    return response.every(_LINES[response.status])


def _is_of_others(former: Response, realms: set[bytes]) -> bool:
    """Whether the former challenge was for none of these realms, of which there is one at least."""
    return bool(realms) and realms.isdisjoint(_realms(former))


def _is_renewed(former: Response, challenge: Response) -> bool:
    """Whether the new challenge only replaces the nonce of the former one."""
    old = {params[b"nonce"] for params in _digests(former)}
    return any(
        params.get(b"stale", b"").lower() == b"true" and params[b"nonce"] not in old
        for params in _digests(challenge)
    )


def _realms(response: Response) -> set[bytes]:
    return {params.get(b"realm", b"") for params in _digests(response)}


def _digests(response: Response) -> list[dict[bytes, bytes]]:
    """The parameters of each challenge for a digest."""
    found: list[dict[bytes, bytes]] = []
    for value in challenges_of(response):
        try:
            scheme, params = parse_auth(value)
        except BadMessage:
            continue
        if scheme == b"digest" and b"nonce" in params:
            found.append(params)
    return found
