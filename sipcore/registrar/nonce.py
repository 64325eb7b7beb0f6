"""Nonces: valid without being stored, and the memory of which nonce counts were used.

A nonce is `time (8 hex) | unique (16 hex) | MAC over both (24 hex)`. Issuing one stores nothing,
so a flood of requests without credentials costs no memory. The unique part matters: a nonce of
time and MAC alone would be shared by every phone challenged in the same second, and the nonce
count of one would lock out the others.

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
from typing import Final

from sipcore.kernel.entropy import Entropy

_STAMPED: Final = 24
"""Octets before the MAC."""
_LENGTH: Final = 48
_MAC_OCTETS: Final = 12
_WINDOW: Final = 32
"""Counts below the highest one that may still arrive late and once (reordered datagrams)."""
_WINDOW_MASK: Final = (1 << _WINDOW) - 1
_MARK_MASK: Final = (1 << 64) - 1
_FUTURE: Final = 60.0
"""Seconds a nonce may be ahead of the clock, for a clock that was set back a little."""


class NonceState(Enum):
    """What is known of a nonce by itself."""

    FRESH = "fresh"
    """Ours and young enough."""
    STALE = "stale"
    """Ours, but too old or forgotten."""
    FOREIGN = "foreign"
    """Not made with our secret: invented, damaged, or from before a restart."""


class CountUse(Enum):
    """What became of a nonce count."""

    NEW = "new"
    """Not used before; it is now."""
    REPEATED = "repeated"
    """The highest count again, by the very same message: a retransmission."""
    REPLAYED = "replayed"
    """A used count in another message, or one too far behind."""


class Nonces:
    """Makes and checks the nonces of one server; times are UTC seconds.

    `secret` is random for each start of the program (16 to 32 octets): nonces of an earlier run
    are foreign, which forgets their counts safely. `capacity` bounds the table of used counts
    (about 180 octets each).
    """

    def __init__(
        self, secret: bytes, entropy: Entropy, *, lifetime: float = 3600.0, capacity: int = 200_000
    ) -> None:
        self._mac = blake2s(key=secret[:32], digest_size=_MAC_OCTETS)
        self._unique = entropy.unique
        self._lifetime = lifetime
        self._half = max(1, capacity // 2)
        # hash(nonce) -> highest count (32 bits) | counts seen up to it (32) | mark (64). Numbers
        # under numbers, because a hundred thousand of them are kept; hash() is keyed, so nobody
        # can look for collisions.
        self._young: dict[int, int] = {}
        self._old: dict[int, int] = {}
        self._young_since = 0.0
        self._old_until = -1.0
        self._forgotten_until = -1.0

    def __len__(self) -> int:
        """Nonces whose counts are remembered."""
        return len(self._young) + len(self._old)

    def make(self, now: float) -> bytes:
        """A new nonce: 48 hexadecimal digits."""
        stamped = b"%08x%b" % (int(now) & 0xFFFFFFFF, self._unique())
        mac = self._mac.copy()
        mac.update(stamped)
        return stamped + mac.hexdigest().encode()

    def check(self, nonce: bytes, now: float) -> NonceState:
        """Whether a nonce is ours and young enough; its counts are the business of `use`."""
        key = hash(nonce)
        if key not in self._young and key not in self._old:
            if len(nonce) != _LENGTH:
                return NonceState.FOREIGN
            mac = self._mac.copy()
            mac.update(nonce[:_STAMPED])
            if not compare_digest(mac.hexdigest().encode(), nonce[_STAMPED:]):
                return NonceState.FOREIGN
            if int(nonce[:8], 16) <= self._forgotten_until:
                return NonceState.STALE
        age = now - int(nonce[:8], 16)
        return NonceState.FRESH if -_FUTURE <= age <= self._lifetime else NonceState.STALE

    def use(self, nonce: bytes, count: int, mark: int, now: float) -> CountUse:
        """Use up one nonce count (1 to 2^32 - 1) after the credentials proved right.

        `nonce` must have been found FRESH. `mark` stands for the whole message (a keyed hash of
        its octets): the same count with the same mark is a retransmission.
        """
        key = hash(nonce)
        packed = self._young.get(key)
        if packed is None:
            packed = self._old.pop(key, None)
            if packed is not None:
                self._keep(key, packed, now)
        mark &= _MARK_MASK
        if packed is None:
            self._keep(key, count << 96 | 1 << 64 | mark, now)
            return CountUse.NEW
        ahead = count - (packed >> 96)
        if ahead > 0:
            seen = (packed >> 64 & _WINDOW_MASK) << ahead if ahead < _WINDOW else 0
            self._young[key] = count << 96 | (seen & _WINDOW_MASK | 1) << 64 | mark
            return CountUse.NEW
        if ahead == 0 and packed & _MARK_MASK == mark:
            return CountUse.REPEATED
        bit = 1 << (64 - ahead)
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
