"""Whether a call was missed: decided once, when it ends, and stored with it.

Missed is what a household would want to hear of afterwards: somebody's phone rang, nobody answered,
and nobody declined. So a call that was answered elsewhere is not missed (it was answered), one that
the visitor gave up after ringing began is, and one that rang nowhere (refused, blocked, nobody
reachable, busy at once) is not: its outcome and its timeline tell why. Whether the server's own end
cut the call makes no difference to those it rang for.

Who has declined is the engine's to say (`sipcore.b2bua.verdict`), and stands in the leg's outcome:
a call that nobody answered is `refused` by the same rule.
"""

from collections.abc import Iterable
from typing import Final

from sipcore.b2bua.verdict import DECLINED

MISSED_SQL: Final = f"""answered_at IS NULL AND coalesce((SELECT
    max(rang_at IS NOT NULL) AND NOT max(coalesce(outcome, '') = '{DECLINED}')
    FROM call_legs WHERE call_id = calls.id), 0)"""  # noqa: S608 - constants
"""The same of a call and legs that are on record, as a condition on the table `calls`."""


def is_missed(legs: Iterable[tuple[bool, str | None]]) -> bool:
    """Of a call that nobody answered: of each leg whether its phone rang, and what became of it."""
    has_rung = False
    for rang, outcome in legs:
        if outcome == DECLINED:
            return False
        has_rung = has_rung or rang
    return has_rung
