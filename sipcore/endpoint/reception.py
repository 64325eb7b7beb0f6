"""Reception: what arrives is parsed, checked and brought to the machine it belongs to."""

from typing import TYPE_CHECKING, Final

import structlog

from sipcore.b2bua import header_policy
from sipcore.b2bua.call import Call
from sipcore.b2bua.events import AckArrived, CallerCancelled, RequestArrived
from sipcore.b2bua.facts import CallRefused
from sipcore.b2bua.leg import Leg
from sipcore.b2bua.plan import CallRequest, Refusal, Target
from sipcore.endpoint.replies import CAPABILITIES, METHODS
from sipcore.kernel.errors import BadMessage, LimitReached, SipError
from sipcore.kernel.flow import Flow
from sipcore.message import build
from sipcore.message.check import can_be_answered, check_request, check_response
from sipcore.message.message import Request, Response, parse
from sipcore.registrar.digest import Authenticated, Challenged
from sipcore.transaction.events import (
    AckReceived,
    RequestReceived,
    ResponseOffered,
    ResponseReceived,
)
from sipcore.transaction.invite_server import InviteServer

if TYPE_CHECKING:
    from sipcore.endpoint.endpoint import SipEndpoint

_KNOWN_OUTSIDE: Final = frozenset(
    (
        b"SUBSCRIBE",
        b"NOTIFY",
        b"PUBLISH",
        b"REFER",
        b"MESSAGE",
        b"INFO",
        b"UPDATE",
        b"PRACK",
        b"BYE",
    )
)
"""Methods that exist but that nobody here serves outside a dialog: 405 instead of 501."""
_COUNTED: Final = _KNOWN_OUTSIDE | {b"INVITE", b"ACK", b"CANCEL", b"OPTIONS", b"REGISTER"}
RETRY_AFTER: Final = b"Retry-After: 10"
VISIT_HEADER: Final = b"x-doorline-visit"

log = structlog.get_logger("sip")


