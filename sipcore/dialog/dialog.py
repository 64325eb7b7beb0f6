"""Dialog: the state two user agents share, and the requests sent inside it (RFC 3261 §12).

URIs and routes are kept as the octets that were received, so that they go out again unchanged.
"""

from collections.abc import Sequence
from typing import ClassVar, Final, final

from sipcore.dialog.routing import in_request_line, request_target, wants_sips
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.kernel.value import Value
from sipcore.message import build
from sipcore.message.address import Address
from sipcore.message.contact import Wildcard, plain_contact
from sipcore.message.grammar import wire
from sipcore.message.message import Message, Request, Response

NO_SEQUENCE: Final = -1
"""A sequence number that is still empty (§12.1.1); every CSeq of the peer is above it."""
DIALOG_GONE: Final = frozenset((408, 481))
"""Answers to a request of ours after which the dialog counts as terminated (§12.2.1.2)."""
_TARGET_REFRESH: Final = frozenset((b"INVITE", b"UPDATE", b"SUBSCRIBE", b"NOTIFY"))
"""Requests whose Contact replaces the remote target (§12.2, RFC 3311 §5.1, RFC 6665 §3)."""
_WITHOUT_CONTACT: Final = frozenset((b"BYE", b"CANCEL", b"INFO", b"MESSAGE", b"PRACK"))
"""Methods in which Contact is not applicable (RFC 3261 table 2, 3262, 3428 §4, 6086)."""


@final
class Opening(Value):
    """What a request of ours that may form dialogs puts into them."""

    __slots__: ClassVar = ("call_id", "local_tag", "local_uri", "remote_uri", "uri")

    def __init__(
        self, uri: bytes, call_id: bytes, local_tag: bytes, local_uri: bytes, remote_uri: bytes
    ) -> None:
        self.uri = uri
        """Request-URI."""
        self.call_id = call_id
        self.local_tag = local_tag
        self.local_uri = local_uri
        """From without its tag."""
        self.remote_uri = remote_uri
        """To, which has no tag yet."""


