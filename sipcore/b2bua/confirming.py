"""Confirming: telephones that were answered and wait for a key (G04).

A mailbox answers like a person, and would swallow the visitor. So where a landline has to confirm,
its 2xx forms a dialog and no more: the answer is acknowledged at once, as every 2xx must be (RFC
3261 §13.2.2.4), and kept; the caller hears it ring on, and so do all others that ring. What becomes
of the leg:

    the key                     the answer that was kept goes to the caller: the leg has won
    another key                 BYE; somebody is there and does not want the call: it is declined
    no key in `KEY_TIME`        BYE; the telephone counts as one that nobody answered
    BYE of the telephone        the same
    another leg wins, the stage or the call ends    BYE with the Reason of that

Keys come by INFO in the leg's dialog. No sound crosses before the key: the caller has no answer
yet, and of the telephone's provisional responses it hears no more than that it rings. When the
caller made no offer, the telephone has made one in its 2xx; it is accepted with every stream
inactive, and once the key has come the two negotiate afresh (`joining.py`).
"""

from typing import Final

from sipcore.b2bua import header_policy, requests, settling
from sipcore.b2bua.facts import KeyAwaited, KeyPressed, LegFailed
from sipcore.b2bua.failures import Failures
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.hunt import Hunt
from sipcore.b2bua.leg import Leg, LegState, ServerTransaction, Use
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.verdict import DECLINED, FAILED
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, Response
from sipcore.message.sdp import SDP, held, is_sdp

ACCEPTED: Final = "accepted"
"""The key was pressed."""
REFUSED: Final = "refused"
"""Another key was pressed."""
NOTHING: Final = "nothing"
"""It was about keys, and said none."""
OTHER: Final = "other"
"""It was about something else, and waits for its answer."""


class Confirming:
    """The kept answers of one call."""

    __slots__ = ("_answers", "_frame", "_hunt")

    def __init__(self, frame: CallFrame, hunt: Hunt) -> None:
        self._frame = frame
        self._hunt = hunt
        self._answers: dict[int, tuple[Use, Response]] = {}
        """By the number of the leg."""

    def begin(self, use: Use, response: Response, now: float) -> None:
        """Somebody, or something, has answered: acknowledge it, and wait for the key."""
        leg, frame = use.leg, self._frame
        dialog = settling.establish(frame, use, response)
        leg.state = LegState.CONFIRMING
        if use.has_offer or not is_sdp(header_policy.raw_content_type(response)):
            requests.acknowledge(frame, use, dialog)
        else:
            requests.acknowledge(frame, use, dialog, held(response.body), SDP)
        # Its session runs from now on, not from the key (RFC 4028 §10).
        leg.timer_of(frame.ports.session).agreed(response, now)
        self._answers[leg.number] = use, response
        frame.record(KeyAwaited(frame.call_id, frame.utc(now), leg.number))

    def key(self, leg: Leg, transaction: ServerTransaction, now: float) -> str:
        """What a request of the telephone says: `ACCEPTED`, `REFUSED`, `NOTHING` or `OTHER`.

        The first of several keys decides; which one it was is told nobody.
        """
        frame, keys = self._frame, self._keys(transaction.request)
        if keys is None:
            return OTHER
        frame.answer(transaction, 200)
        if not keys:
            return NOTHING
        is_right = keys[0] == self._hunt.key
        frame.record(KeyPressed(frame.call_id, frame.utc(now), leg.number, is_right))
        return ACCEPTED if is_right else REFUSED

    def take(self, leg: Leg) -> tuple[Use, Response]:
        """The answer that was kept: the key has come."""
        return self._answers.pop(leg.number)

    def hang_up(self, leg: Leg, lines: tuple[bytes, ...]) -> None:
        """Nobody waits for the key any more; `lines` are the Reason lines of the BYE."""
        self._answers.pop(leg.number, None)
        if leg.dialog is not None:
            leg.state = LegState.CLOSING
            requests.say_bye(self._frame, leg, leg.dialog, lines)

    def refuse(self, leg: Leg, failures: Failures, now: float) -> str:
        """Another key was pressed: how far that goes, one of `SCOPES`."""
        self.hang_up(leg, (ReleaseReason.DECLINED.header,))
        failures.declined()
        return self._failed(leg, failures, DECLINED, "key_refused", now)

    def lapse(self, leg: Leg, failures: Failures, now: float) -> None:
        """The key has not come in time."""
        self.hang_up(leg, (ReleaseReason.STAGE_TIMEOUT.header,))
        self._failed(leg, failures, FAILED, "no_key", now)

    def hung_up(self, leg: Leg, failures: Failures, now: float) -> None:
        """The telephone itself has hung up."""
        del self._answers[leg.number]
        self._failed(leg, failures, FAILED, "hung_up", now)

    def _failed(self, leg: Leg, failures: Failures, verdict: str, reason: str, now: float) -> str:
        """The telephone takes the call no more."""
        frame, declined = self._frame, verdict == DECLINED
        status = 603 if declined else 408
        failures.note(status)
        at = frame.utc(now)
        frame.record(LegFailed(frame.call_id, at, leg.number, status, reason, declined))
        return self._hunt.failed(leg.number, verdict)

    def _keys(self, request: Request) -> str | None:
        """The keys of an INFO, none of them for one that says nothing; None when it has none."""
        if request.method != b"INFO":
            return None
        try:
            content_type = request.content_type
        except BadMessage:
            return None
        return self._frame.ports.digits.keys(content_type, request.body)
