"""Nonces: valid without being stored, and the memory of which nonce counts were used.

A nonce is `time (8 hex) | unique (16 hex) | MAC over both and the source (24 hex)`. Issuing one
stores nothing, so a flood of requests without credentials costs no memory. The unique part matters:
a nonce of time and MAC alone would be shared by every phone challenged in the same second, and the
nonce count of one would lock out the others. The source (`nonce_scope`) matters too: credentials
that were overheard or relayed are of no use in another network.

Only a *successful* authentication enters the table of used counts, so only account holders can
fill it. The table has two generations. When the younger one is full or half a lifetime old, the
older one is forgotten and the younger takes its place; a nonce that is used again moves to the
younger one. With the forgotten nonces every nonce of their time that is not in the table becomes
stale, because nobody remembers which of their counts were used. A stale nonce costs its client
one more round trip (RFC 7616 §3.3, `stale=true`) and no password prompt.
"""

from enum import Enum
from hashlib import blake2s
from hmac import compare_digest
from ipaddress import ip_address
from typing import Final

from sipcore.kernel.entropy import Entropy
from sipcore.kernel.flow import Flow

_STAMPED: Final = 24
"""Octets before the MAC."""
_LENGTH: Final = 48
_MAC_OCTETS: Final = 12
_WINDOW: Final = 16
"""Counts below the highest one that may still arrive late and once (reordered datagrams)."""
_WINDOW_MASK: Final = (1 << _WINDOW) - 1
_MARK: Final = 24
_MARK_MASK: Final = (1 << _MARK) - 1
_COUNT: Final = _MARK + _WINDOW
_KEY_MASK: Final = (1 << 60) - 1
"""Two digits of CPython's integers, which is what fits into their smallest size but one."""
_FUTURE: Final = 60.0
"""Seconds a nonce may be ahead of the clock, for a clock that was set back a little."""


class NonceState(Enum):
    """What is known of a nonce by itself."""

    FRESH = "fresh"
    """Ours, issued to this source, and young enough."""
    STALE = "stale"
    """Ours, but too old or forgotten."""
    FOREIGN = "foreign"
    """Not made with our secret for this source: invented, damaged, from before a restart, or
    issued to somebody else."""


class CountUse(Enum):
    """What became of a nonce count."""

    NEW = "new"
    """Not used before; it is now."""
    REPEATED = "repeated"
    """The highest count again, by the very same message: a retransmission."""
    REPLAYED = "replayed"
    """A used count in another message, or one too far behind."""


def nonce_scope(flow: Flow) -> str:
    """What a nonce is bound to: the transport and the network a request came from.

    The network and not the address, because a phone behind a large NAT is seen under one of
    several: the first three octets of an IPv4 address, the first four groups of an IPv6 address.
    """
    host = flow.host
    if ":" in host:
        groups = ip_address(host.partition("%")[0]).exploded.split(":")
        return flow.transport + " " + ":".join(groups[:4])
    return flow.transport + " " + host[: host.rfind(".")]


