"""Reception: what arrives is parsed, checked and brought to the machine it belongs to."""

from collections.abc import Callable
from typing import Final

import structlog

from sipcore.b2bua.call import Call
from sipcore.b2bua.events import CallerCancelled, RequestArrived
from sipcore.b2bua.leg import Leg
from sipcore.endpoint.admission import Admission
from sipcore.endpoint.fitness import Fitness
from sipcore.endpoint.gate import Gate
from sipcore.endpoint.keepalive import is_keep_alive, keep_alive_answer
from sipcore.endpoint.messenger import Messenger
from sipcore.endpoint.notifier import Notifier
from sipcore.endpoint.replies import (
    CAPABILITIES,
    COUNTERS,
    METHODS,
    StatelessReplies,
    answer_flow,
    phrase,
)
from sipcore.endpoint.switchboard import Switchboard
from sipcore.endpoint.whereabouts import Whereabouts
from sipcore.kernel.clock import Clock
from sipcore.kernel.count import count
from sipcore.kernel.errors import BadMessage, LimitReached
from sipcore.kernel.flow import Flow
from sipcore.message.check import can_be_answered, check_request, check_response
from sipcore.message.head import USUAL_METHODS
from sipcore.message.message import Request, Response, parse
from sipcore.registrar.refresh import START as REFRESH_START
from sipcore.registrar.registrar import Registrar
from sipcore.transaction.events import (
    AckReceived,
    RequestReceived,
    ResponseReceived,
)
from sipcore.transaction.invite_server import InviteServer

_ONLY_INSIDE: Final = frozenset(b"NOTIFY INFO UPDATE PRACK BYE".split())
"""Methods that belong to a dialog: outside one it does not exist (RFC 3261 §15.1.2, RFC 3262 §3,
RFC 6086 §4.2.2, RFC 6665 §4.1.3)."""
_NOT_OUTSIDE: Final = {b"REFER": 403, b"PUBLISH": 405}
"""Methods that could be served outside a dialog but are not, and what an account is told."""
_COUNTERS: Final = {method: f"requests_{method.decode()}" for method in USUAL_METHODS}

_RESPONSE: Final = b"SIP/2.0 "

log = structlog.get_logger("sip")


