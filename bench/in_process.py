"""The REGISTER path without sockets: CPU per message and Python function calls, in one process.

    python -m bench.in_process              refresh and 401+200, reception to answer
    python -m bench.in_process --profile    where the time of a refresh goes

Nothing waits for the kernel here, so a change of the code shows where a shared machine would
drown it. Storage is on unless `--no-storage`.
"""

import argparse
import cProfile
import gc
import pstats
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import create_engine

from doorline.system import SystemClock, system_entropy
from sipcore.endpoint.endpoint import SipEndpoint
from sipcore.endpoint.ports import EndpointPorts
from sipcore.endpoint.settings import EndpointSettings
from sipcore.endpoint.switchboard import SendBytes
from sipcore.endpoint.trunk import TrunkChallenges
from sipcore.kernel.flow import Flow
from sipcore.registrar.digest import DigestAuthenticator
from sipcore.registrar.hashes import ha1, md5_hex
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.nonce import Nonces
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.registrar import Registrar
from sipcore.storage.bindings_sql import WriteBehindBindings
from sipcore.storage.tables import metadata

DOMAIN = "bench.local"


class Account:
    """A credential as the directory's, with its digest ready."""

    enabled = True

    def __init__(self, user: str) -> None:
        self.user = user
        self._ha1 = ha1("MD5", user, DOMAIN, "pw" + user)

    def ha1(self, algorithm: str) -> bytes:
        """H(A1)."""
        return self._ha1


class Phone:
    """Writes the requests of bench/sipload.c."""

    def __init__(self, number: int) -> None:
        self.account = Account(f"u{number:06d}")
        self._user = self.account.user.encode()
        self.number = number
        self._cseq = 0
        self._count = 0
        self.nonce = b""
        self.flow = Flow("UDP", 0, "127.0.0.1", 20000 + number % 30000)

    def request(self) -> bytes:
        """The next REGISTER, with credentials once there is a nonce."""
        self._cseq += 1
        user, number, cseq = self._user, self.number, self._cseq
        head = (
            b"REGISTER sip:bench.local SIP/2.0\r\n"
            b"Via: SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bK1a2b3c4d-%u-%u\r\n"
            b"Max-Forwards: 70\r\nFrom: <sip:%b@bench.local>;tag=1a2b3c4d%u\r\n"
            b"To: <sip:%b@bench.local>\r\nCall-ID: r1a2b3c4d-%u@bench\r\nCSeq: %u REGISTER\r\n"
            b"Contact: <sip:%b@127.0.0.1:5070>\r\nExpires: 3600\r\nUser-Agent: sipload\r\n"
        ) % (number, cseq, user, number, user, number, cseq, user)
        return head + self._authorization() + b"Content-Length: 0\r\n\r\n"

    def _authorization(self) -> bytes:
        if not self.nonce:
            return b""
        self._count += 1
        ha2 = md5_hex(b"REGISTER:sip:bench.local")
        nc = b"%08x" % self._count
        proof = md5_hex(
            b":".join((self.account.ha1("MD5"), self.nonce, nc, b"0a4f113b", b"auth", ha2))
        )
        return (
            b'Authorization: Digest username="%b", realm="bench.local", nonce="%b", '
            b'uri="sip:bench.local", response="%b", algorithm=MD5, qop=auth, nc=%b, '
            b'cnonce="0a4f113b"\r\n'
        ) % (self._user, self.nonce, proof, nc)

    def heard(self, answer: bytes) -> None:
        """Take the nonce out of a challenge."""
        self.nonce = answer.partition(b'nonce="')[2].partition(b'"')[0]
        self._count = 0


class Mute(SipEndpoint):
    """The engine with a list in place of its sockets."""

    sent: list[bytes]

    def send(self, data: bytes, flow: Flow) -> bool:
        """Keep what would go out."""
        self.sent.append(data)
        return True

    def _way_out(self) -> SendBytes:
        return self.send