class Nonces:
    """Makes and checks the nonces of one server; times are UTC seconds.

    `secret` is random for each start of the program (16 to 32 octets): nonces of an earlier run
    are foreign, which forgets their counts safely. `capacity` bounds the table of used counts
    (about 110 octets each). `source` is what a nonce is bound to, `nonce_scope` the flow.
    """

    def __init__(
        self, secret: bytes, entropy: Entropy, *, lifetime: float = 3600.0, capacity: int = 200_000
    ) -> None:
        self._mac = blake2s(key=secret[:32], digest_size=_MAC_OCTETS)
        self._unique = entropy.unique
        self._lifetime = lifetime
        self._half = max(1, capacity // 2)
        # hash of nonce and source -> highest count (32 bits) | counts seen up to it (16) | mark
        # (24). Small numbers under numbers, because a hundred thousand of them are kept; hash() is
        # keyed, so nobody can look for collisions.
        self._young: dict[int, int] = {}
        self._old: dict[int, int] = {}
        self._young_since = 0.0
        self._old_until = -1.0
        self._forgotten_until = -1.0
        self._second, self._stamp = -1, b""

    def __len__(self) -> int:
        """Nonces whose counts are remembered."""
        return len(self._young) + len(self._old)

    def make(self, now: float, source: str = "") -> bytes:
        """A new nonce: 48 hexadecimal digits."""
        second = int(now)
        if second != self._second:
            self._second, self._stamp = second, b"%08x" % (second & 0xFFFFFFFF)
        stamped = self._stamp + self._unique()
        mac = self._mac.copy()
        mac.update(stamped + source.encode())
        return stamped + mac.hexdigest().encode()

    def check(self, nonce: bytes, now: float, source: str = "") -> NonceState:
        """Whether a nonce is ours and young enough; its counts are the business of `use`."""
        key = hash((nonce, source)) & _KEY_MASK
        is_used = key in self._young or key in self._old
        if not is_used:
            if len(nonce) != _LENGTH:
                return NonceState.FOREIGN
            mac = self._mac.copy()
            mac.update(nonce[:_STAMPED] + source.encode())
            if not compare_digest(mac.hexdigest().encode(), nonce[_STAMPED:]):
                return NonceState.FOREIGN
        issued = int(nonce[:8], 16)
        if not is_used and issued <= self._forgotten_until:
            return NonceState.STALE
        age = now - issued
        return NonceState.FRESH if -_FUTURE <= age <= self._lifetime else NonceState.STALE

    def time_left(self, nonce: bytes, now: float) -> float:
        """Seconds until a nonce that was found FRESH is stale."""
        return int(nonce[:8], 16) + self._lifetime - now

    def take_next(
        self, nonce: bytes, count: int, mark: int, now: float, source: str
    ) -> float | None:
        """`check` and `use` in one step, for credentials that proved right; `time_left` if NEW.

        None, and nothing is changed, when the nonce is not FRESH or the count not NEW.
        """
        key = hash((nonce, source)) & _KEY_MASK
        packed = self._young.get(key)
        if packed is not None and count == (packed >> _COUNT) + 1:
            left = int(nonce[:8], 16) + self._lifetime - now
            if 0.0 <= left <= self._lifetime:
                seen = packed >> _MARK - 1 & _WINDOW_MASK | 1
                self._young[key] = count << _COUNT | seen << _MARK | mark & _MARK_MASK
                return left
        if (
            self.check(nonce, now, source) is NonceState.FRESH
            and self.use(nonce, count, mark, now, source) is CountUse.NEW
        ):
            return self.time_left(nonce, now)
        return None

    def use(self, nonce: bytes, count: int, mark: int, now: float, source: str = "") -> CountUse:
        """Use up one nonce count (1 to 2^32 - 1) after the credentials proved right.

        `nonce` must have been found FRESH. `mark` stands for the whole message (a keyed hash of
        its octets): the same count with the same mark is a retransmission.
        """
        key = hash((nonce, source)) & _KEY_MASK
        packed = self._young.get(key)
        if packed is None:
            packed = self._old.pop(key, None)
            if packed is not None:
                self._keep(key, packed, now)
        mark &= _MARK_MASK
        if packed is None:
            self._keep(key, count << _COUNT | 1 << _MARK | mark, now)
            return CountUse.NEW
        ahead = count - (packed >> _COUNT)
        if ahead > 0:
            seen = (packed >> _MARK & _WINDOW_MASK) << ahead if ahead < _WINDOW else 0
            self._young[key] = count << _COUNT | (seen & _WINDOW_MASK | 1) << _MARK | mark
            return CountUse.NEW
        if ahead == 0 and packed & _MARK_MASK == mark:
            return CountUse.REPEATED
        bit = 1 << (_MARK - ahead)
        if -ahead >= _WINDOW or packed & bit:
            return CountUse.REPLAYED
        self._young[key] = packed | bit
        return CountUse.NEW

    def _keep(self, key: int, packed: int, now: float) -> None:
        """Enter a nonce into the young generation, beginning a new one when it is time."""
        if len(self._young) >= self._half or now - self._young_since > self._lifetime / 2:
            if self._old:
                # Everything in there was issued before the generation ended.
                self._forgotten_until = self._old_until
            self._old, self._young = self._young, {}
            self._old_until, self._young_since = now, now
        self._young[key] = packed
