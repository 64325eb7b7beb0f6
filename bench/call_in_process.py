"""Calls without sockets: CPU and Python function calls per call, memory of a held one.

    python -m bench.call_in_process             a challenged call, and a fork to five
    python -m bench.call_in_process --profile   where the time of a call goes (--fork: of a fork)
    python -m bench.call_in_process --hold 10000    octets of an established call

The whole engine is there but for its sockets and its event loop: authentication, locator, timer
wheel, watchers of dialogs, records written behind (unless `--no-storage`). Time is the bench's
own, one call every 5 ms, so that transactions live their 32 seconds and then end as they should.
"""

import argparse
import cProfile
import gc
import os
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, SimpleNamespace

from sqlalchemy import create_engine

from bench.in_process import DOMAIN, Mute, Phone
from bench.machine import memory_bytes
from bench.messages import line_of, reply
from doorline.system import system_entropy
from sipcore.b2bua.plan import CallRequest, Party, RingPlan, RingStage, Target
from sipcore.defence.policy import DefencePolicy
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.ports import EndpointPorts
from sipcore.endpoint.settings import BoundListener, EndpointSettings
from sipcore.endpoint.trunk import TrunkChallenges
from sipcore.kernel.flow import Flow
from sipcore.registrar.digest import DigestAuthenticator
from sipcore.registrar.hashes import md5_hex
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.nonce import Nonces
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.registrar import Registrar
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.tables import metadata
from sipcore.transport.failed_servers import FailedServers

PACE = 0.005
"""Seconds of the bench's time between two calls."""
UNHURRIED = 0.06
"""The same while calls are held: few of them have transactions then."""
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)
CALLER = Flow("UDP", 0, "127.0.0.1", 5062)
CALLEE = Flow("UDP", 0, "127.0.0.1", 5070)
CONTACT = b"Contact: <sip:127.0.0.1:5070>\r\n"


class Time:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def utc(self) -> float:
        """Seconds since the epoch."""
        return 1.8e9 + self.now


class OneStage:
    """Planner: whoever is dialled rings for half a minute."""

    def plan(self, request: CallRequest) -> RingPlan:
        """One stage with one account."""
        caller = Party("indoor", request.caller_user, request.caller_user, 1, 1)
        callee = Party("indoor", request.dialled, request.dialled, 1, 2)
        stage = RingStage("direct", (Target(callee),), 30.0)
        return RingPlan("direct", caller, request.dialled, (stage,), callee=request.dialled)

    def may_pick_up(self, user: str, party: Party, at: float) -> Party | None:
        """Nobody may."""
        return None


