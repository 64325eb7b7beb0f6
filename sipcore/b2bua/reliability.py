"""Reliability: provisional responses that the caller acknowledges with PRACK (RFC 3262).

Reliable end to end: when a phone sends a reliable provisional response, the caller gets one, and
the caller's PRACK goes on to that phone with its offer or answer. A caller that *requires* 100rel
gets every provisional response reliably, whether or not the phone knows how; its PRACK then ends
here.

Each early dialog of the caller has an RSeq sequence of its own, as behind a forking proxy, and one
response at a time: the next one waits for the PRACK of the one before (§3).
"""

from collections.abc import Sequence
from math import inf
from typing import ClassVar, Final, final

from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, Use
from sipcore.dialog.reliable import acknowledged
from sipcore.dialog.repetition import Due, Repetition
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.value import Value
from sipcore.message.message import Request
from sipcore.transaction.invite_server import InviteServer

_MAX_QUEUED: Final = 8
"""Provisional responses of one early dialog that may wait for the PRACK of another."""
_MAX_FIRST: Final = 1 << 20
"""First numbers are drawn below this: far from 2^31, where they would have to stop (§3)."""


@final
class Origin(Value):
    """The phone's reliable response that the caller's PRACK goes on to."""

    __slots__: ClassVar = ("number", "tag", "use")

    def __init__(self, use: Use, tag: bytes, number: int) -> None:
        self.use = use
        self.tag = tag
        """To tag of the response, which tells the phone's early dialog."""
        self.number = number
        """Its RSeq."""


@final
class Telling(Value):
    """A provisional response as it is to be sent to the caller."""

    __slots__: ClassVar = ("body", "content_type", "lines", "origin", "status")

    def __init__(
        self,
        status: int,
        lines: Sequence[bytes],
        body: bytes,
        content_type: bytes,
        origin: Origin | None,
    ) -> None:
        self.status = status
        self.lines = lines
        self.body = body
        self.content_type = content_type
        self.origin = origin


class _Line:
    """The reliable provisional responses of one early dialog."""

    __slots__ = ("asked", "next_number", "number", "queued", "sent")

    def __init__(self, first: int) -> None:
        self.next_number = first
        self.sent: Repetition | None = None
        self.number = 0
        """RSeq of `sent`."""
        self.asked = Telling(0, (), b"", b"", None)
        """What `sent` tells."""
        self.queued: list[Telling] = []


class Reliability:
    """The reliable provisional responses of one INVITE."""

    __slots__ = ("_frame", "_is_over", "_lines", "_transaction", "deadline", "takes", "wants")

    def __init__(self, frame: CallFrame, transaction: InviteServer) -> None:
        request = transaction.request
        self._frame = frame
        self._transaction = transaction
        self.wants = request.has_option(b"require", b"100rel")
        """Whether the caller insists on reliable provisional responses."""
        self.takes = self.wants or request.has_option(b"supported", b"100rel")
        """Whether the caller can acknowledge them."""
        self.deadline = inf
        self._lines: dict[Leg, _Line] | None = None
        """By the leg of the early dialog; most calls need none."""
        self._is_over = False

    def send(self, face: Leg, telling: Telling, now: float) -> None:
        """Send a provisional response reliably, now or when the one before is acknowledged."""
        lines = self._lines
        if lines is None:
            lines = self._lines = {}
        line = lines.get(face)
        if line is None:
            first = int(self._frame.ports.entropy.unique(), 16) % _MAX_FIRST + 1
            line = lines[face] = _Line(first)
        if line.sent is None:
            self._send(face, line, telling, now)
        elif len(line.queued) < _MAX_QUEUED:
            line.queued.append(telling)

    def acknowledge(self, face: Leg, prack: Request, now: float) -> Telling | None:
        """The response that a PRACK acknowledges; None when there is none (§3: answer 481).

        Raises BadMessage when RAck is missing or malformed.
        """
        number, cseq, method = acknowledged(prack)
        line = None if self._lines is None else self._lines.get(face)
        if line is None or line.sent is None or number != line.number:
            return None
        if method != b"INVITE" or cseq != self._transaction.request.cseq.number:
            return None
        told, line.sent = line.asked, None
        if line.queued and not self._is_over:
            self._send(face, line, line.queued.pop(0), now)
        self._reckon()
        return told

    def holds(self, face: Leg) -> bool:
        """Whether a 2xx has to wait: a session description is not acknowledged yet (§3)."""
        line = None if self._lines is None else self._lines.get(face)
        return line is not None and line.sent is not None and bool(line.asked.body)

    def on_deadline(self, now: float) -> bool:
        """Repeat what is due; True when a PRACK never came."""
        is_missing = False
        for line in () if self._lines is None else self._lines.values():
            if line.sent is None:
                continue
            due = line.sent.on_deadline(now)
            if due is Due.GIVE_UP:
                is_missing = True
            elif due is Due.REPEAT:
                self._frame.transmit(line.sent.data, self._transaction.flow)
        self._reckon()
        return is_missing

    def stop(self) -> None:
        """A final response is sent: nothing is repeated any more; a late PRACK still matches."""
        self._is_over = True
        for line in () if self._lines is None else self._lines.values():
            line.queued.clear()
            if line.sent is not None:
                line.sent.stop()
        self.deadline = inf

    def _send(self, face: Leg, line: _Line, telling: Telling, now: float) -> None:
        dialog = face.dialog
        if dialog is None:
            raise BadMessage("no early dialog")
        line.number = number = line.next_number
        line.next_number += 1
        data = self._frame.answer(
            self._transaction,
            telling.status,
            to_tag=dialog.local_tag,
            extra=(b"Require: 100rel", b"RSeq: %d" % number, *telling.lines),
            body=telling.body,
            content_type=telling.content_type,
        )
        line.sent = Repetition(data, now)
        line.asked = telling
        self._reckon()

    def _reckon(self) -> None:
        self.deadline = inf
        for line in () if self._lines is None else self._lines.values():
            if line.sent is not None:
                self.deadline = min(self.deadline, line.sent.deadline)
