"""Which failure of a fork its sender is told when nobody answered (RFC 3261 §16.7 step 6)."""

from collections.abc import Iterable
from typing import Final

from sipcore.message.status import FLOW_FAILED

NOBODY_REACHABLE: Final = 480
"""Told when nothing could be sent at all."""

_OUR_FAULT: Final = frozenset((420, 421, 422, 423, 481, 489, 501, 505))
"""About extensions, timers, dialogs and methods of a request that this server wrote."""
_OUR_GLARE: Final = 491
"""Two requests of one dialog have crossed, which none outside a dialog does."""
_PREFERENCE: Final = {486: 0, 600: 0, 603: 1, 480: 2, 408: 3, 404: 9}


def best_failure(statuses: Iterable[int]) -> int:
    """Choose one final status from those of the branches of a fork that failed.

    A 6xx comes first, otherwise the lowest class. Among equals the most telling one wins: busy
    before declined before unavailable before timeout. What concerns only the server's own request
    is not passed on (`told_of_fork`).
    """
    told = [told_of_fork(status) for status in statuses]
    if not told:
        return NOBODY_REACHABLE
    return min(told, key=_rank)


def passed_on(status: int) -> int:
    """What one leg's failure is called on the other leg.

    A redirection (3xx) becomes 480, a challenge (401, 407) or 503 becomes 500 (§16.7 step 6: a 503
    would make the caller avoid this server).
    """
    if 300 <= status < 400:
        return 480
    if status in (401, 407, 503):
        return 500
    return status


def told_of_fork(status: int) -> int:
    """What the failure of one branch of a fork is called to whoever sent the forked request: the
    INVITE that began a call, or a MESSAGE outside of calls.

    What a phone finds wrong with the request of this server the sender can neither know nor mend.
    A loop (482, 483) is told: whom the sender has named is registered where it leads back.
    """
    if status in _OUR_FAULT:
        return 500
    return 480 if status in (_OUR_GLARE, FLOW_FAILED) else passed_on(status)


def outcome_of(status: int) -> str:
    """What the record calls a call that nobody answered or declined, by what the caller heard."""
    if status in (486, 600):
        return "busy"
    return "missed" if status in (408, 480) else "failed"


def _rank(status: int) -> tuple[int, int, int]:
    group = 0 if status >= 600 else status // 100
    return group, _PREFERENCE.get(status, 5), status
