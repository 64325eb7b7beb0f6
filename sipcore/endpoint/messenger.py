"""Messenger: messages outside calls, from the sender to every contact of who they are for.

RFC 3428 §8: no second message is sent to a contact while one is on its way there. It waits in
that contact's queue; a queue is short, and what finds it full has failed.
"""

from collections import deque
from typing import Final

from sipcore.b2bua import header_policy
from sipcore.b2bua.best_response import told_of_fork
from sipcore.b2bua.plan import Refusal, Target
from sipcore.b2bua.ports import Locator, Route
from sipcore.dialog.reach import is_too_large
from sipcore.endpoint.admission import Admission
from sipcore.endpoint.fitness import Fitness
from sipcore.endpoint.owners import DeadlineUser, TransactionUser
from sipcore.endpoint.replies import StatelessReplies, phrase
from sipcore.endpoint.switchboard import Switchboard
from sipcore.kernel.clock import Clock
from sipcore.kernel.errors import BadMessage, LimitReached
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from sipcore.paging.allowance import Allowance
from sipcore.paging.page import (
    MAX_COPIES,
    NOBODY,
    Copy,
    Page,
    PagePorts,
    carries_digits,
    copies_of,
)
from sipcore.paging.recipients import Envelope, Recipients
from sipcore.transaction.table import Server

RATE: Final = 1.0
"""Messages a second that one account may send in the long run."""
BURST: Final = 20
"""Messages that one account may send at once."""
MAX_QUEUE: Final = 8
"""Messages that wait for one contact, the one on its way included."""
_SLOWER: Final = b"Retry-After: 1"

_Line = tuple[bytes, str, int]
"""A contact and where it is reached."""


class Mailing(DeadlineUser):
    """A message whose sender waits for the answer; stands in the wheel."""

    __slots__ = ("_messenger", "explained", "machine", "page")

    def __init__(self, messenger: "Messenger", machine: Server, page: Page) -> None:
        self._messenger = messenger
        self.machine = machine
        super().__init__(page.deadline)
        self.page = page
        self.explained: dict[int, tuple[bytes, ...]] = {}
        """Header lines that came with the first failure of what the sender would be told."""

    def explain(self, failure: Response) -> None:
        """A contact refused the message, and may have said what it would take."""
        told = told_of_fork(failure.status)
        lines = header_policy.explaining(failure, told)
        if lines:
            self.explained.setdefault(told, lines)

    def on_deadline(self, now: float) -> None:
        """The sender has waited long enough."""
        self._messenger.conclude(self, self.page.on_deadline(now), now)


class Delivery(TransactionUser):
    """One copy of a message: owner of its transaction."""

    __slots__ = ("_messenger", "copy", "mailing")

    def __init__(self, messenger: "Messenger", mailing: Mailing, copy: Copy) -> None:
        super().__init__()
        self._messenger = messenger
        self.mailing = mailing
        self.copy = copy

    def response(self, response: Response, now: float) -> None:
        """The contact answered."""
        if response.status >= 300:
            self.mailing.explain(response)
        if response.status >= 200:
            self._messenger.settle(self, response.status, now)

    def no_response(self, status: int, now: float) -> None:
        """The contact did not answer, or cannot be reached."""
        if self.copy.is_attempt:
            self._messenger.takes_no_stream(self.copy.flow)
            status = 513
        self._messenger.settle(self, status, now)