class CallPath:
    """An engine, its phones, and the messages they send."""

    def __init__(self, users: int, folder: Path | None) -> None:
        self.clock = Time()
        self.phones = [Phone(number) for number in range(users)]
        accounts = {phone.account.user: phone.account for phone in self.phones}
        entropy, names = system_entropy(), LocalNames(DOMAIN, [DOMAIN], any_address=True)
        nonces = Nonces(entropy.token().encode(), entropy, lifetime=1e9)
        digest = DigestAuthenticator(DOMAIN, SimpleNamespace(find=accounts.get), nonces, names)
        location = Location()
        failed = FailedServers(self.clock)
        self.journal = None
        if folder is not None:
            file = folder / "bench.db"
            engine = create_engine(f"sqlite:///{file}")
            metadata.create_all(engine)
            engine.dispose()
            self.journal = SqlCallJournal(file)
        locator = LiveLocator(location, {}, failed=failed, draw=lambda n: 0)
        settings = EndpointSettings(DOMAIN, "", (), defence=DefencePolicy(trusted=("127.0.0.1",)))
        ports = EndpointPorts(
            names=names,
            registrar=Registrar(names, digest, location, RegistrarPolicy(max_expires=7200)),
            location=location,
            authenticator=digest,
            planner=OneStage(),
            locator=locator,
            challenges=TrunkChallenges({}, entropy),
            digits=SimpleNamespace(call_ended=lambda call_id: None),
            journal=self.journal or SimpleNamespace(record=lambda fact: None),
            watching=None,  # type: ignore[arg-type]
            correspondence=None,  # type: ignore[arg-type]
            clock=self.clock,
            entropy=entropy,
        )
        self.engine = Mute(settings, ports)
        self.engine.sent = []
        self.engine.addressing.listeners = (BoundListener("UDP", "127.0.0.1", 5060),)
        locator.use(self.engine.addressing)
        self._take = self.engine.reception.take
        self._calls = 0
        self.cpu = 0.0
        self.watch: Callable[[FrameType, str, object], None] | None = None
        """Told of every function that the engine calls."""

    def register(self, contacts: int) -> None:
        """Every phone registers so many contacts."""
        for phone in self.phones:
            for number in range(contacts):
                user = phone.account.user.encode()
                name = b"sip:%b%b@127.0.0.1" % (user, b"-%d" % number if contacts > 1 else b"")
                for _ in range(2):
                    data = phone.request().replace(b"<sip:%b@127.0.0.1" % user, b"<" + name, 1)
                    data = data.replace(b"CSeq: 1 ", b"CSeq: 9 ")
                    answer = self.take([(data, CALLEE)])[0]
                    if answer.startswith(b"SIP/2.0 401"):
                        phone.heard(answer)
                    else:
                        break

    def take(self, messages: list[tuple[bytes, Flow]]) -> list[bytes]:
        """What is sent in reaction; the CPU time is added up."""
        sent, take = self.engine.sent, self._take
        sent.clear()
        if self.watch is not None:
            sys.setprofile(self.watch)
        started = time.process_time()
        for data, flow in messages:
            take(data, flow)
        self.cpu += time.process_time() - started
        if self.watch is not None:
            sys.setprofile(None)
        return sent.copy()

    def call(self, *, hang_up: bool = True) -> None:
        """One call from challenge to end; the first leg answers, the others are cancelled."""
        self._calls += 1
        number, phones = self._calls, self.phones
        caller, callee = phones[number % len(phones)], phones[(number + 7) % len(phones)]
        me, uri = caller.account.user.encode(), b"sip:%b@bench.local" % callee.account.user.encode()
        from_ = b"<sip:%b@bench.local>;tag=1a2b3c4d%d" % (me, number)
        call_id = b"c1a2b3c4d-%d-1@bench" % number

        def request(method: bytes, to: bytes, cseq: int, lines: bytes, body: bytes = b"") -> bytes:
            target = uri if method == b"INVITE" or lines else b"sip:127.0.0.1:5060"
            return (
                b"%b %b SIP/2.0\r\n"
                b"Via: SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bK1a2b-%d-%d-%b\r\n"
                b"Max-Forwards: 70\r\nFrom: %b\r\nTo: %b\r\nCall-ID: %b\r\nCSeq: %d %b\r\n%b"
                b"Content-Length: %d\r\n\r\n%b"
            ) % (
                method, target, number, cseq, b"a" if method == b"ACK" else b"i", from_, to,
                call_id, cseq, method, lines, len(body), body,
            )  # fmt: skip

        contact = b"Contact: <sip:%b@127.0.0.1:5062>\r\n" % me
        about = (
            b"User-Agent: sipload\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\n"
            b"Content-Type: application/sdp\r\n"
        )
        to = b"<%b>" % uri
        first = request(b"INVITE", to, 1, contact + about, SDP)
        (challenge,) = self.take([(first, CALLER)])
        nonce = challenge.partition(b'nonce="')[2].partition(b'"')[0]
        proof = md5_hex(
            b":".join(
                (caller.account.ha1("MD5"), nonce, b"00000001", b"0a4f113b", b"auth",
                 md5_hex(b"INVITE:" + uri))
            )
        )  # fmt: skip
        credentials = (
            b'Authorization: Digest username="%b", realm="bench.local", nonce="%b", uri="%b", '
            b'response="%b", algorithm=MD5, cnonce="0a4f113b", qop=auth, nc=00000001\r\n'
        ) % (me, nonce, uri, proof)
        refused = request(b"ACK", line_of(challenge, b"To"), 1, b"User-Agent: sipload\r\n")
        second = request(b"INVITE", to, 2, contact + credentials + about, SDP)
        sent = self.take([(refused.replace(b"-a\r\n", b"-i\r\n", 1), CALLER), (second, CALLER)])
        legs = [data for data in sent if data.startswith(b"INVITE ")]
        assert legs, sent
        self.take([(reply(leg, b"180 Ringing", CONTACT), CALLEE) for leg in legs])
        sent = self.take([(reply(legs[0], b"200 OK", CONTACT, SDP), CALLEE)])
        answer = next(data for data in sent if data.startswith(b"SIP/2.0 200"))
        cancels = [data for data in sent if data.startswith(b"CANCEL ")]
        to = line_of(answer, b"To")
        self.take([(request(b"ACK", to, 2, b""), CALLER)])
        late = [(reply(cancel, b"200 OK"), CALLEE) for cancel in cancels]
        late += [(reply(leg, b"487 Request Terminated"), CALLEE) for leg in legs[1:]]
        self.take(late)
        if hang_up:
            sent = self.take([(request(b"BYE", to, 3, b""), CALLER)])
            (bye,) = (data for data in sent if data.startswith(b"BYE "))
            self.take([(reply(bye, b"200 OK"), CALLEE)])
        self.clock.now += PACE
        started = time.process_time()
        self.engine.switchboard.wheel.advance(self.clock.now)
        self.cpu += time.process_time() - started

    def profile(self, calls: int) -> None:
        """Where the time goes, the phones' own included."""
        profiler = cProfile.Profile()
        profiler.enable()
        for _ in range(calls):
            self.call()
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(70)

    def measure(self, calls: int) -> float:
        """Microseconds of CPU of one call, without the phones' own."""
        self.cpu = 0.0
        for _ in range(calls):
            self.call()
        return self.cpu / calls * 1e6


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.call_in_process")
    parser.add_argument("--calls", type=int, default=400, help="calls of one slice")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--hold", type=int, default=0, help="measure the memory of so many")
    parser.add_argument("--no-storage", action="store_true")
    parser.add_argument("--fork", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for contacts in (5,) if options.fork else (1,) if options.profile else (1, 5):
            folder = None if options.no_storage else Path(name) / str(contacts)
            if folder is not None:
                folder.mkdir()
            path = CallPath(200, folder)
            path.register(contacts)
            path.measure(200)
            gc.collect()
            gc.freeze()  # as `doorline serve` does
            gc.set_threshold(2000, 0, 1_000_000_000)
            if options.hold:
                hold(path, options.hold)
            elif options.profile:
                path.profile(options.calls)
            else:
                report(path, contacts, options)
            if path.journal is not None:
                path.journal.flush_and_close()
    return 0


def report(path: CallPath, contacts: int, options: argparse.Namespace) -> None:
    """CPU time by slices, and function calls."""
    count = 0

    def seen(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    slices = [path.measure(options.calls) for _ in range(options.rounds)]
    path.watch = seen
    path.measure(10)
    print(
        f"{contacts} contact(s): {statistics.median(slices):7.1f} us  (min {min(slices):.1f}), "
        f"{count / 10:.0f} function calls"
    )
    assert not path.engine.counters["internal_errors"]


def hold(path: CallPath, calls: int) -> None:
    """Memory of established calls whose transactions are over."""
    pid, marks = os.getpid(), []
    for _ in range(2):
        for _ in range(calls // 2):
            path.call(hang_up=False)
            path.clock.now += UNHURRIED - PACE
        marks.append(memory_bytes(pid))
    # The first half pays for the transactions that are alive at any one moment.
    print(f"{(marks[1] - marks[0]) / (calls // 2):.0f} octets per established call")


if __name__ == "__main__":
    sys.exit(main())
