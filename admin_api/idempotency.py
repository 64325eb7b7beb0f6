"""Idempotency-Key on POST: a repeated request gets the first one's answer instead of a second row.

Kept in memory for a day and bounded in number: after a restart, or when two thousand newer keys
came in between, a repeated key counts as new. Only successful answers are kept, because a refused
request changed nothing and may be repeated as it is or mended.
"""

import hashlib
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


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer with the body it belongs to."""

    fingerprint: bytes
    expires_at: float
    answer: Answer


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the answer of a running request will be kept."""

    place: tuple[str, str, str]
    fingerprint: bytes


def check_key(key: str) -> str:
    """The key when it is usable: 1 to 255 visible ASCII characters; else Rejected."""
    if _KEY.fullmatch(key) is None:
        raise Rejected.one(HEADER, "expected 1 to 255 visible ASCII characters")
    return key


class IdempotencyStore:
    """Answers by (actor, path, key), bounded and aging, and the requests that still run."""

    def __init__(self, capacity: int = MAX_ANSWERS, lifetime: float = LIFETIME) -> None:
        self._capacity = capacity
        self._lifetime = lifetime
        self._running: dict[tuple[str, str, str], bytes] = {}
        self._kept: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()

    def begin(self, actor: str, path: str, key: str, body: bytes, now: float) -> Slot | Answer:
        """Claim the key for a new request, or return the answer of the first one.

        Clash when the key was used with another body, or when its request is still running.
        """
        self._expire(now)
        fingerprint = hashlib.sha256(body).digest()
        place = (actor, path, key)
        kept = self._kept.get(place)
        former = kept.fingerprint if kept else self._running.get(place)
        if former is not None and former != fingerprint:
            raise Clash(HEADER, "this key was used with another body")
        if kept is not None:
            return kept.answer
        if former is not None:
            raise Clash(HEADER, "the first request with this key is still running")
        self._running[place] = fingerprint
        return Slot(place, fingerprint)

    def keep(self, slot: Slot, answer: Answer, now: float) -> None:
        """Remember the answer of a successful request."""
        self._running.pop(slot.place, None)
        self._kept[slot.place] = _Kept(slot.fingerprint, now + self._lifetime, answer)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    def forget(self, slot: Slot) -> None:
        """Free the key of a request that failed."""
        self._running.pop(slot.place, None)

    def __len__(self) -> int:
        return len(self._kept) + len(self._running)

    def _expire(self, now: float) -> None:
        """Drop answers whose time has passed; the oldest are in front."""
        while self._kept:
            place, kept = next(iter(self._kept.items()))
            if kept.expires_at > now:
                return
            del self._kept[place]
