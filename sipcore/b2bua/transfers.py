"""Transfers: a party of an answered call passes it on (RFC 3515, RFC 5589).

Two ways lead to other talkers:

* REFER without Replaces (blind): new stages are rung with the one who stays as their caller;
* REFER with Replaces (attended): the party of the referrer's other call is handed over by it.

Both end in `Joining`, and so does the pick-up of a call that still rings (`pick_up.py`).
"""

from math import inf

from sipcore.b2bua.actions import JoinDialog, Tell
from sipcore.b2bua.conversation import Conversant
from sipcore.b2bua.events import NOBODY, HandedOver, HandOver
from sipcore.b2bua.facts import LegAnswered, LegStarted, TransferEnded, TransferStarted
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.invitation import transferred
from sipcore.b2bua.joining import Joining
from sipcore.b2bua.leg import NO_WAY, Leg, ServerTransaction, Use
from sipcore.b2bua.plan import CallRequest, Refusal, RingPlan
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.ringing import Ringing
from sipcore.b2bua.talkers import Talkers
from sipcore.b2bua.talking import Talking
from sipcore.b2bua.transfer import Transfer, refer_id
from sipcore.dialog.replaces import ReferTo, read_refer_to
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Response


class Transfers:
    """The transfers of one call, one at a time."""

    __slots__ = (
        "_frame",
        "_joining",
        "_ringing",
        "_seen",
        "_talkers",
        "_talking",
        "_waits",
        "transfer",
    )

    def __init__(
        self, frame: CallFrame, ringing: Ringing, talking: Talking, talkers: Talkers
    ) -> None:
        self._frame = frame
        self._ringing = ringing
        self._talking = talking
        self._talkers = talkers
        self._joining: Joining | None = None
        self._seen = 0
        self._waits = False
        """Whether the joining waits for the ACKs of both parties."""
        self.transfer: Transfer | None = None
        """The one that is going on."""

    @property
    def is_going_on(self) -> bool:
        """Whether somebody is being passed on, or brought together with another one."""
        return self.transfer is not None or self._joining is not None

    # -- REFER ------------------------------------------------------------------------------

    def refer(
        self, call: Conversant, here: Leg, transaction: ServerTransaction, now: float
    ) -> None:
        """A party of `call` wants the other one to talk to somebody else."""
        frame, stays = self._frame, self._talkers.other(here)
        try:
            wish = read_refer_to(transaction.request)
        except BadMessage as error:
            frame.answer(transaction, error.status)
            return
        if stays is None:
            frame.answer(transaction, 403)
        elif here.account:  # an account of one visit makes no other calls
            self._refuse(here, wish, 403, transaction, now)
        elif self.is_going_on:
            frame.answer(transaction, 491)
        elif wish.method != "INVITE":
            frame.answer(transaction, 603)
        elif wish.replaces is not None:
            self._attended(call, here, stays, wish, transaction, now)
        else:
            self._blind(here, stays, wish, transaction, now)

    def _blind(
        self, by: Leg, stays: Leg, wish: ReferTo, transaction: ServerTransaction, now: float
    ) -> None:
        frame = self._frame
        plan = self._plan(by, wish, now)
        if isinstance(plan, Refusal):
            self._refuse(by, wish, plan.status, transaction, now)
            return
        transfer = self._begin(by, stays, "blind", wish.dialled, transaction, now)
        transfer.accept(transaction, now)
        # The one who stays appears as the caller, with the description it is known by.
        invitation = transferred(frame, stays.party, by.party, by.description)
        self._ringing.follow_up(plan, invitation, stays.party)
        if not self._ringing.advance(now):
            self.failed(480, now)

    def _refuse(
        self, by: Leg, wish: ReferTo, status: int, transaction: ServerTransaction, now: float
    ) -> None:
        """The party may not pass the call on to that number: so the record tells, too."""
        frame = self._frame
        frame.answer(transaction, status)
        if self.is_going_on:
            return  # of two transfers at a time the record tells the one that was accepted
        kind = "blind" if wish.replaces is None else "attended"
        at = frame.utc(now)
        frame.record(TransferStarted(frame.call_id, at, kind, by.party, wish.dialled))
        frame.record(TransferEnded(frame.call_id, at, kind, status))

    def _plan(self, by: Leg, wish: ReferTo, now: float) -> RingPlan | Refusal:
        frame = self._frame
        if wish.host and not frame.ports.is_local(wish.host):
            return Refusal(403, "foreign_domain", by.party, wish.dialled)
        return frame.ports.planner.plan(CallRequest(by.party.user, wish.dialled, frame.utc(now)))

    def _attended(
        self,
        call: Conversant,
        by: Leg,
        stays: Leg,
        wish: ReferTo,
        transaction: ServerTransaction,
        now: float,
    ) -> None:
        replaces = wish.replaces
        transfer = self._begin(by, stays, "attended", wish.dialled, transaction, now)
        transfer.accept(transaction, now)
        found = None
        if replaces is not None:
            found = self._frame.ports.conversations.find(
                replaces.call_id, replaces.to_tag, replaces.from_tag
            )
        if found is None or found.call is call or found.leg.party.user != by.party.user:
            # Only a party of both calls may join them; to others the dialog does not exist.
            self.failed(481, now)
            return
        self._frame.put(Tell(found.call, HandOver(found.leg, call)))

    def _begin(
        self,
        by: Leg,
        stays: Leg,
        kind: str,
        dialled: str,
        transaction: ServerTransaction,
        now: float,
    ) -> Transfer:
        frame = self._frame
        self.transfer = Transfer(
            frame, by, stays, transaction, now, kind=kind, dialled=dialled, is_first=not self._seen
        )
        self._seen += 1
        frame.record(TransferStarted(frame.call_id, frame.utc(now), kind, by.party, dialled))
        return self.transfer

    def subscribe(self, here: Leg, transaction: ServerTransaction, now: float) -> None:
        """A SUBSCRIBE: what becomes of a REFER is all there is to subscribe to in a call."""
        transfer = self.transfer
        try:
            event_id = refer_id(transaction.request)
        except BadMessage as error:
            self._frame.answer(transaction, error.status)
            return
        if event_id is None:
            self._frame.answer(transaction, 489, extra=(b"Allow-Events: refer",))
            return
        known = None if transfer is None or transfer.by is not here else transfer
        if known is None or not known.subscribe(transaction, event_id, now):
            self._frame.answer(transaction, 481)

    def notified(self, use: Use, status: int) -> None:
        """A NOTIFY of ours was answered, or not in time (408)."""
        if self.transfer is not None:
            self.transfer.notified(use, status)

    # -- what becomes of it -----------------------------------------------------------------

    def rang(self, status: int, now: float) -> None:
        """A phone that was transferred to rings."""
        if self.transfer is not None:
            self.transfer.tell(status, now)

    def answered(self, leg: Leg, described: tuple[bytes, bytes], now: float) -> None:
        """Somebody answered the transfer; `described` is the description the phone gave."""
        transfer, self.transfer = self.transfer, None
        if transfer is None:
            return
        frame = self._frame
        transfer.tell(200, now)
        frame.record(TransferEnded(frame.call_id, frame.utc(now), transfer.kind, 200))
        self._talkers.join(transfer.stays, leg)
        self._talkers.release(transfer.by, ReleaseReason.TRANSFERRED)
        self._join(transfer.stays, leg, described, now)

    def failed(self, status: int, now: float) -> bool:
        """Nobody could be transferred to; True when nobody is left to go on with."""
        transfer, self.transfer = self.transfer, None
        if transfer is None:
            return False
        frame = self._frame
        transfer.tell(status, now)
        frame.record(TransferEnded(frame.call_id, frame.utc(now), transfer.kind, status))
        return transfer.by not in self._talkers.legs

    def leaves(self, leg: Leg) -> bool:
        """A party hangs up; True when the call goes on without it: its transfer still rings."""
        transfer = self.transfer
        if transfer is None or leg is not transfer.by:
            return False
        self._talkers.close(leg)
        self._talkers.legs = [transfer.stays]
        transfer.stays.peer = None
        return True

    # -- from call to call ------------------------------------------------------------------

    def hand_over(self, leg: Leg) -> HandedOver:
        """Another call takes over whom this leg talks to; nobody when that cannot be now."""
        given = self._talkers.other(leg)
        if given is None or given.dialog is None or self.transfer is not None:
            return NOBODY
        if self._joining is not None or self._talking.is_busy:
            return NOBODY
        self._talkers.legs = [leg]
        self._talking.drop(given)
        given.peer = leg.peer = None
        return HandedOver(given, leg.description)

    def handed_over(self, event: HandedOver, now: float) -> bool:
        """What another call gave away; True when nobody is left to go on with."""
        leg, described = event.leg, event.description
        if self.transfer is None:
            return False
        if leg is None or leg.dialog is None:
            return self.failed(481, now)
        frame = self._frame
        leg.number = self._ringing.adopt(leg)
        at = frame.utc(now)
        frame.record(LegStarted(frame.call_id, at, leg.stage, leg.number, leg.party, ""))
        frame.record(LegAnswered(frame.call_id, at, leg.number))
        frame.put(JoinDialog(leg.dialog.key, leg))
        self.answered(leg, described, now)
        return False

    # -- joining ----------------------------------------------------------------------------

    def join_when_acknowledged(self, asked: Leg, other: Leg) -> None:
        """Let these two negotiate as soon as both have acknowledged their first answer."""
        self._joining = Joining(self._frame, self._talking, asked, other, (b"", b""))
        self._waits = True

    def acknowledged(self, now: float) -> None:
        """An ACK arrived; it may be the last one that a joining waits for."""
        joining = self._joining
        if joining is None or not self._waits:
            return
        if not any(self._talking.awaits_ack(leg) for leg in self._talkers.legs):
            self._waits = False
            joining.start(now)

    def _join(self, stays: Leg, leg: Leg, described: tuple[bytes, bytes], now: float) -> None:
        """Let the two negotiate with each other.

        The one who stays makes the offer: its phone has been in a call for a while.
        """
        self._joining = Joining(self._frame, self._talking, stays, leg, described)
        self._joining.start(now)

    def join_response(self, use: Use, response: Response, now: float) -> bool:
        """A response to a re-INVITE that joins two legs; True when they cannot be joined."""
        joining = self._joining
        if joining is None:
            return False
        is_lost = joining.response(use, response, now)
        if joining.is_over:
            self._joining = None
        return is_lost

    def join_lost(self, status: int, now: float) -> bool:
        """A re-INVITE that joins two legs was never answered, or found no way (503); True when they
        cannot be joined, for the first one."""
        joining = self._joining
        if joining is None or (status == NO_WAY and joining.unreached(now)):
            return False
        self._joining = None
        return joining.fail()

    @property
    def deadline(self) -> float:
        """When something is due, monotonic seconds."""
        deadline = inf if self._joining is None else self._joining.deadline
        return deadline if self.transfer is None else min(deadline, self.transfer.ends_at)

    def on_deadline(self, now: float) -> bool:
        """Do what is due; True when two legs cannot be joined."""
        if self.transfer is not None and self.transfer.ends_at <= now:
            self.transfer.expire(now)
        joining = self._joining
        return joining is not None and joining.deadline <= now and joining.on_deadline(now)

    def close(self) -> None:
        """The call is over."""
        joining, self._joining = self._joining, None
        if joining is not None:
            joining.fail()
        self.transfer = None
