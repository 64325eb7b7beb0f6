"""Whether a call was missed: decided once, when it ends, and stored with it.

Missed is what a household would want to hear of afterwards: somebody's phone rang, nobody answered,
and nobody refused. So a call that was answered elsewhere is not missed (it was answered), one that
the visitor gave up after ringing began is, and one that rang nowhere (refused, blocked, nobody
reachable, busy at once) is not: its outcome and its timeline tell why. Whether the server's own end
cut the call makes no difference to those it rang for.
"""

from collections.abc import Iterable
from typing import Final

REFUSING: Final = frozenset((486, 600, 603, 607))
"""What a phone that rang answers when its user refuses: most have one key for busy and declined."""

MISSED_SQL: Final = f"""answered_at IS NULL AND coalesce((SELECT
    max(rang_at IS NOT NULL) AND NOT max(rang_at IS NOT NULL AND coalesce(status, 0) IN
        ({", ".join(map(str, sorted(REFUSING)))}))
    FROM call_legs WHERE call_id = calls.id), 0)"""  # noqa: S608 - constants
"""The same of a call and legs that are on record, as a condition on the table `calls`."""


def is_missed(is_answered: bool, rang: Iterable[int | None]) -> bool:
    """Of the legs that rang, the final status of each, None for those that got none."""
    statuses = list(rang)
    return not is_answered and bool(statuses) and REFUSING.isdisjoint(statuses)