class Reception:
    """The way of a received message to its machine."""

    def __init__(
        self,
        *,
        switchboard: Switchboard,
        replies: StatelessReplies,
        admission: Admission,
        gate: Gate,
        fitness: Fitness,
        registrar: Registrar,
        whereabouts: Whereabouts,
        notifier: Notifier,
        messenger: Messenger,
        clock: Clock,
    ) -> None:
        self._board = switchboard
        self._counters = switchboard.counters
        self._replies = replies
        self._admission = admission
        self._gate = gate
        self._fitness = fitness
        self._sentinel = gate.sentinel
        self._registrar = registrar
        self._known = registrar.known
        self._whereabouts = whereabouts
        self._notifier = notifier
        self._messenger = messenger
        self._clock = clock
        self.watch: Callable[[bytes, Flow], None] | None = None
        """Told of each message of an admitted source before it is read; never waits nor raises."""

    def take(self, data: bytes, flow: Flow) -> None:
        """Handle one datagram or framed message; never raises."""
        counters = self._counters
        count(counters, "messages_received")
        # Before anything is parsed. An answer to a request of ours comes from whom we called.
        if not self._sentinel.admits(flow) and not data.startswith(_RESPONSE):
            return
        if self.watch is not None:
            self.watch(data, flow)
        try:
            if data.startswith(REFRESH_START) and self._refresh(data, flow):
                return
            message = parse(data)
            if isinstance(message, Request):
                self._request(message, flow)
            else:
                self._response(message, flow)
        except BadMessage as error:
            self._bad(data, flow, error)
        except Exception:
            # A listener must outlive every bug; the message is given up, the trace is kept.
            counters["internal_errors"] += 1
            log.exception("sip.message_failed", flow=str(flow))

    def refuse(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        """Answer what arrived of a message that cannot be read to its end; never raises."""
        if not self._sentinel.admits(flow):
            return
        if self.watch is not None:
            self.watch(data, flow)
        try:
            self._bad(data, flow, error)
        except Exception:
            self._counters["internal_errors"] += 1
            log.exception("sip.message_failed", flow=str(flow))

    def _refresh(self, data: bytes, flow: Flow) -> bool:
        """Whether this was the REGISTER of a known phone, and is answered."""
        answered = self._known.answer(data, flow, self._clock.utc())
        if answered is None:
            return False
        reply, is_proven = answered
        count(self._counters, "requests_REGISTER")
        if is_proven:
            count(self._counters, "responses_200")
            self._sentinel.succeeded(flow)
        else:
            count(self._counters, "responses_401")
            self._sentinel.challenged(flow)
        self._board.send(reply, flow)
        return True

    def _bad(self, data: bytes, flow: Flow, error: BadMessage) -> None:
        if is_keep_alive(data, flow):
            self._counters["keepalives"] += 1
            answer = keep_alive_answer(data, flow)
            if answer:
                self._board.send(answer, flow)
            return
        self._counters["bad_messages"] += 1
        request = can_be_answered(data)
        if not self._sentinel.answers_broken(request, flow):
            return
        if request is not None and request.method != b"ACK":
            flow = answer_flow(request, flow)
            self._replies.send(request, flow, error.status, reason=phrase(error))

    def _response(self, response: Response, flow: Flow) -> None:
        count(self._counters, "responses_received")
        check_response(response)
        machine = self._board.table.find_client(response)
        if machine is None:
            self._counters["stray_responses"] += 1
            return
        self._sentinel.called(flow)
        now = self._clock.monotonic()
        self._board.run(machine, machine.handle(ResponseReceived(response), now), now)

    def _request(self, request: Request, flow: Flow) -> None:
        method = request.method
        count(self._counters, _COUNTERS.get(method, "requests_other"))
        check_request(request)
        back = answer_flow(request, flow)
        if method == b"REGISTER":
            if not self._gate.opens(request, flow, back):
                return
            # The binding keeps the flow the request came over, whatever Via says.
            status, reply, verdict = self._registrar.handle(request, flow, self._clock.utc())
            count(self._counters, COUNTERS[status])
            self._board.send(reply, back)
            self._sentinel.judge(verdict, request, flow)
        elif method == b"ACK":
            self._ack(request)
        elif method == b"CANCEL":
            self._cancel(request, back)
        else:
            self._transact(request, back, flow)

    def _transact(self, request: Request, flow: Flow, came: Flow) -> None:
        board, replies = self._board, self._replies
        machine = board.table.find_server(request)
        if machine is not None:
            now = self._clock.monotonic()
            board.run(machine, machine.handle(RequestReceived(request), now), now)
        elif request.to_tag:
            self._in_dialog(request, flow)
        elif not self._gate.opens(request, flow, flow):
            return
        elif request.method == b"OPTIONS":
            self._options(request, flow)
        elif board.table.is_merged(request):
            replies.send(request, flow, 482)
        elif request.method == b"INVITE":
            self._admission.invite(request, flow, came)
        elif request.method == b"SUBSCRIBE":
            self._notifier.subscribe(request, flow)
        elif request.method == b"MESSAGE":
            self._messenger.message(request, flow)
        elif request.method in _ONLY_INSIDE:
            replies.send(request, flow, 481)
        elif request.method not in _NOT_OUTSIDE:
            replies.send(request, flow, 501, extra=(METHODS,))
        elif self._admission.authenticate(request, flow) is not None:
            replies.send(request, flow, _NOT_OUTSIDE[request.method], extra=(METHODS,))

    def _options(self, request: Request, flow: Flow) -> None:
        """RFC 3261 §11.2; answered without state (§8.2.7), whoever asks and whom it asks for.

        The refusals are those that an INVITE would get; who exists is told to nobody.
        """
        if self._fitness.passes(request, flow):
            self._replies.send(request, flow, 200, extra=CAPABILITIES)

    def _ack(self, request: Request) -> None:
        now = self._clock.monotonic()
        machine = self._board.table.find_server(request)
        if isinstance(machine, InviteServer):
            self._board.run(machine, machine.handle(AckReceived(request), now), now)
        else:
            self._board.acknowledge(request, now)

    def _cancel(self, request: Request, flow: Flow) -> None:
        """RFC 3261 §9.2: answered 200 when there is a request to cancel, whatever its state.

        Its own transaction repeats that answer when the other one is long over.
        """
        now = self._clock.monotonic()
        repeated = self._board.table.find_server(request)
        if repeated is not None:
            self._board.run(repeated, repeated.handle(RequestReceived(request), now), now)
            return
        machine = self._board.table.find_to_cancel(request)
        if machine is None or machine.flow.host != flow.host:
            if self._sentinel.hears(request, flow):
                self._replies.send(request, flow, 481)
            return
        call = machine.owner
        tag = call.caller.tag if isinstance(call, Call) else b""
        try:
            own = self._board.table.open_server(request, flow, now)
        except LimitReached:
            self._replies.send(request, flow, 200, to_tag=tag)
        else:
            self._board.answer(own, 200, self._replies.make(request, flow, 200, to_tag=tag), now)
        if isinstance(call, Call) and isinstance(machine, InviteServer) and not machine.has_final:
            self._board.tell(call, CallerCancelled(machine, request), now)

    def _in_dialog(self, request: Request, flow: Flow) -> None:
        board = self._board
        found = board.find_dialog(request)
        if found is None and self._notifier.in_dialog(request, flow):
            return
        if found is None or not self._trusted(found.leg, request, flow):
            if self._sentinel.hears(request, flow):
                self._replies.send(request, flow, 481)
            return
        call, leg = found.call, found.leg
        now = self._clock.monotonic()
        if flow.connection != leg.flow.connection:
            board.link(call, flow)
        try:
            machine = board.table.open_server(request, flow, now)
        except LimitReached:
            self._replies.send(request, flow, 503)
            return
        machine.owner = call
        try:
            board.tell(call, RequestArrived(leg, machine, request, flow), now)
        except Exception:
            # A bug must not cost a place in the table for ever.
            data = self._replies.make(request, flow, 500)
            board.answer(machine, 500, data, now)
            raise
        board.run(machine, (), now)

    def _trusted(self, leg: Leg, request: Request, flow: Flow) -> bool:
        """Whether a request with the right tags comes from where its party may be.

        BYE is taken from anywhere: a provider may send it from another of its hosts, and a phone
        that changed its network must still be able to hang up.
        """
        contact = b"" if leg.dialog is None else leg.dialog.remote_target
        return request.method == b"BYE" or self._whereabouts.include(
            flow, known=leg.flow, contact=contact, party=leg.party, account=leg.account
        )
