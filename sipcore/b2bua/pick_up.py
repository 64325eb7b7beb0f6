"""PickUp: an INVITE with Replaces takes the place of a leg (RFC 3891).

In an answered call the newcomer's offer is carried to the one who stays, like a re-INVITE; when
that one accepts, the replaced leg hears BYE. A call that still rings is answered by the newcomer
in place of the phone it names: the caller's offer and the newcomer's offer cannot answer each
other, so both are accepted with every stream inactive, and `Joining` lets the two negotiate.
"""

from sipcore.b2bua import header_policy
from sipcore.b2bua.actions import JoinDialog, LeaveDialog
from sipcore.b2bua.caller_side import CallerSide
from sipcore.b2bua.facts import LegAnswered, LegFailed, LegStarted, TransferEnded, TransferStarted
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import End, Leg, LegState, Use
from sipcore.b2bua.plan import Party
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.ringing import Ringing
from sipcore.b2bua.talkers import Talkers
from sipcore.b2bua.talking import Talking
from sipcore.dialog.dialog import Dialog
from sipcore.dialog.session_timer import SessionTimer
from sipcore.message.sdp import SDP, held, is_sdp
from sipcore.transaction.invite_server import InviteServer


class PickUp:
    """One newcomer. Raises BadMessage when its INVITE cannot form a dialog."""

    __slots__ = ("_frame", "leg", "replaced", "stays", "transaction")

    def __init__(
        self,
        frame: CallFrame,
        number: int,
        replaced: Leg,
        party: Party,
        transaction: InviteServer,
        now: float,
    ) -> None:
        request, flow = transaction.request, transaction.flow
        self._frame = frame
        self.replaced = replaced
        self.transaction = transaction
        self.stays: Leg | None = None
        self.leg = leg = Leg(number, party, flow)
        leg.dialog = Dialog.from_request(request, frame.ports.entropy.tag(), flow)
        leg.follow(flow)
        if request.index.get(b"allow") is not None:
            leg.takes_update = header_policy.takes_update(request)
        frame.put(JoinDialog(leg.dialog.key, leg))
        at = frame.utc(now)
        by, named = party, replaced.party.user
        frame.record(TransferStarted(frame.call_id, at, "pick_up", by, named))
        frame.record(LegStarted(frame.call_id, at, replaced.stage, number, party, ""))

    def take_answered(self, talking: Talking, talkers: Talkers, now: float) -> bool:
        """Offer the newcomer's description to the one who stays; False when that cannot be."""
        stays = self.stays = talkers.other(self.replaced)
        leg = self.leg
        if stays is None or stays.dialog is None or leg.dialog is None:
            self.refuse(481, now)
            return False
        here, there = End(leg, leg.dialog), End(stays, stays.dialog)
        if talking.offer(here, there, self.transaction):
            return True
        self.failed(491, now)
        return False

    def arrived(self, talkers: Talkers, now: float) -> None:
        """The one who stays has accepted: the replaced leg leaves."""
        self._welcome(now)
        if self.stays is not None:
            talkers.join(self.stays, self.leg)
        talkers.release(self.replaced, ReleaseReason.TRANSFERRED)

    def take_ringing(
        self, caller: CallerSide, ringing: Ringing, talking: Talking, talkers: Talkers, now: float
    ) -> bool:
        """Answer the caller in place of the phone that rings; False when that cannot be."""
        asked, offered = caller.transaction.request, self.transaction.request
        dialog = self.leg.dialog
        if dialog is None or not (asked.body and is_sdp(header_policy.raw_content_type(asked))):
            self.refuse(488, now)
            return False
        if offered.body and not is_sdp(header_policy.raw_content_type(offered)):
            self.refuse(488, now)
            return False
        ringing.stand_down(now)
        self._welcome(now)
        frame, leg = self._frame, self.leg
        leg.timer = timer = SessionTimer(frame.ports.session)
        body = held(offered.body) if offered.body else asked.body
        data = frame.answer(
            self.transaction,
            200,
            to_tag=dialog.local_tag,
            extra=(
                frame.contact(dialog, leg.flow),
                header_policy.allowed_across(asked),
                header_policy.SUPPORTED,
                *timer.response_lines(offered, now),
            ),
            body=body,
            content_type=SDP,
        )
        leg.description = (body, SDP)
        talking.wait_for_ack(leg, self.transaction, data, None, now)
        caller.meet(leg, dialog.remote_tag)  # what another phone has answered is not answered anew
        answer = held(asked.body)
        data = caller.accept(200, [header_policy.allowed_across(offered)], answer, SDP, now)
        talkers.join(caller.leg, leg)
        talking.wait_for_ack(caller.leg, caller.transaction, data, None, now)
        return True

    def refuse(self, status: int, now: float) -> None:
        """The newcomer does not get in; nothing else changes."""
        dialog, frame = self.leg.dialog, self._frame
        tag = b"" if dialog is None else dialog.local_tag
        frame.answer(self.transaction, status, to_tag=tag)
        self.failed(status, now)

    def failed(self, status: int, now: float) -> None:
        """The newcomer was refused, by us or by the one who stays."""
        frame, leg = self._frame, self.leg
        at = frame.utc(now)
        leg.state = LegState.ENDED
        frame.record(LegFailed(frame.call_id, at, leg.number, status, "not picked up"))
        frame.record(TransferEnded(frame.call_id, at, "pick_up", status))
        if leg.dialog is not None:
            frame.put(LeaveDialog(leg.dialog.key))

    def is_for(self, use: Use) -> bool:
        """Whether a request that we sent carries the newcomer's offer."""
        return use.source is self.transaction

    def _welcome(self, now: float) -> None:
        frame, leg = self._frame, self.leg
        at = frame.utc(now)
        leg.state = LegState.TALKING
        if leg.dialog is not None:
            leg.dialog.confirmed = True
        frame.record(LegAnswered(frame.call_id, at, leg.number))
        frame.record(TransferEnded(frame.call_id, at, "pick_up", 200))
