"""A running server under mutated messages, over UDP and TCP, strangers and callers alike.

Every few datagrams the server is asked OPTIONS: what it answers late, or not, is a failure, and so
is a traceback, an internal error, a table that stays full or memory that grows. Calls are played
in between, so that what is mutated belongs to dialogs and transactions that exist.
"""

import random
import re
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.conformance.own_messages import OWN
from tests.fuzz.mutation import mutate
from tests.support.plain_message import DOMAIN, SDP, authorization
from tests.support.plain_sip import PlainPhone
from tests.support.program import Program
from tests.support.trusted import trusting_loopback

BATCH: Final = 40
"""Datagrams between two questions: they fit into the server's receive buffer."""
LIMIT: Final = 1.0
"""Seconds until an OPTIONS must be answered."""
GROWTH_MB: Final = 96
"""Resident memory that may be added in the last third of a run."""
CEILING_MB: Final = 512
"""Resident memory a server with the demo community must never need."""
CALM: Final = 240.0
"""Seconds until the tables must be empty: 64*T1 for BYE after the longest ringing of the demo."""
_LINGER: Final = 0.05
_NEVER: Final = "the server does not answer OPTIONS"


class StormError(AssertionError):
    """The server did what it must never do."""


@dataclass
class Report:
    """What a run showed."""

    inputs: int = 0
    seconds: float = 0.0
    calls: int = 0
    slowest: float = 0.0
    """Seconds the slowest OPTIONS took."""
    first_mb: float = 0.0
    """Resident memory after two thirds of the run."""
    last_mb: float = 0.0
    remains: dict[str, float] = field(default_factory=dict)
    """Tables that were not empty in the end."""
    last: list[bytes] = field(default_factory=list)
    """The newest batch, for whoever has to find out."""

    def __str__(self) -> str:
        return (
            f"{self.inputs} inputs in {self.seconds:.0f} s, {self.calls} calls, slowest OPTIONS "
            f"{self.slowest * 1000:.0f} ms, memory {self.first_mb:.0f} to {self.last_mb:.0f} MB, "
            f"left in tables: {self.remains or 'nothing'}"
        )