class Messenger:
    """MESSAGE outside calls."""

    def __init__(
        self,
        *,
        switchboard: Switchboard,
        replies: StatelessReplies,
        admission: Admission,
        fitness: Fitness,
        recipients: Recipients,
        locator: Locator,
        ports: PagePorts,
        clock: Clock,
    ) -> None:
        self._board = switchboard
        self._counters = switchboard.counters
        self._replies = replies
        self._admission = admission
        self._fitness = fitness
        self._recipients = recipients
        self._locator = locator
        self._ports = ports
        self._clock = clock
        self._allowance = Allowance(RATE, BURST)
        self._lines: dict[_Line, deque[Delivery]] = {}
        """Per contact the copy on its way, and those that wait behind it."""

    def __len__(self) -> int:
        """Copies on their way or waiting."""
        return sum(map(len, self._lines.values()))

    def message(self, request: Request, flow: Flow) -> None:
        """Take a MESSAGE outside any dialog, or answer why not."""
        if not self._fitness.passes(request, flow):
            self._counters["messages_refused"] += 1
            return
        try:
            unwanted = self._unwanted(request, flow)
        except BadMessage as error:
            self._counters["messages_refused"] += 1
            self._replies.send(request, flow, error.status, reason=phrase(error))
            return
        if unwanted:
            self._counters["messages_refused"] += 1
            self._replies.send(request, flow, unwanted)
            return
        user = self._admission.authenticate(request, flow)
        if user is None:
            return
        now = self._clock.monotonic()
        uri = request.request_uri
        envelope = self._recipients.envelope(user, uri.dialled)
        extra: tuple[bytes, ...] = ()
        if self._admission.is_draining:
            status = 503
        elif not self._allowance.take(user, now):
            # Not 503, which would keep a phone from calling for help (RFC 3261 §21.5.4).
            status, extra = NOBODY, (_SLOWER,)
        elif isinstance(envelope, Refusal):
            status = envelope.status
        else:
            status = self._send_out(request, flow, envelope, now)
        if status:
            self._counters["messages_refused"] += 1
            self._replies.send(request, flow, status, extra=extra)

    def _unwanted(self, request: Request, flow: Flow) -> int:
        """Status for a body that nobody may send, 0 for others.

        Raises BadMessage when the Content-Type cannot be read.
        """
        if is_too_large(request.raw, flow):
            return 513
        return 403 if carries_digits(request.content_type) else 0

    def _send_out(self, request: Request, flow: Flow, envelope: Envelope, now: float) -> int:
        """Send a copy to each contact; the status that refuses the message, 0 when it is out."""
        routes: list[Route] = []
        for party in envelope.recipients:
            routes += self._locator.routes(Target(party))
        if not routes:
            return NOBODY
        if header_policy.max_breadth(request) < min(len(routes), MAX_COPIES):
            return 440  # RFC 5393 §5.3.3: not one after the other, for nobody would wait so long
        copies = copies_of(request, envelope.sender, routes, self._ports)
        fitting = [copy for copy in copies if not copy.is_too_large]
        if not fitting:
            return 513
        try:
            machine = self._board.table.open_server(request, flow, now)
        except LimitReached:
            return 503
        self._counters["messages_taken"] += 1
        mailing = Mailing(self, machine, Page(len(copies), now))
        self._board.run(machine, (), now)
        self._board.wheel.schedule(mailing)
        for copy in copies:
            delivery = Delivery(self, mailing, copy)
            if copy.is_too_large:
                self.conclude(mailing, mailing.page.settled(513), now)
            else:
                self._queue(delivery, now)
        return 0

    # -- one contact ------------------------------------------------------------------------

    def _queue(self, delivery: Delivery, now: float) -> None:
        line = delivery.copy.place
        waiting = self._lines.setdefault(line, deque())
        if len(waiting) >= MAX_QUEUE:
            self._fail(delivery, now)
            return
        waiting.append(delivery)
        if len(waiting) == 1:
            self._dispatch(delivery, now)

    def _dispatch(self, delivery: Delivery, now: float) -> None:
        self._counters["messages_sent"] += 1
        copy = delivery.copy
        self._board.request(b"MESSAGE", copy.branch, copy.data, copy.flow, delivery, now)

    def settle(self, delivery: Delivery, status: int, now: float) -> None:
        """A copy has its final response; the next one for the same contact may go."""
        line = delivery.copy.place
        waiting = self._lines.get(line)
        if waiting is None or waiting[0] is not delivery:
            return  # a second final response
        mailing = delivery.mailing
        self.conclude(mailing, mailing.page.settled(status), now)
        waiting.popleft()
        while waiting and waiting[0].mailing.page.ends_at <= now:
            waiting.popleft()
        if waiting:
            self._dispatch(waiting[0], now)
        else:
            del self._lines[line]

    def takes_no_stream(self, stream: Flow) -> None:
        """A contact did not take a message over TCP: the next one is refused at once."""
        self._locator.unreachable(stream, None)

    def _fail(self, delivery: Delivery, now: float) -> None:
        mailing = delivery.mailing
        self.conclude(mailing, mailing.page.settled(NOBODY), now)

    # -- the sender -------------------------------------------------------------------------

    def conclude(self, mailing: Mailing, status: int, now: float) -> None:
        """Answer the sender; nothing happens for status 0."""
        if not status:
            return
        self._board.wheel.forget(mailing)
        machine = mailing.machine
        extra = mailing.explained.get(status, ())
        data = self._replies.make(machine.request, machine.flow, status, extra=extra)
        self._board.answer(machine, status, data, now)
