"""CallFrame: what the parts of one call share: its name, its ports and its outbox."""

from collections.abc import Sequence

from sipcore.b2bua.actions import Action, Answer, OpenClient, Transmit
from sipcore.b2bua.call_ports import CallPorts
from sipcore.b2bua.facts import CallFact
from sipcore.b2bua.leg import ServerTransaction, Use
from sipcore.b2bua.plan import Target
from sipcore.b2bua.ports import Route
from sipcore.dialog.dialog import Dialog
from sipcore.kernel.flow import Flow
from sipcore.message import build


class CallFrame:
    """Collects the actions of the present stimulus."""

    __slots__ = ("_outbox", "_utc_offset", "call_id", "ports", "unanswered")

    def __init__(self, call_id: str, ports: CallPorts, utc_offset: float) -> None:
        """`utc_offset` is what has to be added to a monotonic reading to make it UTC."""
        self.call_id = call_id
        self.ports = ports
        self.unanswered = 0
        """Requests we sent whose outcome is still to come."""
        self._utc_offset = utc_offset
        self._outbox: list[Action] | None = None

    def utc(self, now: float) -> float:
        """The UTC reading that belongs to a monotonic one."""
        return now + self._utc_offset

    def routes(self, target: Target, *, of_visit: bool) -> tuple[Route, ...]:
        """Where a target can be rung; `of_visit`: also where it registered for this call alone."""
        routes = self.ports.locator.routes(target)
        own = self.ports.visits.routes(self.call_id, target.party.user) if of_visit else ()
        if not own:
            return routes
        known = [route.request_uri for route in routes]
        return (*routes, *[route for route in own if route.request_uri not in known])

    def put(self, action: Action) -> None:
        """Add to the actions of the present stimulus."""
        outbox = self._outbox
        if outbox is None:
            self._outbox = [action]
        else:
            outbox.append(action)

    def record(self, fact: CallFact) -> None:
        """Add a fact for the journal."""
        self.put(fact)

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Send without a transaction."""
        self.put(Transmit(data, flow))

    def open(self, use: Use) -> None:
        """Send a request in a transaction of its own."""
        use.is_open = True
        self.unanswered += 1
        self.put(OpenClient(use.method, use.branch, use.data, use.flow, use))

    def settle(self, use: Use) -> None:
        """The request came to its end: a final response, or none in time."""
        if use.is_open:
            use.is_open = False
            self.unanswered -= 1

    def answer(
        self,
        transaction: ServerTransaction,
        status: int,
        *,
        to_tag: bytes = b"",
        extra: Sequence[bytes] = (),
        body: bytes = b"",
        content_type: bytes = b"",
    ) -> bytes:
        """Answer a request; returns the response as it is sent."""
        flow = transaction.flow
        data = build.response(
            transaction.request,
            status,
            to_tag=to_tag,
            extra=extra,
            body=body,
            content_type=content_type,
            source=(flow.host, flow.port),
        )
        self.put(Answer(transaction, status, data))
        return data

    def contact(self, dialog: Dialog | None, flow: Flow) -> bytes:
        """Contact line of what is sent over this flow inside a dialog, or None before there is one.

        Every message of one dialog shows the same scheme (RFC 3261 §12.1.1).
        """
        secure = dialog is not None and dialog.wants_sips
        return self.ports.addressing.contact(flow, secure=secure)

    def flush(self) -> list[Action]:
        """Take out what was collected."""
        outbox = self._outbox
        self._outbox = None
        return [] if outbox is None else outbox