class Storm:
    """The sockets, the phones and the messages of one run."""

    def __init__(self, server: Program, stack: ExitStack, seed: int) -> None:
        self.server = server
        self.report = Report()
        self._chance = random.Random(seed)  # noqa: S311 - the same storm each time
        self._stack = stack
        # Who calls and is called proves what is sound; who is spoilt has an account of its own.
        self._door = stack.enter_context(_phone(server, "Main entrance"))
        self._monitor = stack.enter_context(_phone(server, "Monitor 1001"))
        self._member = stack.enter_context(_phone(server, "Ben Baker"))
        self._probe = stack.enter_context(PlainPhone(server.udp, "probe", ""))
        self._stranger = stack.enter_context(PlainPhone(server.udp, "stranger", ""))
        self._live: list[bytes] = []
        self._nonce = ("", 0)
        self._bye = b""

    def run(self, inputs: int, seconds: float) -> Report:
        """Send so many inputs, or as many as the time allows; StormError when it goes wrong."""
        report, begun = self.report, time.monotonic()
        while report.inputs < inputs and time.monotonic() - begun < seconds:
            if report.inputs // 4000 >= report.calls:
                self._play_call()
            self._batch()
            self._ask()
            if not report.first_mb and report.inputs * 3 >= inputs * 2:
                report.first_mb = _resident(self.server.pid)
        report.last_mb = _resident(self.server.pid)
        report.first_mb = report.first_mb or report.last_mb
        report.seconds = time.monotonic() - begun
        return report

    def settle(self, patience: float = CALM) -> Report:
        """Hang up, wait until the tables are empty, and judge what the run left behind.

        Without patience the tables are not looked at: a transaction over UDP lives for 32 s.
        """
        deadline = time.monotonic() + patience
        self._go_home()
        while patience and self._left() and time.monotonic() < deadline:
            time.sleep(1.0)
            self._ask()
        self.report.remains = self._left() if patience else {}
        self._judge()
        return self.report

    # -- what is sent -------------------------------------------------------------------------

    def _batch(self) -> None:
        chance = self._chance
        messages = [mutate(chance, chance.choice(self._pool())) for _ in range(BATCH)]
        self.report.last = messages
        if chance.random() < 0.1:
            self._stream(messages)
        else:
            for data in messages:
                phone = chance.choice((self._monitor, self._door, self._member, self._stranger))
                if data:
                    phone.send(data)
        self.report.inputs += len(messages)
        for phone in (self._monitor, self._door, self._member, self._stranger):
            _drain(phone.socket)

    def _pool(self) -> list[bytes]:
        """Messages to be spoilt: of this call, of an account, of anybody."""
        chance = self._chance.random()
        if chance < 0.4 and self._live:
            return self._live
        if chance < 0.6:
            return [self._signed()]
        return _SOUND

    def _signed(self) -> bytes:
        """A request of an account, with credentials that are right until it is spoilt."""
        phone, chance = self._member, self._chance
        nonce, count = self._nonce
        if not nonce or count > 200:
            answer = phone.answer_to(phone.request("REGISTER", f"sip:{DOMAIN}"))
            nonce, count = answer.get("WWW-Authenticate"), 0
        self._nonce = nonce, count + 1
        method, uri = chance.choice((("REGISTER", f"sip:{DOMAIN}"), ("INVITE", f"sip:99@{DOMAIN}")))
        credentials = authorization(nonce, method, uri, phone.user, phone.password, count=count + 1)
        return phone.request(
            method,
            uri,
            source=f"<{phone.aor}>;tag=1",
            target=f"<{phone.aor}>" if method == "REGISTER" else "",
            lines=(
                f"Contact: {phone.contact};q=0.5;expires=60",
                "Supported: path, outbound",
                "Content-Type: application/sdp",
                f"Authorization: {credentials}",
            ),
            body=SDP,
        )

    def _stream(self, messages: list[bytes]) -> None:
        """The same over a connection of its own, which the server may close at any time."""
        try:
            with socket.create_connection(self.server.tcp, timeout=LIMIT) as stream:
                stream.sendall(b"".join(messages).replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP"))
                stream.settimeout(_LINGER)
                while stream.recv(65535):
                    pass
        except OSError:
            pass

    def _play_call(self) -> None:
        """A call that is answered; its messages are what is spoilt next."""
        self._go_home()
        door = self._door = self._again(self._door)
        monitor = self._monitor = self._again(self._monitor)
        for answer in (monitor.register(expires=0, contact="*"), monitor.register()):
            if answer.status != 200:
                raise StormError(f"a phone could not register: {answer.start}")
        invite = door.call("1001")
        rung = monitor.rung()
        monitor.answer(rung)
        talk = door.accepted(invite)
        assert rung.invite is not None
        self._live = [
            invite,
            rung.invite.raw,
            *(door.inside(talk, name, body=SDP) for name in ("INFO", "INVITE", "ACK", "UPDATE")),
            *(monitor.inside(rung, name) for name in ("OPTIONS", "MESSAGE", "BYE", "PRACK")),
            monitor.inside(rung, "INVITE", lines=("Content-Type: application/sdp",), body=SDP),
            invite.replace(b"INVITE", b"CANCEL"),
            *_answers(rung.invite.raw, rung.local),
        ]
        self._bye = monitor.inside(rung, "BYE")
        self.report.calls += 1

    def _again(self, phone: PlainPhone) -> PlainPhone:
        """The same account on a socket that nothing has come to yet."""
        phone.socket.close()
        fresh = PlainPhone(phone.server, phone.user, phone.password)
        return self._stack.enter_context(fresh)

    def _go_home(self) -> None:
        if self._bye:
            self._monitor.send(self._bye)
            self._bye = b""

    # -- what is looked at --------------------------------------------------------------------

    def _ask(self) -> None:
        asked = time.monotonic()
        probe = self._probe
        try:
            status = probe.answer_to(probe.request("OPTIONS", f"sip:{DOMAIN}")).status
        except AssertionError:
            raise StormError(f"{_NEVER}; sent last: {self._keep_last()}") from None
        took = time.monotonic() - asked
        self.report.slowest = max(self.report.slowest, took)
        if took > LIMIT or status != 200:
            raise StormError(f"OPTIONS: {status} after {took:.1f} s: {self._keep_last()}")

    def _keep_last(self) -> str:
        """Write the newest batch where it can be looked at; the name of the file."""
        with tempfile.NamedTemporaryFile("wb", prefix="fuzz-", delete=False) as kept:
            kept.write(b"\n----\n".join(self.report.last))
        return kept.name

    def _left(self) -> dict[str, float]:
        names = ("doorline_sip_active_calls", "doorline_sip_transactions")
        figures = {name: self.server.metric(name) for name in names}
        return {name: count for name, count in figures.items() if count}

    def _judge(self) -> None:
        report, log = self.report, self.server.log
        if "Traceback" in log:
            raise StormError(log[max(log.index("Traceback") - 2000, 0) :][:8000])
        if self.server.metric("doorline_sip_internal_errors_total"):
            raise StormError(f"internal errors: {log[-4000:]}")
        if report.last_mb - report.first_mb > GROWTH_MB or report.last_mb > CEILING_MB:
            raise StormError(f"memory grew: {report}")
        if report.remains:
            raise StormError(f"tables are not empty: {report}")


def storm(folder: Path, inputs: int, seconds: float, seed: int, patience: float = CALM) -> Report:
    """Start a server, let it rain, and judge."""
    with ExitStack() as stack:
        stack.enter_context(trusting_loopback())
        server = stack.enter_context(Program(folder))
        weather = Storm(server, stack, seed)
        weather.run(inputs, seconds)
        return weather.settle(patience)


def _answers(invite: bytes, local: str) -> Iterator[bytes]:
    """Responses that the rung phone might send at any time."""
    lines = [
        line for line in invite.split(b"\r\n") if line[:4] in (b"Via:", b"From", b"Call", b"CSeq")
    ]
    for status in (b"180 Ringing", b"183 P", b"200 OK", b"302 M", b"401 U", b"486 B", b"600 B"):
        yield b"\r\n".join(
            (
                *(b"SIP/2.0 " + status, *lines, b"To: " + local.encode()),
                *(b"Contact: <sip:x@127.0.0.1:9>", b"Require: 100rel", b"RSeq: 1"),
                *(
                    b"Content-Type: application/sdp",
                    b"Content-Length: %d" % len(SDP),
                    b"",
                    SDP.encode(),
                ),
            )
        )


def _phone(server: Program, display: str) -> PlainPhone:
    """A phone of the demo community, with a password of its own."""
    accounts = server.get("/accounts?limit=100")["items"]
    number = next(item["id"] for item in accounts if item["display"] == display)
    secret = server.make(f"/accounts/{number}/reset-password", None)
    return PlainPhone(server.udp, secret["user"], secret["password"])


def _drain(taken: socket.socket) -> None:
    """Throw away what came."""
    taken.setblocking(False)
    try:
        while taken.recv(65535):
            pass
    except OSError:
        pass


def _resident(pid: int) -> float:
    """Megabytes of memory the process occupies."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


_SOUND: Final = [data.replace(b"site.example", DOMAIN.encode()) for data in OWN.values()]