class RegisterPath:
    """Reception, registrar and storage, joined as the product joins them."""

    def __init__(self, phones: int, folder: Path | None) -> None:
        self.phones = [Phone(number) for number in range(phones)]
        accounts = {phone.account.user: phone.account for phone in self.phones}
        clock, entropy = SystemClock(), system_entropy()
        names = LocalNames(DOMAIN, [DOMAIN], any_address=True)
        nonces = Nonces(
            entropy.token().encode(), entropy, lifetime=18_000.0, capacity=max(200_000, 4 * phones)
        )
        store = SimpleNamespace(find=accounts.get)
        location = Location()
        self.location = location
        self.storage = None
        if folder is not None:
            file = folder / "bench.db"
            engine = create_engine(f"sqlite:///{file}")
            metadata.create_all(engine)
            engine.dispose()
            self.storage = WriteBehindBindings(file)
            location.listen(self.storage.record, self.storage.refreshed)
        digest = DigestAuthenticator(DOMAIN, store, nonces, names)
        policy = RegistrarPolicy(max_expires=7200, expires_jitter=0.0)
        self.registrar = Registrar(names, digest, location, policy)
        self.answers: list[bytes] = []
        ports = EndpointPorts(
            names=names,
            registrar=self.registrar,
            location=location,
            authenticator=digest,
            planner=None,  # type: ignore[arg-type]
            locator=None,  # type: ignore[arg-type]
            challenges=TrunkChallenges({}, entropy),
            digits=None,  # type: ignore[arg-type]
            journal=SimpleNamespace(record=lambda fact: None),
            watching=None,  # type: ignore[arg-type]
            correspondence=None,  # type: ignore[arg-type]
            clock=clock,
            entropy=entropy,
        )
        sip = Mute(EndpointSettings(DOMAIN, "", ()), ports)
        sip.sent = self.answers
        self.reception = sip.reception

    def exchange(self) -> None:
        """Every phone is challenged and registers."""
        for phone in self.phones:
            phone.nonce = b""
            self.take([(phone.request(), phone.flow)])
            phone.heard(self.answers[0])
            self.take([(phone.request(), phone.flow)])
            assert self.answers[0].startswith(b"SIP/2.0 200"), self.answers[0]

    def refreshes(self) -> list[tuple[bytes, Flow]]:
        """One refresh of every phone."""
        return [(phone.request(), Flow(*phone.flow)) for phone in self.phones]

    def first(self) -> list[tuple[bytes, Flow]]:
        """One unauthenticated request of every phone."""
        for phone in self.phones:
            phone.nonce = b""
        return self.refreshes()

    def take(self, messages: list[tuple[bytes, Flow]]) -> float:
        """Seconds of CPU to handle these."""
        self.answers.clear()
        take = self.reception.take
        started = time.process_time()
        for data, flow in messages:
            take(data, flow)
        return time.process_time() - started


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.in_process")
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--no-storage", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = RegisterPath(options.phones, None if options.no_storage else Path(name))
        path.exchange()
        gc.collect()
        gc.freeze()  # as `doorline serve` does
        gc.set_threshold(50_000, 20, 100)
        if options.profile:
            messages = [m for _ in range(5) for m in path.refreshes()]
            profile = cProfile.Profile()
            profile.enable()
            path.take(messages)
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)
            return 0
        figures: dict[str, list[float]] = {"refresh": [], "401": [], "md5 x10": []}
        calls = 0

        def count(_frame: object, event: str, _arg: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        messages = path.refreshes()
        sys.setprofile(count)
        path.take(messages)
        sys.setprofile(None)
        for _ in range(options.rounds):
            figures["refresh"].append(path.take(path.refreshes()) / options.phones * 1e6)
            started = time.process_time()
            for _ in range(1000):
                for _ in range(10):
                    md5_hex(b"x" * 100)
            figures["md5 x10"].append((time.process_time() - started) * 1e3)
        assert path.answers[0].startswith(b"SIP/2.0 200")
        for _ in range(options.rounds // 2):
            figures["401"].append(path.take(path.first()) / options.phones * 1e6)
        assert path.answers[0].startswith(b"SIP/2.0 401")
        for what, values in figures.items():
            print(f"{what:10} {statistics.median(values):8.2f} us  (min {min(values):.2f})")
        print(f"function calls per refresh: {calls / options.phones:.0f}")
        if path.storage:
            path.storage.flush_and_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