class Reception:
    """The way of a received message to its machine."""

    __slots__ = ("_endpoint",)

    def __init__(self, endpoint: "SipEndpoint") -> None:
        self._endpoint = endpoint

    def take(self, data: bytes, flow: Flow) -> None:
        """Handle one datagram or framed message; never raises."""
        endpoint = self._endpoint
        counters = endpoint.counters
        counters["messages_received"] += 1
        try:
            message = parse(data)
            if isinstance(message, Request):
                self._request(message, flow)
            else:
                self._response(message)
        except BadMessage as error:
            self._bad(data, flow, error)
        except Exception:
            # A listener must outlive every bug; the message is given up, the trace is kept.
            counters["internal_errors"] += 1
            log.exception("sip.message_failed", flow=str(flow))

    def _bad(self, data: bytes, flow: Flow, error: SipError) -> None:
        endpoint = self._endpoint
        if not data.strip(b"\r\n\0"):
            endpoint.counters["keepalives"] += 1
            return
        endpoint.counters["bad_messages"] += 1
        request = can_be_answered(data)
        if request is None or request.method == b"ACK":
            return
        reply = endpoint.replies.make(request, flow, error.status, reason=_phrase(error))
        endpoint.send(reply, flow)

    def _response(self, response: Response) -> None:
        endpoint = self._endpoint
        endpoint.counters["responses_received"] += 1
        check_response(response)
        machine = endpoint.table.find_client(response)
        if machine is None:
            endpoint.counters["stray_responses"] += 1
            return
        now = endpoint.clock.monotonic()
        endpoint.run(machine, machine.handle(ResponseReceived(response), now), now)

    def _request(self, request: Request, flow: Flow) -> None:
        endpoint, method = self._endpoint, request.method
        name = method.decode() if method in _COUNTED else "other"
        endpoint.counters[f"requests_{name}"] += 1
        try:
            check_request(request)
        except BadMessage as error:
            if method != b"ACK":
                self._refuse(request, flow, error.status, reason=_phrase(error))
            return
        if method == b"REGISTER":
            endpoint.send(endpoint.registrar.handle(request, flow, endpoint.clock.utc()), flow)
        elif method == b"ACK":
            self._ack(request)
        elif method == b"CANCEL":
            self._cancel(request, flow)
        else:
            self._transact(request, flow)

    def _transact(self, request: Request, flow: Flow) -> None:
        endpoint = self._endpoint
        machine = endpoint.table.find_server(request)
        if machine is not None:
            now = endpoint.clock.monotonic()
            endpoint.run(machine, machine.handle(RequestReceived(request), now), now)
        elif request.to_tag:
            self._in_dialog(request, flow)
        elif request.method == b"OPTIONS":
            # RFC 3261 §11.2; answered without state (§8.2.7), whoever asks.
            self._refuse(request, flow, 200, extra=CAPABILITIES)
        elif endpoint.table.is_merged(request):
            self._refuse(request, flow, 482)
        elif request.method == b"INVITE":
            self._invite(request, flow)
        else:
            status = 405 if request.method in _KNOWN_OUTSIDE else 501
            self._refuse(request, flow, status, extra=(METHODS,))

    def _ack(self, request: Request) -> None:
        endpoint = self._endpoint
        now = endpoint.clock.monotonic()
        machine = endpoint.table.find_server(request)
        if isinstance(machine, InviteServer):
            endpoint.run(machine, machine.handle(AckReceived(request), now), now)
            return
        leg = endpoint.dialogs.get((request.call_id, request.to_tag))
        if leg is not None and _from_same_peer(leg, request):
            endpoint.tell(leg.call, AckArrived(leg, request), now)

    def _cancel(self, request: Request, flow: Flow) -> None:
        """RFC 3261 §9.2: answered 200 when there is an INVITE to cancel, whatever its state."""
        endpoint = self._endpoint
        machine = endpoint.table.find_invite_to_cancel(request)
        if machine is None or machine.flow.host != flow.host:
            self._refuse(request, flow, 481)
            return
        call = machine.owner
        tag = call.caller.tag if isinstance(call, Call) else b""
        reply = build.response(request, 200, to_tag=tag, source=(flow.host, flow.port))
        endpoint.send(reply, flow)
        if isinstance(call, Call) and not machine.has_final:
            endpoint.tell(call, CallerCancelled(machine), endpoint.clock.monotonic())

    def _in_dialog(self, request: Request, flow: Flow) -> None:
        endpoint = self._endpoint
        leg = endpoint.dialogs.get((request.call_id, request.to_tag))
        if leg is None or not _from_same_peer(leg, request) or not self._trusted(leg, flow):
            self._refuse(request, flow, 481)
            return
        now = endpoint.clock.monotonic()
        try:
            machine = endpoint.table.open_server(request, flow, now)
        except LimitReached:
            self._refuse(request, flow, 503, extra=(RETRY_AFTER,))
            return
        machine.owner = leg.call
        endpoint.tell(leg.call, RequestArrived(leg, machine, request, flow), now)
        endpoint.run(machine, (), now)

    def _trusted(self, leg: Leg, flow: Flow) -> bool:
        """In-dialog requests come from the dialog's host, or from where the party registered."""
        if flow.host == leg.flow.host:
            return True
        routes = self._endpoint.locator.routes(Target(leg.party))
        return any(route.flow.host == flow.host for route in routes)

    # -- new calls --------------------------------------------------------------------------

    def _invite(self, request: Request, flow: Flow) -> None:
        endpoint = self._endpoint
        if request.max_forwards == 0:
            self._refuse(request, flow, 483)
            return
        unsupported = header_policy.unsupported_extensions(request)
        if unsupported:
            self._refuse(request, flow, 420, extra=(b"Unsupported: " + unsupported,))
            return
        uri = request.request_uri
        if uri.scheme != "tel" and not endpoint.names.covers(uri.host):
            self._refuse(request, flow, 404)
            return
        visit = request.first(VISIT_HEADER)
        if visit is not None and visit.decode("latin-1") in endpoint.calls:
            self._refuse(request, flow, 482)  # our own B-leg came back to us
            return
        user = self._authenticate(request, flow)
        if user is None:
            return
        if endpoint.draining:
            self._refuse(request, flow, 503, extra=(RETRY_AFTER,))
            return
        now = endpoint.clock.monotonic()
        try:
            machine = endpoint.table.open_server(request, flow, now)
        except LimitReached:
            self._refuse(request, flow, 503, extra=(RETRY_AFTER,))
            return
        if isinstance(machine, InviteServer):
            self._plan(request, machine, user, uri.decoded_user or uri.host, now)

    def _authenticate(self, request: Request, flow: Flow) -> str | None:
        """The account that proved itself, or None when the request was answered."""
        endpoint = self._endpoint
        outcome = endpoint.authenticator.authenticate(request, endpoint.clock.utc())
        if isinstance(outcome, Authenticated):
            user = outcome.credential.user
            if request.from_.uri.decoded_user == user:
                return user
            self._refuse(request, flow, 403)  # nobody may call in another's name
        elif isinstance(outcome, Challenged):
            self._refuse(request, flow, 401, extra=outcome.lines)
        else:
            self._refuse(request, flow, outcome.status)
        return None

    def _plan(
        self, request: Request, machine: InviteServer, user: str, dialled: str, now: float
    ) -> None:
        endpoint = self._endpoint
        utc = endpoint.clock.utc()
        plan = endpoint.planner.plan(CallRequest(user, dialled, utc))
        call_id = endpoint.entropy.token()
        if isinstance(plan, Refusal):
            sip_call_id = request.call_id.decode("utf-8", "replace")
            endpoint.counters["calls_refused"] += 1
            endpoint.journal.record(
                CallRefused(
                    call_id,
                    utc,
                    sip_call_id,
                    plan.caller,
                    plan.dialled,
                    plan.status,
                    plan.reason,
                    plan.is_visit,
                )
            )
            flow = machine.flow
            data = endpoint.replies.make(request, flow, plan.status)
            endpoint.run(machine, machine.handle(ResponseOffered(plan.status, data), now), now)
            return
        try:
            call = Call(call_id, plan, machine, endpoint.ports, now, utc)
        except BadMessage as error:
            data = endpoint.replies.make(request, machine.flow, 400, reason=_phrase(error))
            endpoint.run(machine, machine.handle(ResponseOffered(400, data), now), now)
            return
        machine.owner = call
        endpoint.begin(call, now)

    def _refuse(
        self,
        request: Request,
        flow: Flow,
        status: int,
        *,
        extra: tuple[bytes, ...] = (),
        reason: bytes = b"",
    ) -> None:
        endpoint = self._endpoint
        endpoint.counters[f"responses_{status}"] += 1
        reply = endpoint.replies.make(request, flow, status, extra=extra, reason=reason)
        endpoint.send(reply, flow)


def _from_same_peer(leg: Leg, request: Request) -> bool:
    """Whether the remote tag is the one of the leg's dialog (RFC 3261 §12.2.2)."""
    dialog = leg.dialog
    return dialog is None or dialog.remote_tag == request.from_tag


def _phrase(error: SipError) -> bytes:
    """A reason phrase that names the fault, on one line."""
    text = "".join(character for character in error.reason if character.isprintable())[:80]
    return ("Bad Request - " + text).encode() if error.status == 400 else b""
