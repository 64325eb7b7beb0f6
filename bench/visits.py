"""Visits: three stages and seven legs each, by phones that are busy, silent, or answer at last.

    python -m bench.visits TARGET DATABASE ACCOUNTS PORT VISITS RATE silent|busy

plays the doors, the phones and the telephone provider (on PORT) of a generated estate whose
apartments all have the call type `indoor_then_app_then_phone`; three monitors and three apps each.
The landline answers, and the door hangs up. Prints a JSON object: visits that ended as they should,
and for silent phones how late each change of stage was, in milliseconds.
"""

import json
import re
import select
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.load import DOMAIN, LoadError
from bench.messages import line_of, reply
from bench.phone import proof

CONTACTS = 3
"""Of each monitor and of each app."""
STAGE_SECONDS = 10.0
"""A stage of silent phones; long enough for all visits to ring at once."""
PATIENCE = 90.0
_AT_ONCE = 50
"""Registrations that wait for their answers."""
_VISIT = re.compile(rb"X-Doorline-Visit: (\w+)")
_USER = re.compile(rb"INVITE sip:([^-@]+)")
_PASSWORD = re.compile(r"username=(\S+) password=(\S+)\]")
_SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0\r\n"
)


class Estate(NamedTuple):
    """Who lives there."""

    doors: list[tuple[str, list[str]]]
    """Each door's user with the apartment numbers of its building."""
    stages: dict[str, int]
    """Stage in which each account rings, from 0."""
    passwords: dict[str, str]


def prepare(database: Path) -> None:
    """Give a generated estate the call type and the ring time of this bench."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE apartments SET call_type = 'indoor_then_app_then_phone'")
        connection.execute("UPDATE sites SET stage_timeout = ?", (STAGE_SECONDS,))


def read_estate(database: Path, accounts: Path) -> Estate:
    """What the database and the file of passwords know."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT user, kind, building_id FROM accounts").fetchall()
        flats = connection.execute("SELECT building_id, number FROM apartments").fetchall()
    homes: dict[int, list[str]] = {}
    for building, number in flats:
        homes.setdefault(building, []).append(number)
    return Estate(
        [(user, homes[building]) for user, kind, building in rows if kind == "door"],
        {user: int(kind == "app") for user, kind, _ in rows if kind != "door"},
        dict(_PASSWORD.findall(accounts.read_text())),
    )


