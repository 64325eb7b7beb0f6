"""Demands: the challenges that a request of ours has to satisfy, all at the same time.

A server asks with 401, a proxy on the way to it with 407, and either may come after the other
(RFC 3261 §22.3). Whoever is answered and asks again has refused us, unless it says that only its
nonce was too old: `stale=true` with another nonce (RFC 7616 §3.3).
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
        """At most one 401 and one 407, each with how often its nonce is used by then."""
        self.answered = answered
        """Challenges since the request was sent first."""

    def joined_by(self, challenge: Response) -> "Demands | None":
        """What the request has to satisfy when it is sent again; None when that is in vain."""
        if challenge.status not in _LINES or self.answered >= MOST:
            return None
        standing: list[tuple[Response, int]] = []
        for former, count in self.standing:
            if former.status != challenge.status:
                standing.append((former, count + 1))
            elif not _is_renewed(former, challenge):
                return None
        return Demands((*standing, (challenge, 1)), self.answered + 1)


NO_DEMANDS: Final = Demands()


def challenges_of(response: Response) -> list[bytes]:
    """Values of all challenges in a 401 or 407."""
    return response.every(_LINES[response.status])


def _is_renewed(former: Response, challenge: Response) -> bool:
    """Whether the new challenge only replaces the nonce of the former one."""
    old = {nonce for nonce, _ in _nonces(former)}
    return any(is_stale and nonce not in old for nonce, is_stale in _nonces(challenge))


def _nonces(response: Response) -> list[tuple[bytes, bool]]:
    """The nonce of each challenge for a digest, and whether it says `stale=true`."""
    found: list[tuple[bytes, bool]] = []
    for value in challenges_of(response):
        try:
            scheme, params = parse_auth(value)
        except BadMessage:
            continue
        if scheme == b"digest" and b"nonce" in params:
            is_stale = params.get(b"stale", b"").lower() == b"true"
            found.append((params[b"nonce"], is_stale))
    return found
