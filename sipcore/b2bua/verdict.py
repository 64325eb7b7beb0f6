"""Verdict: what the failure of a leg says of the people behind it (G02).

A person **declines**

* with 603 or 607 (RFC 3261 §21.6.2, RFC 8197): nothing else is said by these;
* with 403, 404, 480 or 486 from a phone that has been ringing. Monitors let their owner choose
  between the last three for the key "reject". Before it rang a phone says the same of itself: it
  is in a call, or not to be disturbed;
* through a trunk, with 486, 480 or 403 after a 180. A 183 from there tells of tones of the
  telephone network, not of a telephone that rings, and a 404 of a number that does not exist.

Nobody declines where a Reason tells that nobody answered (Q.850 causes 18 and 19): the phone has
rung as long as it does. Any other 6xx speaks for the whole account, or its equipment does: a
**global failure** (§21.6). All the rest concerns one leg.
"""

from typing import Final

from sipcore.b2bua.leg import Leg
from sipcore.message.message import Response

FAILED: Final = "failed"
DECLINED: Final = "declined"
GLOBAL_FAILURE: Final = "global_failure"

_BY_A_KEY: Final = frozenset((403, 404, 480, 486))
_BY_TELEPHONE: Final = frozenset((403, 480, 486))
_UNANSWERED: Final = frozenset((b"18", b"19"))


def verdict_of(leg: Leg, status: int, response: Response | None) -> str:
    """What it means that this leg has failed; without a response nobody has said anything."""
    if response is None:
        return FAILED
    if status in (603, 607):
        return DECLINED
    if status >= 600:
        return GLOBAL_FAILURE
    is_telephone = leg.route is not None and leg.route.trunk is not None
    if is_telephone:
        may_be = leg.alerted and status in _BY_TELEPHONE
    else:
        may_be = leg.rang and status in _BY_A_KEY
    return DECLINED if may_be and not _went_unanswered(response) else FAILED


def has_spoken(leg: Leg, verdict: str, response: Response | None) -> bool:
    """Whether it is the phone that has failed the leg: an edge proxy may say it is not there."""
    if response is None:
        return False
    return leg.rang or verdict != FAILED or leg.route is None or not leg.route.path


def _went_unanswered(response: Response) -> bool:
    """Whether a Reason says that nobody answered (RFC 3326, Q.850)."""
    for value in response.every(b"reason"):
        protocol, *parameters = [part.strip().lower() for part in value.split(b";")]
        for parameter in parameters:
            name, _, cause = parameter.partition(b"=")
            if protocol == b"q.850" and name.strip() == b"cause" and cause.strip() in _UNANSWERED:
                return True
    return False
