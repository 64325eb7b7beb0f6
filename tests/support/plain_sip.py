"""A phone written from the text of RFC 3261 with the standard library alone.

It shares no code with the server, so that a misunderstanding of ours cannot hide on both sides,
and it does as it is told: everything in a message can be made wrong on purpose.
"""

import re
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.support.plain_message import DOMAIN, SDP, Received, authorization, read, uri_of
from tests.support.sockets import TIMEOUT


class PhoneError(AssertionError):
    """The other side did not do what the test builds upon."""


@dataclass
class PlainCall:
    """What one side knows of a dialog."""

    call_id: str
    local: str
    """Our From or To value, with its tag."""
    remote: str
    target: str
    """URI of the other side's Contact."""
    number: int
    """CSeq number of our last request."""
    invite: Received | None = None
    """The request that is to be answered, on the called side."""


@dataclass
class PlainPhone:
    """One account on a UDP socket of its own."""

    server: tuple[str, int]
    user: str
    password: str
    host: str = "127.0.0.1"
    _kept: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.host, 0))
        self.port = int(self.socket.getsockname()[1])
        self.aor = f"sip:{self.user}@{DOMAIN}"
        self.contact = f"<sip:{self.user}@{self.host}:{self.port}>"
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    # -- octets -------------------------------------------------------------------------------

    def send(self, data: bytes | str) -> None:
        """One datagram to the server."""
        self.socket.sendto(data.encode() if isinstance(data, str) else data, self.server)

    def request(
        self,
        method: str,
        uri: str,
        *,
        source: str = "",
        target: str = "",
        call_id: str = "",
        number: int = 1,
        lines: Sequence[str] = (),
        body: str = "",
        branch: str = "",
    ) -> bytes:
        """A whole request; `source` is From with its tag, `target` is To."""
        branch = branch or f"z9hG4bK{secrets.token_hex(8)}"
        head = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};rport;branch={branch}",
            "Max-Forwards: 70",
            f"From: {source or f'<{self.aor}>;tag={secrets.token_hex(4)}'}",
            f"To: {target or f'<{uri}>'}",
            f"Call-ID: {call_id or secrets.token_hex(8)}",
            f"CSeq: {number} {method}",
            *lines,
            f"Content-Length: {len(body.encode())}",
        ]
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode()

    def receive(self, what: str, within: float = TIMEOUT) -> Received:
        """The next message of that kind: a method, or `200 INVITE`; others are kept for later.

        PhoneError when none comes within so many seconds after the last one of another kind.
        """
        for kept in self._kept:
            if _is(kept, what):
                self._kept.remove(kept)
                return kept
        self.socket.settimeout(within)
        while True:
            try:
                message = read(self.socket.recv(65535))
            except TimeoutError:
                raise PhoneError(f"{what} did not come; came: {self._kept}") from None
            if _is(message, what):
                return message
            self._kept.append(message)

    def receive_any(self) -> Received:
        """The next message of any kind."""
        if self._kept:
            return self._kept.pop(0)
        self.socket.settimeout(TIMEOUT)
        try:
            return read(self.socket.recv(65535))
        except TimeoutError:
            raise PhoneError("nothing came") from None

    def answer_to(self, data: bytes) -> Received:
        """Send a request and return its final response."""
        self.send(data)
        call_id = read(data).get("Call-ID")
        number = read(data).get("CSeq")
        self.socket.settimeout(TIMEOUT)
        while True:
            try:
                message = read(self.socket.recv(65535))
            except TimeoutError:
                raise PhoneError(f"no answer to {data!r}") from None
            is_answer = message.get("Call-ID") == call_id and message.get("CSeq") == number
            if is_answer and message.status >= 200:
                return message
            self._kept.append(message)

    def requests(self) -> list[str]:
        """Methods of the requests that came and were not received yet.

        The server works through what it gets in order, so when it answers a question asked now,
        everything that it sent on because of earlier messages has arrived.
        """
        self.answer_to(self.request("OPTIONS", f"sip:{DOMAIN}"))
        return [message.method for message in self._kept if message.status == 0]

    # -- what phones do -----------------------------------------------------------------------

    def register(self, *, expires: int = 600, contact: str = "", aor: str = "") -> Received:
        """REGISTER with credentials; the final response."""
        return self.authenticated(
            "REGISTER",
            f"sip:{DOMAIN}",
            source=f"<{aor or self.aor}>;tag={secrets.token_hex(4)}",
            target=f"<{aor or self.aor}>",
            lines=(f"Contact: {contact or self.contact}", f"Expires: {expires}"),
        )

    def authenticated(
        self,
        method: str,
        uri: str,
        *,
        source: str = "",
        target: str = "",
        lines: Sequence[str] = (),
        body: str = "",
    ) -> Received:
        """A request outside a dialog, challenged and repeated; the final response."""
        return self.answer_to(
            self.challenged(method, uri, source=source, target=target, lines=lines, body=body)
        )

    def challenged(
        self,
        method: str,
        uri: str,
        *,
        source: str = "",
        target: str = "",
        lines: Sequence[str] = (),
        body: str = "",
    ) -> bytes:
        """The request that answers the challenge to the first one; PhoneError when none came."""
        source = source or f"<{self.aor}>;tag={secrets.token_hex(4)}"
        call_id = secrets.token_hex(8)
        self._number += 1
        number = self._number
        first = self.request(
            method,
            uri,
            source=source,
            target=target,
            call_id=call_id,
            number=number,
            lines=lines,
            body=body,
        )
        answer = self.answer_to(first)
        if answer.status != 401:
            raise PhoneError(f"{method} got no challenge but {answer.start}")
        if method == "INVITE":
            self.send(self._ack_failure(first, answer))
        self._number += 1
        credentials = authorization(
            answer.get("WWW-Authenticate"), method, uri, self.user, self.password
        )
        return self.request(
            method,
            uri,
            source=source,
            target=target,
            call_id=call_id,
            number=number + 1,
            lines=(*lines, f"Authorization: {credentials}"),
            body=body,
        )

    def call(self, number: str, *, source: str = "", lines: Sequence[str] = ()) -> bytes:
        """Dial; returns the INVITE that was accepted for processing, still unanswered."""
        uri = f"sip:{number}@{DOMAIN}"
        invite = self.challenged(
            "INVITE",
            uri,
            source=source,
            lines=(f"Contact: {self.contact}", "Content-Type: application/sdp", *lines),
            body=SDP,
        )
        self.send(invite)
        return invite

    def refused(self, number: str, *, source: str = "") -> Received:
        """Dial somebody who must not be reached; the failure, acknowledged."""
        return self.failed(self.call(number, source=source))

    def failed(self, invite: bytes) -> Received:
        """Wait for the failure of an INVITE and acknowledge it."""
        cseq = read(invite).get("CSeq")
        while True:
            answer = self.receive("INVITE response")
            if answer.get("CSeq") == cseq and answer.status >= 200:
                break
        self.send(self._ack_failure(invite, answer))
        return answer

    def accepted(self, invite: bytes) -> PlainCall:
        """Wait for the 2xx to our INVITE and acknowledge it."""
        answer = self.receive("200 INVITE")
        call = PlainCall(
            answer.get("Call-ID"),
            answer.get("From"),
            answer.get("To"),
            uri_of(answer.get("Contact")),
            int(answer.get("CSeq").split()[0]),
            read(invite),
        )
        self.send(
            self.request(
                "ACK",
                call.target,
                source=call.local,
                target=call.remote,
                call_id=call.call_id,
                number=call.number,
            )
        )
        return call

    def give_up(self, invite: bytes) -> Received:
        """Withdraw an INVITE that has no final answer yet; its 487, acknowledged."""
        sent = read(invite)
        branch = re.search(r";branch=([^;]+)", sent.get("Via"))
        self.send(
            self.request(
                "CANCEL",
                sent.start.split(" ")[1],
                source=sent.get("From"),
                target=sent.get("To"),
                call_id=sent.get("Call-ID"),
                number=int(sent.get("CSeq").split()[0]),
                branch=branch.group(1) if branch else "",
            )
        )
        self.receive("200 CANCEL")
        return self.failed(invite)

    def cancelled(self, call: PlainCall) -> Received:
        """Wait for the CANCEL of a call that rings, and let it go; the CANCEL."""
        cancel = self.receive("CANCEL")
        self.reply(cancel, "200 OK")
        if call.invite is None:
            raise PhoneError("nobody called")
        self.reply(call.invite, "487 Request Terminated", target=call.local)
        self.receive("ACK")
        return cancel

    def rung(self) -> PlainCall:
        """Wait for an INVITE and ring."""
        invite = self.receive("INVITE")
        local = f"{invite.get('To')};tag={secrets.token_hex(4)}"
        call = PlainCall(
            invite.get("Call-ID"),
            local,
            invite.get("From"),
            uri_of(invite.get("Contact")),
            0,
            invite,
        )
        self.reply(invite, "180 Ringing", target=local)
        return call

    def answer(self, call: PlainCall) -> None:
        """Pick up, and wait for the ACK."""
        if call.invite is None:
            raise PhoneError("nobody called")
        self.reply(call.invite, "200 OK", target=call.local, body=SDP)
        self.receive("ACK")

    def reply(self, request: Received, status: str, *, target: str = "", body: str = "") -> None:
        """Answer a request."""
        head = [f"SIP/2.0 {status}"]
        head += [f"Via: {via}" for via in request.every("Via")]
        head += [
            f"From: {request.get('From')}",
            f"To: {target or request.get('To')}",
            f"Call-ID: {request.get('Call-ID')}",
            f"CSeq: {request.get('CSeq')}",
            f"Contact: {self.contact}",
        ]
        if body:
            head.append("Content-Type: application/sdp")
        head.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(head) + "\r\n\r\n" + body)

    def inside(
        self, call: PlainCall, method: str, *, lines: Sequence[str] = (), body: str = ""
    ) -> bytes:
        """A request of the dialog, with the next number."""
        call.number += 1
        return self.request(
            method,
            call.target,
            source=call.local,
            target=call.remote,
            call_id=call.call_id,
            number=call.number,
            lines=lines,
            body=body,
        )

    def digits(self, call: PlainCall, text: str) -> bytes:
        """An INFO that presses a key, or several."""
        body = f"Signal={text}\r\nDuration=160\r\n"
        return self.inside(call, "INFO", lines=("Content-Type: application/dtmf-relay",), body=body)

    def _ack_failure(self, invite: bytes, answer: Received) -> bytes:
        sent = read(invite)
        branch = re.search(r";branch=([^;]+)", sent.get("Via"))
        return self.request(
            "ACK",
            sent.start.split(" ")[1],
            source=sent.get("From"),
            target=answer.get("To"),
            call_id=sent.get("Call-ID"),
            number=int(sent.get("CSeq").split()[0]),
            branch=branch.group(1) if branch else "",
        )


def _is(message: Received, what: str) -> bool:
    if what == "INVITE response":
        return message.status > 0 and message.method == "INVITE"
    status, _, method = what.rpartition(" ")
    if status:
        return (str(message.status), message.method) == (status, method)
    return message.status == 0 and message.method == method