class Street:
    """All doors and phones, and the telephone provider."""

    def __init__(self, target: str, estate: Estate, port: int, *, are_busy: bool) -> None:
        host, at = target.rsplit(":", 1)
        self._target = (host, int(at))
        self._estate = estate
        self._are_busy = are_busy
        self._doors, self._phones, self._provider = _socket(0), _socket(0), _socket(port)
        self._reader = select.epoll()
        for each in (self._doors, self._phones, self._provider):
            self._reader.register(each, select.EPOLLIN)
        self._invited: dict[bytes, bytes] = {}
        """INVITEs that a phone has not answered yet, by branch."""
        self._began: dict[tuple[bytes, int], float] = {}
        """When a visit's stage was first heard of."""
        self._asked: dict[bytes, bytes] = {}
        """Requests that may be challenged, by Call-ID."""
        self.late: list[float] = []
        self.ended = 0
        self._registered = 0

    def register(self) -> None:
        """Every monitor and every app, with all its contacts."""
        port = self._phones.getsockname()[1]
        users = list(self._estate.stages)
        for sent, user in enumerate(users, 1):
            uris = (f"<sip:{user}-{n}@127.0.0.1:{port}>" for n in range(CONTACTS))
            lines = f"Contact: {', '.join(uris)}\r\nExpires: 7200\r\n"
            self._ask(self._phones, "REGISTER", user, f"sip:{user}@{DOMAIN}", lines, "")
            while self._registered < sent - _AT_ONCE or (
                sent == len(users) and self._registered < sent
            ):
                if not self._read(5.0):
                    raise TimeoutError(f"{self._registered} of {len(users)} phones registered")

    def ring(self, visits: int, rate: float) -> None:
        """So many visits, `rate` of them begin each second; returns when all have ended."""
        doors, port = self._estate.doors, self._doors.getsockname()[1]
        began = time.monotonic()
        begun = 0
        while self.ended < visits:
            now = time.monotonic()
            if now > began + PATIENCE:
                return
            while begun < visits and now >= began + begun / rate:
                user, flats = doors[begun % len(doors)]
                flat = flats[begun // len(doors) % len(flats)]
                lines = (
                    f"Contact: <sip:{user}@127.0.0.1:{port}>\r\nContent-Type: application/sdp\r\n"
                )
                self._ask(self._doors, "INVITE", user, f"sip:{flat}@{DOMAIN}", lines, str(begun))
                begun += 1
            self._read(0.001 if begun < visits else 0.1)

    def _ask(
        self, over: socket.socket, method: str, user: str, to: str, lines: str, n: str
    ) -> None:
        body = _SDP if method == "INVITE" else b""
        call_id = f"{user}-{method}-{n}-{time.monotonic_ns()}"
        uri = to if method == "INVITE" else f"sip:{DOMAIN}"
        request = (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{over.getsockname()[1]};rport;"
            f"branch=z9hG4bK{call_id}\r\nMax-Forwards: 70\r\nFrom: <sip:{user}@{DOMAIN}>;tag=1\r\n"
            f"To: <{to}>\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n{lines}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        self._asked[call_id.encode()] = request
        over.sendto(request, self._target)

    def _read(self, seconds: float) -> bool:
        """Take what has come; whether anything did."""
        ready = self._reader.poll(seconds)
        for descriptor, _ in ready:
            over = next(s for s in (self._doors, self._phones, self._provider)
                        if s.fileno() == descriptor)  # fmt: skip
            while True:
                try:
                    data = over.recv(65535)
                except BlockingIOError:
                    break
                if data.startswith(b"SIP/2.0"):
                    self._answered(over, data)
                else:
                    self._requested(over, data)
        return bool(ready)

    def _answered(self, over: socket.socket, data: bytes) -> None:
        status, method = data[8:11], line_of(data, b"CSeq").split()[1]
        call_id = line_of(data, b"Call-ID")
        if status < b"200" or method == b"CANCEL":
            return
        if method == b"BYE":
            self.ended += 1
            return
        request = self._asked.get(call_id)
        if request is None:
            return
        if method == b"INVITE":
            self._acknowledge(over, request, data)
        if status == b"401" and b"Authorization: " not in request:
            user = line_of(request, b"From")[5:].partition(b"@")[0].decode()
            uri = request.split(b" ", 2)[1].decode()
            line = proof(method.decode(), uri, user, self._estate.passwords[user], data).encode()
            again = request.replace(b"CSeq: 1 ", b"CSeq: 2 ", 1)
            again = again.replace(b";branch=z9hG4bK", b";branch=z9hG4bKb", 1)
            again = again.replace(b"Content-Length:", line + b"Content-Length:", 1)
            self._asked[call_id] = again
            over.sendto(again, self._target)
            return
        del self._asked[call_id]
        if method == b"REGISTER":
            self._registered += status == b"200"
        elif status == b"200":
            self._send(over, b"BYE", request, data, _contact(data), 3)

    def _acknowledge(self, over: socket.socket, request: bytes, answer: bytes) -> None:
        cseq = int(line_of(request, b"CSeq").split()[0])
        is_good = answer[8:9] == b"2"
        uri = _contact(answer) if is_good else request.split(b" ", 2)[1]
        self._send(over, b"ACK", request, answer, uri, cseq, is_new=is_good)

    def _send(
        self,
        over: socket.socket,
        method: bytes,
        request: bytes,
        answer: bytes,
        uri: bytes,
        cseq: int,
        *,
        is_new: bool = True,
    ) -> None:
        via = line_of(request, b"Via") + (b"-" + method if is_new else b"")
        over.sendto(
            b"%b %b SIP/2.0\r\nVia: %b\r\nMax-Forwards: 70\r\nFrom: %b\r\nTo: %b\r\n"
            b"Call-ID: %b\r\nCSeq: %d %b\r\nContent-Length: 0\r\n\r\n"
            % (
                *(method, uri, via, line_of(request, b"From"), line_of(answer, b"To")),
                *(line_of(request, b"Call-ID"), cseq, method),
            ),
            self._target,
        )

    def _requested(self, over: socket.socket, data: bytes) -> None:
        method = data.partition(b" ")[0]
        if method == b"INVITE":
            self._invite(over, data)
        elif method == b"CANCEL":
            over.sendto(reply(data, b"200 OK"), self._target)
            invite = self._invited.pop(_branch(data), None)
            if invite is not None:
                over.sendto(reply(invite, b"487 Request Terminated"), self._target)
        elif method != b"ACK":
            over.sendto(reply(data, b"200 OK"), self._target)

    def _invite(self, over: socket.socket, data: bytes) -> None:
        user, visit = _USER.search(data), _VISIT.search(data)
        if user is None or visit is None:
            return
        stage = 2 if over is self._provider else self._estate.stages[user[1].decode()]
        now = time.monotonic()
        if (visit[1], stage) not in self._began:
            self._began[visit[1], stage] = now
            if stage:
                self.late.append(now - self._began[visit[1], stage - 1] - STAGE_SECONDS)
        if stage == 2:
            contact = b"Contact: <sip:%b@127.0.0.1:%d>\r\n" % (user[1], over.getsockname()[1])
            over.sendto(reply(data, b"200 OK", contact, _SDP), self._target)
        elif self._are_busy:
            over.sendto(reply(data, b"486 Busy Here"), self._target)
        else:
            self._invited[_branch(data)] = data
            over.sendto(reply(data, b"180 Ringing"), self._target)


def _socket(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    made.bind(("127.0.0.1", port))
    made.setblocking(False)
    return made


def _branch(message: bytes) -> bytes:
    return line_of(message, b"Via").partition(b"branch=")[2].partition(b";")[0]


def _contact(answer: bytes) -> bytes:
    return line_of(answer, b"Contact").partition(b"<")[2].partition(b">")[0]


@contextmanager
def played(core: int, words: Iterable[object]) -> Iterator[Callable[[], dict[str, Any]]]:
    """A street on a core of its own whose phones have registered; call it to have it ring."""
    command = ["taskset", "-c", str(core), sys.executable, "-m", __name__, *map(str, words)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if process.stdout.readline().strip() != "registered":
            raise LoadError("the phones could not register")
        yield lambda: json.loads(process.communicate("ring\n")[0])
    finally:
        process.kill()
        process.wait()


def main(words: list[str]) -> int:
    """Play, and print what came of it."""
    target, database, accounts, port, visits, rate, phones = words
    estate = read_estate(Path(database), Path(accounts))
    street = Street(target, estate, int(port), are_busy=phones == "busy")
    street.register()
    print("registered", flush=True)
    sys.stdin.readline()
    street.ring(int(visits), float(rate))
    late = sorted(street.late)
    print(json.dumps({"ended": street.ended, "late_ms": [round(each * 1e3, 2) for each in late]}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
