"""What only length does: no message costs more than its length allows, however it is built.

Each shape is grown from 8 KiB to 64 KiB. Eight times the length may take eight times as long; what
grows with the square would take 64 times, so the bound lies between.
"""

import time
from collections.abc import Callable

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message.framing import StreamFramer
from sipcore.message.uri import Uri
from sipcore.registrar.digest import DigestAuthenticator
from sipcore.registrar.local_names import LocalNames
from tests.conformance.line import DOMAIN, Line, dial, phone
from tests.fuzz.targets import TARGETS
from tests.support.registration import NOW, RegistrarBench, register
from tests.support.wire import MONITOR, Wire, stage

SMALL, LARGE = 8_000, 60_000
BOUND = 8 * 3.5
FLOOR = 0.002
"""Seconds below which a measurement says nothing."""
ENOUGH = 0.5
"""Seconds no single message may take on any machine."""

Shape = Callable[[int], bytes]


def repeat(before: str, piece: str, after: str = "") -> Callable[[int], str]:
    """A header value that is as long as asked for."""
    return lambda size: before + piece * (size // len(piece)) + after


LINES: dict[str, tuple[str, Callable[[int], str]]] = {
    "vias": ("via", repeat("Via: SIP/2.0/UDP h;branch=z9hG4bK1", ",SIP/2.0/UDP a;branch=b")),
    "via parameters": ("via", lambda n: "Via: SIP/2.0/UDP h;branch=z9hG4bK1" + params(n)),
    "via spaces": ("via", repeat("Via: SIP/2.0/UDP h", " ", ";branch=z9hG4bK1")),
    "via commas": ("via", repeat("Via: SIP/2.0/UDP h;branch=z9hG4bK1", ",")),
    "from parameters": ("source", lambda n: "From: <sip:a@b>" + params(n)),
    "from semicolons": ("source", repeat("From: <sip:a@b>", ";")),
    "from quotes": ("source", repeat('From: "', '\\"', '" <sip:a@b>')),
    "from open quotes": ("source", repeat("From: ", '"')),
    "from backslashes": ("source", repeat('From: "', "\\")),
    "from brackets": ("source", repeat("From: ", "<")),
    "from words": ("source", repeat("From: ", "a ", "<sip:a@b>")),
    "from words without end": ("source", repeat("From: ", "a ")),
    "uri parameters": ("to", lambda n: "To: <sip:a@b" + params(n) + ">"),
    "uri same parameters": ("to", repeat("To: <sip:a@b", ";x", ">")),
    "uri escapes": ("to", repeat("To: <sip:", "%41", "@b>")),
    "uri broken escapes": ("to", repeat("To: <sip:", "%", "@b>")),
    "uri ats": ("to", repeat("To: <sip:", "@", ">")),
    "uri dots": ("to", repeat("To: <sip:a@", "a.", ">")),
    "uri colons": ("to", repeat("To: <sip:[", ":", "]>")),
    "uri user": ("to", repeat("To: <sip:", "a", "!>")),
    "call-id": ("call_id", repeat("Call-ID: ", "a")),
    "cseq digits": ("cseq", repeat("CSeq: ", "1", " OPTIONS")),
    "cseq spaces": ("cseq", repeat("CSeq: 1", " ", "OPTIONS")),
    "hops": ("hops", repeat("Max-Forwards: ", "9")),
    "contacts": ("contact", repeat("Contact: <sip:a@b>", ",<sip:a@b>;q=0.1")),
    "contact quotes": ("contact", repeat("Contact: ", '"",')),
    "folding": ("contact", repeat("Subject: x", "\r\n" + " y" * 300)),
    "empty folding": ("contact", repeat("Subject: x", "\r\n" + " " * 300)),
    "require": ("hops", repeat("Require: a", ",a")),
    "unknown": ("hops", repeat("X: ", "\xff")),
    "name": ("hops", repeat("", "X", ": y")),
    "start line": ("start", repeat("OPTIONS sip:b", " ", "SIP/2.0")),
    "start line uri": ("start", repeat("OPTIONS sip:", "a;", " SIP/2.0")),
    "authorization": ("hops", repeat('Authorization: Digest realm="doorline.test"', ',a="b"')),
    "authorization names": ("hops", lambda n: "Authorization: Digest " + params(n, ",")[1:]),
    "authorization quotes": ("hops", repeat('Authorization: Digest a="', "\\")),
    "authorization commas": ("hops", repeat("Authorization: Digest ", " ,")),
}


def params(size: int, separator: str = ";") -> str:
    """Parameters with different names."""
    return "".join(f"{separator}p{number}=v" for number in range(size // 9))


def cost(run: Callable[[], object]) -> float:
    """Seconds of processor time, the least of three."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        run()
        best = min(best, time.process_time() - begun)
    return best


def assert_linear(run: Callable[[int], object]) -> None:
    """Compare the large one with the small one."""
    small, large = cost(lambda: run(SMALL)), cost(lambda: run(LARGE))

    assert large < ENOUGH
    assert large < max(small, FLOOR) * BOUND


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("method", ["OPTIONS", "INVITE"])
def test_a_message_costs_what_its_length_allows(name: str, method: str) -> None:
    key, grow = LINES[name]
    lines = [Line(), Line()]

    def run(size: int) -> None:
        written: dict[str, str | None] = {key: grow(size)}
        data = phone(method, f"sip:1001@{DOMAIN}", **written)  # type: ignore[arg-type]
        lines[size == LARGE].wire.endpoint.reception.take(data, Flow("UDP", 0, "192.0.2.1", 5062))

    assert_linear(run)
    assert lines[1].wire.endpoint.counters["internal_errors"] == 0


@pytest.mark.parametrize("name", [name for name in LINES if LINES[name][0] != "start"])
def test_a_registration_costs_what_its_length_allows(name: str) -> None:
    bench = RegistrarBench()
    _, grow = LINES[name]
    flow = Flow("UDP", 0, "192.0.2.10", 5062)

    def run(size: int) -> None:
        line = grow(size).encode("latin-1", "replace").replace(b"\r\n", b"")
        bench.registrar.handle(register(extra=[line]), flow, NOW)

    assert_linear(run)


@pytest.mark.parametrize("target", ["uri", "address", "contact", "via", "route", "auth", "digest"])
@pytest.mark.parametrize(
    "piece",
    [b"a", b";", b",", b'"', b"\\", b"<", b">", b"@", b":", b"%41", b" ", b"[", b"=", b"a=b,"],
)
def test_a_value_costs_what_its_length_allows(target: str, piece: bytes) -> None:
    assert_linear(lambda size: TARGETS[target](b"sip:" + piece * (size // len(piece))))


@pytest.mark.parametrize("piece", [b"\r\n", b"\r", b"\n", b"\r\n\r\n", b"a", b"a\r\n", b"\r\r\n"])
@pytest.mark.parametrize("size", [1, 1000])
def test_a_stream_costs_what_its_length_allows(piece: bytes, size: int) -> None:
    def run(length: int) -> None:
        framer = StreamFramer(max_header=10**6, max_message=10**6)
        data = piece * (length // len(piece))
        for at in range(0, len(data), size):
            framer.feed(data[at : at + size])

    assert_linear(run)


def test_two_uris_with_many_parameters_are_compared_in_linear_time() -> None:
    def run(size: int) -> None:
        written = f"sip:a@b{params(size)}"
        assert Uri.parse(written).equivalent(
            Uri.parse(written.upper().replace("SIP:A@B", "sip:a@b"))
        )

    assert_linear(run)


def test_a_long_uri_is_not_kept() -> None:
    """A table bounded in entries but not in octets is not bounded: 1024 times 64 KiB is 64 MiB."""
    names = LocalNames(DOMAIN)
    for number in range(50):
        names.look(f"sip:{number}{'a' * 50_000}@{DOMAIN}".encode())

    assert sum(map(len, names._known)) < 100_000


def test_a_long_digest_uri_is_not_kept() -> None:
    """The same for H(A2), which anybody with a nonce can have computed."""
    bench = RegistrarBench()
    authenticator: DigestAuthenticator = bench.authenticator
    for number in range(50):
        uri = f"sip:{number}{'a' * 30_000}@{DOMAIN}".encode()
        nonce = bench.nonces.make(NOW)
        line = (
            b'Authorization: Digest username="1001",realm="%b",nonce="%b",uri="%b",response="x"'
            % (DOMAIN.encode(), nonce, uri)
        )
        authenticator.authenticate(register(uri=uri, extra=[line]), NOW)

    assert sum(len(uri) for _, _, uri in authenticator._ha2) < 100_000


def test_what_a_call_keeps_of_a_long_invite_is_gone_after_it() -> None:
    wire = Wire(stage("indoor", "monitor", timeout=5.0), contacts={"monitor": [MONITOR]})
    line = Line(wire)
    line.say(dial("X: " + "y" * 50_000))
    line.wait(80.0, 0.2)

    assert wire.remains == {}
