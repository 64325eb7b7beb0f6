"""Which failure the caller is told when nobody answered (RFC 3261 §16.7 step 6)."""

from collections.abc import Iterable
from typing import Final

NOBODY_REACHABLE: Final = 480
"""Told when no leg could be started at all."""

_PREFERENCE: Final = {486: 0, 600: 0, 603: 1, 480: 2, 408: 3, 404: 9}


def best_failure(statuses: Iterable[int]) -> int:
    """Choose one final status from those of the failed legs.

    A 6xx comes first, otherwise the lowest class. Among equals the most telling one wins: busy
    before declined before unavailable before timeout. What concerns only the server's own leg is
    not passed on: a redirection (3xx) becomes 480, a challenge (401, 407) or 503 becomes 500
    (§16.7 step 6: a 503 would make the caller avoid this server).
    """
    told = [passed_on(status) for status in statuses]
    if not told:
        return NOBODY_REACHABLE
    return min(told, key=_rank)


def passed_on(status: int) -> int:
    """What one leg's failure is called on the other leg."""
    if 300 <= status < 400:
        return 480
    if status in (401, 407, 503):
        return 500
    return status


def outcome_of(status: int) -> str:
    """What the record calls a call that nobody answered or declined, by what the caller heard."""
    if status in (486, 600):
        return "busy"
    return "missed" if status in (408, 480) else "failed"


def _rank(status: int) -> tuple[int, int, int]:
    group = 0 if status >= 600 else status // 100
    return group, _PREFERENCE.get(status, 5), status
