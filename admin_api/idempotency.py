"""Idempotency-Key on POST: a repeated request gets the first one's answer instead of a second row.

Kept in memory for a day and bounded in number: after a restart, or when ten thousand newer keys
came in between, a repeated key counts as new. Only successful answers are kept, because a refused
request changed nothing and may be repeated as it is or mended.
"""

import hashlib
import math
import re
from collections import OrderedDict
from dataclasses import dataclass

from admin_api.errors import Clash, Rejected

LIFETIME = 86_400.0
"""Seconds an answer is kept."""
MAX_ANSWERS = 2_000
"""Answers kept at most; the oldest leave first. An answer has about one kilobyte."""
HEADER = "Idempotency-Key"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Entry:
    fingerprint: bytes
    expires_at: float
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the answer of a running request will be kept."""

    key: tuple[str, str, str]


def check_key(key: str) -> str:
    """The key when it is usable: 1 to 255 visible ASCII characters; else Rejected."""
    if _KEY.fullmatch(key) is None:
        raise Rejected.one(HEADER, "expected 1 to 255 visible ASCII characters")
    return key


class IdempotencyStore:
    """Answers by (actor, path, key), bounded and aging."""

    def __init__(self, capacity: int = MAX_ANSWERS, lifetime: float = LIFETIME) -> None:
        self._capacity = capacity
        self._lifetime = lifetime
        self._entries: OrderedDict[tuple[str, str, str], _Entry] = OrderedDict()

    def begin(self, actor: str, path: str, key: str, body: bytes, now: float) -> Slot | Answer:
        """Claim the key for a new request, or return the answer of the first one.

        Clash when the key was used with another body, or when its request is still running.
        """
        self._expire(now)
        fingerprint = hashlib.sha256(body).digest()
        place = (actor, path, key)
        entry = self._entries.get(place)
        if entry is None:
            self._entries[place] = _Entry(fingerprint, math.inf, None)
            self._shrink()
            return Slot(place)
        if entry.fingerprint != fingerprint:
            raise Clash(HEADER, "this key was used with another body")
        if entry.answer is None:
            raise Clash(HEADER, "the first request with this key is still running")
        return entry.answer

    def keep(self, slot: Slot, answer: Answer, now: float) -> None:
        """Remember the answer of a successful request."""
        entry = self._entries.get(slot.key)
        if entry is not None:
            entry.answer = answer
            entry.expires_at = now + self._lifetime
            self._entries.move_to_end(slot.key)

    def forget(self, slot: Slot) -> None:
        """Free the key of a request that failed."""
        self._entries.pop(slot.key, None)

    def __len__(self) -> int:
        return len(self._entries)

    def _expire(self, now: float) -> None:
        """Drop answers whose time has passed; the oldest are in front."""
        while self._entries:
            place, entry = next(iter(self._entries.items()))
            if entry.expires_at > now:
                return
            del self._entries[place]

    def _shrink(self) -> None:
        """Keep the table within its capacity."""
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