class Dialog:
    """One dialog, early or confirmed."""

    __slots__: ClassVar = (
        "call_id",
        "confirmed",
        "flow",
        "is_caller",
        "local_seq",
        "local_tag",
        "local_uri",
        "remote_seq",
        "remote_tag",
        "remote_target",
        "remote_uri",
        "route_set",
        "sips",
    )

    call_id: bytes
    local_tag: bytes
    remote_tag: bytes
    """Empty when the peer is an RFC 2543 agent without tags."""
    local_uri: bytes
    """Our From or To value, display name included, without its tag."""
    remote_uri: bytes
    """The peer's From or To value, display name included, without its tag."""
    local_seq: int
    """CSeq number of our last request; 0 before the first."""
    remote_seq: int
    """CSeq number of the peer's last request; NO_SEQUENCE before the first."""
    remote_target: bytes
    """URI for the Request-URI: the peer's Contact."""
    route_set: tuple[bytes, ...]
    """Route values in the order they are sent."""
    sips: bool
    """The request that made it was for a SIPS URI, whatever it came over."""
    confirmed: bool
    """A 2xx was exchanged."""
    is_caller: bool
    """Whether we sent the request that made the dialog."""
    flow: Flow
    """Where our requests go."""

    @classmethod
    def from_request(cls, request: Request, local_tag: bytes, flow: Flow) -> "Dialog":
        """The dialog that our tagged response to `request` forms (§12.1.1), still early.

        Raises BadMessage when Contact, From, To, Call-ID, CSeq or Record-Route cannot be used.
        """
        dialog = cls()
        dialog.call_id = request.call_id
        dialog.local_tag = local_tag
        dialog.remote_tag = request.from_tag
        dialog.local_uri = _without_tag(request, b"to", request.to_tag)
        dialog.remote_uri = _without_tag(request, b"from", dialog.remote_tag)
        dialog.local_seq = 0
        dialog.remote_seq = request.cseq.number
        target = _contact_uri(request)
        if not target:
            raise BadMessage("Contact is missing")
        dialog.remote_target = target
        dialog.route_set = _checked(tuple(request.values(b"record-route")))
        dialog.sips = _is_sips(request.uri)
        dialog.confirmed = False
        dialog.is_caller = False
        dialog.flow = flow
        return dialog

    @classmethod
    def from_response(cls, opening: Opening, cseq: int, response: Response, flow: Flow) -> "Dialog":
        """The dialog that a tagged response to our request forms (§12.1.2).

        `opening` and `cseq` are what we wrote into the request. A response without Contact, which
        only a 2xx must have, leaves the Request-URI as the remote target. Raises BadMessage when
        a header that is needed is malformed.
        """
        dialog = cls()
        dialog.call_id = opening.call_id
        dialog.local_tag = opening.local_tag
        dialog.remote_tag = response.to_tag
        dialog.local_uri = opening.local_uri
        dialog.remote_uri = opening.remote_uri
        dialog.local_seq = cseq
        dialog.remote_seq = NO_SEQUENCE
        dialog.remote_target = _contact_uri(response) or opening.uri
        dialog.route_set = _reversed_record_route(response)
        dialog.sips = _is_sips(opening.uri)
        dialog.confirmed = response.status >= 200
        dialog.is_caller = True
        dialog.flow = flow
        return dialog

    @property
    def key(self) -> tuple[bytes, bytes]:
        """Call-ID and local tag: what a table of dialogs is indexed by."""
        return (self.call_id, self.local_tag)

    @property
    def wants_sips(self) -> bool:
        """Whether our Contact has to be a SIPS URI: so did the request that made it (§12.1.1)."""
        return self.sips or wants_sips(self.remote_target, self.route_set)

    @property
    def next_hop(self) -> bytes:
        """URI of where requests go next: the first route, or the remote target (§8.1.2)."""
        if not self.route_set:
            return self.remote_target
        return wire(str(Address.parse(self.route_set[0], "Route").uri))

    def next_request(
        self,
        method: bytes,
        *,
        via: bytes,
        contact: bytes,
        extra: Sequence[bytes] = (),
        body: bytes = b"",
        content_type: bytes = b"",
        cseq: int | None = None,
    ) -> bytes:
        """A request inside the dialog (§12.2.1.1), complete.

        `via`, `contact` and `extra` are header lines without CRLF; `contact` is left out of
        methods that may not carry it. `cseq` is for ACK and CANCEL, which repeat the number of
        another request; without it the number rises by one.
        """
        if cseq is None:
            self.local_seq = cseq = self.local_seq + 1
        uri, routes = request_target(self.remote_target, self.route_set)
        lines = [via, b"Max-Forwards: 70"]
        lines += [b"Route: " + route for route in routes]
        lines.append(b"From: " + _with_tag(self.local_uri, self.local_tag))
        lines.append(b"To: " + _with_tag(self.remote_uri, self.remote_tag))
        lines.append(b"Call-ID: " + self.call_id)
        lines.append(b"CSeq: %d %b" % (cseq, method))
        if contact and method not in _WITHOUT_CONTACT:
            lines.append(contact)
        lines += extra
        return build.request(method, uri, lines, body, content_type)

    def accept_request(self, request: Request) -> int | None:
        """Take note of a request of the peer inside the dialog (§12.2.2).

        None: in order, and the remote sequence number is up to date; a new contact counts once
        the request is accepted (`refresh_target`). Otherwise the status to answer with, and
        nothing has changed: 500 when the number is lower than one seen before, 400 when a header
        cannot be read. The same number again is let through: phones that come back with
        credentials forget to raise it. ACK and CANCEL repeat the number of an INVITE and are
        always in order.
        """
        method = request.method
        if method in (b"ACK", b"CANCEL"):
            return None
        try:
            number = request.cseq.number
            if method in _TARGET_REFRESH:
                _contact_uri(request)
        except BadMessage as error:
            return error.status
        if number < self.remote_seq:
            return 500
        self.remote_seq = number
        return None

    def refresh_target(self, request: Request) -> bool:
        """We answer a request that was in order with a 2xx: if it is a target refresh, its
        contact is the remote target from now on (RFC 6141 §4.6); True when that is another one.

        One that is refused changes nothing.
        """
        if request.method not in _TARGET_REFRESH:
            return False
        target = _contact_uri(request)
        if not target or target == self.remote_target:
            return False
        self.remote_target = target
        return True

    def accept_response(self, response: Response) -> None:
        """Take note of a response to a request of ours (§12.2.1.2, §13.2.2.4).

        A 2xx to INVITE or UPDATE refreshes the remote target; the first 2xx to the INVITE that
        made the dialog confirms it and sets the route set anew. Nothing else, and nothing
        malformed, changes anything.
        """
        if not 200 <= response.status < 300:
            return
        try:
            method = response.cseq.method
            target = _contact_uri(response)
            route_set = _reversed_record_route(response)
        except BadMessage:
            return
        if method not in _TARGET_REFRESH:
            return
        if method == b"INVITE" and not self.confirmed:
            self.confirmed = True
            if self.is_caller:
                self.route_set = route_set
        if target:
            self.remote_target = target


def _contact_uri(message: Message) -> bytes:
    """URI of the first Contact, as it goes into a request line; empty when there is none."""
    if not message.is_repeated:
        value = message.index.get(b"contact")
        if value is None:
            return b""
        plain = plain_contact(value)
        if plain is not None:
            return plain
    contacts = message.contacts
    if isinstance(contacts, Wildcard):
        raise BadMessage("Contact: * outside REGISTER")
    return in_request_line(contacts[0].uri) if contacts else b""


def _reversed_record_route(response: Response) -> tuple[bytes, ...]:
    values = response.values(b"record-route")
    return _checked(tuple(reversed(values))) if values else ()


def _checked(route_set: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The route set, if requests can be sent along it; else BadMessage."""
    request_target(b"", route_set)
    return route_set


def _is_sips(uri: bytes) -> bool:
    return uri[4:5] == b":" and uri[:4].lower() == b"sips"


def _with_tag(uri: bytes, tag: bytes) -> bytes:
    return uri + b";tag=" + tag if tag else uri


def _without_tag(message: Message, name: bytes, tag: bytes) -> bytes:
    """A From or To value as received, without its tag parameter."""
    value = message.index.get(name) or b""
    if not tag:
        return value
    ending = b";tag=" + tag
    if value.endswith(ending):
        return value[: -len(ending)]
    address = Address.parse(value, name.decode())
    others = tuple(param for param in address.params if param[0].lower() != "tag")
    return wire(str(Address(address.display, address.uri, others)))
