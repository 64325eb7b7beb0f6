"""CallerSide: what the caller hears; provisional responses, early dialogs and the final answer.

The caller sees one server that may fork. Its early dialog is bound to the first B-leg that sends
SDP in a provisional response; if another leg answers, the 200 opens a dialog with a tag of its
own, as a forking proxy's would (RFC 3261 §12.1, §13.2.2.4): two different answers are never given
in one dialog (RFC 3264 §4). Each of these dialogs is a leg with number 0, a face of this server.
"""

import math
from collections.abc import Sequence
from typing import Final

from sipcore.b2bua import header_policy
from sipcore.b2bua.actions import Answer, JoinDialog, LeaveDialog
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import End, Leg, LegState, Use
from sipcore.b2bua.reliability import Origin, Reliability, Telling
from sipcore.dialog.dialog import Dialog
from sipcore.dialog.session_timer import SessionTimer
from sipcore.message.message import Response
from sipcore.transaction.invite_server import InviteServer

RING_REFRESH: Final = 60.0
"""Seconds between repeated provisional responses (RFC 3261 §13.3.1.1: at least every minute)."""


class CallerSide:
    """The A-leg's INVITE and the responses to it.

    Raises BadMessage when the INVITE lacks what a dialog needs (Contact, tags, usable routes).
    """

    __slots__ = (
        "_announced",
        "_faces",
        "_frame",
        "_joined",
        "_last",
        "_primary",
        "_sent",
        "final",
        "leg",
        "reliability",
        "ring_again_at",
        "transaction",
    )

    def __init__(
        self, frame: CallFrame, leg: Leg, transaction: InviteServer, primary: bytes
    ) -> None:
        self._frame = frame
        self.leg = leg
        """The leg of the dialog that was answered, or until then of the first one."""
        self.transaction = transaction
        self.reliability = Reliability(frame, transaction)
        # Raises BadMessage when the INVITE cannot form a dialog: better now than when it rings.
        leg.dialog = Dialog.from_request(transaction.request, primary, leg.flow)
        leg.follow(transaction.flow)
        if transaction.request.index.get(b"allow") is not None:
            leg.takes_update = header_policy.takes_update(transaction.request)
        self._primary = leg
        self._faces: dict[tuple[int, bytes], Leg] | None = None
        """B-leg number and tag of its phone → the leg that stands for that early dialog."""
        self._joined: tuple[Leg, ...] = ()
        """The faces whose dialog the caller knows of."""
        self._sent: tuple[int, ...] = ()
        """Provisional statuses already sent without SDP."""
        self._announced = 0
        """The one of them that no phone has said, until one says it reliably."""
        self._last: tuple[int, bytes] | None = None
        """The last provisional response, empty when it was a reliable one."""
        self.final = 0
        """Status of the final response once it is sent."""
        self.ring_again_at = math.inf

    @property
    def tag(self) -> bytes:
        """To tag of responses that belong to no particular B-leg."""
        return self._tag_of(self._primary)

    def other_end(self, here: End) -> End | None:
        """The dialog at the other end of a dialog; None when nobody is there yet."""
        leg, tag = here.leg, b""
        peer = leg.peer
        if leg.is_caller:
            tag = leg.peer_tag
        elif peer is None and self._faces is not None:
            peer = self._faces.get((leg.number, here.dialog.remote_tag))
        if peer is None:
            return None
        dialog = peer.dialog
        if dialog is not None and (peer.is_caller or peer.peer is leg):
            return End(peer, dialog)
        if dialog is None or dialog.remote_tag != tag:
            dialog = peer.dialog_with(tag)
        return None if dialog is None else End(peer, dialog)

    @property
    def offers(self) -> bool:
        """Whether the INVITE carries an offer; without one the phones make it (RFC 3264 §4)."""
        return bool(self.transaction.request.body)

    def early_offer(self, here: End, there: End | None) -> int:
        """Status for an offer in an early dialog, while the first offer of it has no answer.

        RFC 3311 §5.2: 500 for who made that one, 491 for who has to answer it; 0 when none is open.
        """
        face = here.leg if here.leg.is_caller else None if there is None else there.leg
        if self.offers:
            is_open = face is None or not face.description[0]
        else:
            is_open = face is not None and self.reliability.holds(face)
        if not is_open:
            return 0
        return 500 if here.leg.is_caller == self.offers else 491

    def trying(self) -> None:
        """Send 100 at once, so that the caller stops repeating (RFC 3261 §8.2.6.1)."""
        self._frame.answer(self.transaction, 100)

    def announce(self, status: int, now: float) -> None:
        """Tell the caller that others are called, before a phone has said so (180 or 183).

        In the first early dialog, without session description: the first phone that sends one
        is bound to that same dialog, so the caller sees no second one because of it.
        """
        self._sent += (status,)
        self._announced = status
        self.ring_again_at = now + RING_REFRESH
        self._last = (status, b"")
        self._say_again(status, now)

    def ring_on(self, now: float) -> None:
        """A telephone that has to confirm rings or is answered: the caller hears no more of it than
        that it rings, for tones and greetings are not yet its business (G04)."""
        if 180 not in self._sent:
            self.announce(180, now)

    def ring(self, use: Use, response: Response, number: int, now: float) -> bool:
        """Pass a provisional response: once per status, or each time when it carries SDP.

        Our own announcement does not count for the first reliable one, which the caller and its
        phone acknowledge end to end (RFC 3262 §3).
        `number` is the RSeq of a reliable response, else 0. False when the response was not
        passed on, so that nobody will acknowledge it.
        """
        status, reliability = response.status, self.reliability
        has_body = bool(response.body and response.to_tag)
        if not has_body:
            if status not in self._sent:
                self._sent += (status,)
            elif status == self._announced and number > 0:
                self._announced = 0
            else:
                return False
        self.ring_again_at = now + RING_REFRESH
        is_reliable = reliability.wants or (number > 0 and reliability.takes)
        if not has_body and not is_reliable:
            face, content = self._primary, None
        else:
            face, content = self._face_for(use.leg, response.to_tag), response
        self._join(face)
        lines = self._lines(face, content)
        if content is None or not has_body:
            body, kind = b"", b""
        else:
            body, kind = content.body, header_policy.raw_content_type(content)
        if is_reliable:
            origin = Origin(use, response.to_tag, number) if number else None
            reliability.send(face, Telling(status, lines, body, kind, origin), now)
            self._last = (status, b"")
        else:
            data = self._frame.answer(
                self.transaction,
                status,
                to_tag=self._tag_of(face),
                extra=lines,
                body=body,
                content_type=kind,
            )
            self._last = (status, data)
        if body:
            face.description = (body, kind)
        return True

    def ring_again(self, now: float) -> None:
        """Repeat the last provisional response."""
        if self._last is None:
            return
        self.ring_again_at = now + RING_REFRESH
        status, data = self._last
        if data:
            self._frame.put(Answer(self.transaction, status, data))
        else:
            self._say_again(status, now)

    def _say_again(self, status: int, now: float) -> None:
        """A provisional response of our own, in the first early dialog."""
        if self.reliability.wants:
            telling = Telling(status, self._lines(self._primary, None), b"", b"", None)
            self._join(self._primary)
            self.reliability.send(self._primary, telling, now)
        else:
            self._join(self._primary)
            lines = self._lines(self._primary, None)
            self._frame.answer(self.transaction, status, to_tag=self.tag, extra=lines)

    def meet(self, leg: Leg, remote_tag: bytes) -> Leg:
        """A leg has won: the face that will talk to it."""
        face = self._face_for(leg, remote_tag)
        self.leg = face
        return face

    def answer(self, response: Response, now: float) -> bytes:
        """Send the 2xx of the winning leg; returns it for repetition until the ACK."""
        lines = [header_policy.allowed_across(response), *header_policy.crossing(response)]
        kind = header_policy.raw_content_type(response)
        return self.accept(response.status, lines, response.body, kind, now)

    def accept(
        self, status: int, lines: Sequence[bytes], body: bytes, content_type: bytes, now: float
    ) -> bytes:
        """Send a 2xx of this server's making; returns it for repetition until the ACK."""
        face, frame = self.leg, self._frame
        self._join(face)
        face.timer = timer = SessionTimer(frame.ports.session)
        data = frame.answer(
            self.transaction,
            status,
            to_tag=self._tag_of(face),
            extra=(
                frame.contact(face.dialog, face.flow),
                *lines,
                header_policy.SUPPORTED,
                *timer.response_lines(self.transaction.request, now),
            ),
            body=body,
            content_type=content_type,
        )
        if body:
            face.description = (body, content_type)
        if face.dialog is not None:
            face.dialog.confirmed = True
        face.state = LegState.TALKING
        self._finish(status, but=face)
        return data

    def refuse(self, status: int, lines: Sequence[bytes] = ()) -> None:
        """Send a final failure; nothing happens when a final response was sent before."""
        if self.final:
            return
        self._frame.answer(self.transaction, status, to_tag=self.tag, extra=lines)
        self.leg.state = LegState.ENDED
        self._finish(status)

    def forget(self) -> None:
        """The call is over; no circle stays."""
        self.leg.peer = self._primary.peer = None

    def _finish(self, status: int, *, but: Leg | None = None) -> None:
        """A final response ends the early dialogs and the repetition of provisional ones."""
        self.final = status
        self.ring_again_at = math.inf
        self._last = None
        self.reliability.stop()
        for face in self._joined:
            if face is not but and face.dialog is not None:
                self._frame.put(LeaveDialog(face.dialog.key))
        self._faces = None
        self._joined = self._sent = ()

    def _face_for(self, leg: Leg, remote_tag: bytes) -> Leg:
        """The face that stands for a phone's early dialog; the first one gets the primary tag."""
        key = (leg.number, remote_tag)
        faces = self._faces
        if faces is None:
            faces = self._faces = {}
        face = faces.get(key)
        if face is None:
            primary = self._primary
            if not faces:
                face = primary
            else:
                face = Leg(0, primary.party, primary.flow)
                tag = self._frame.ports.entropy.tag()
                face.dialog = Dialog.from_request(self.transaction.request, tag, primary.flow)
                face.follow(primary.flow)
                face.takes_update = primary.takes_update
            face.peer, face.peer_tag = leg, remote_tag
            faces[key] = face
        return face

    def _join(self, face: Leg) -> None:
        """The caller learns of a dialog with the next response."""
        if face not in self._joined and face.dialog is not None:
            self._joined += (face,)
            self._frame.put(JoinDialog(face.dialog.key, face))

    def _tag_of(self, face: Leg) -> bytes:
        return b"" if face.dialog is None else face.dialog.local_tag

    def _lines(self, face: Leg, response: Response | None) -> list[bytes]:
        """Header lines of a response that belongs to a dialog, as far as `response` gives them."""
        contact = self._frame.contact(face.dialog, face.flow)
        if response is None:
            return [contact]
        return [
            contact,
            header_policy.allowed_across(response),
            *header_policy.crossing(response),
        ]
