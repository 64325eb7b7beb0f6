"""Floods from one address: what phones elsewhere do goes on, whatever the flood is made of.

Everything is played on the real program. The flood comes from 127.0.0.2 at a rate many times its
allowance; the phones on 127.0.0.1 send each message once, so every one that is lost fails a test.
"""

import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from tests.support.demo_community import phone_of
from tests.support.plain_message import DOMAIN
from tests.support.plain_sip import PlainPhone
from tests.support.program import Program, ProgramError, wait_until
from tests.support.sockets import TIMEOUT, raw_exchange

ATTACKER = "127.0.0.2"
BATCH = 20
PAUSE = 0.005
"""So many messages, and then so many seconds without: at most four thousand a second."""
HALF_OPEN = 1500
"""Connections that never say anything."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(tmp_path_factory.mktemp("floods")) as program:
        yield program
        assert program.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in program.log


@pytest.fixture(scope="module")
def door(server: Program) -> Iterator[PlainPhone]:
    with phone_of(server, "Main entrance") as phone:
        yield phone


@pytest.fixture(scope="module")
def monitor(server: Program) -> Iterator[PlainPhone]:
    with phone_of(server, "Monitor 1001") as phone:
        yield phone


def bare(method: str) -> Callable[[PlainPhone], bytes]:
    """A request without credentials."""
    uri = f"sip:{DOMAIN}" if method == "REGISTER" else f"sip:1001@{DOMAIN}"
    return lambda phone: phone.request(method, uri, lines=(f"Contact: {phone.contact}",))


def guess(phone: PlainPhone) -> bytes:
    """A REGISTER with credentials for a nonce nobody gave out."""
    line = (
        f'Authorization: Digest username="x", realm="{DOMAIN}", nonce="{"0" * 48}", '
        f'uri="sip:{DOMAIN}", response="{"0" * 32}"'
    )
    return phone.request("REGISTER", f"sip:{DOMAIN}", lines=(line,))


def of_no_call(phone: PlainPhone) -> bytes:
    """A BYE with tags of no call."""
    uri = f"sip:1001@{DOMAIN}"
    return phone.request("BYE", uri, target=f"<{uri}>;tag=guess")


def broken(phone: PlainPhone) -> bytes:
    """A request that can just be read well enough to be told what is wrong with it."""
    return bare("OPTIONS")(phone).replace(b"CSeq: 1", b"CSeq: one")


FLOODS: dict[str, Callable[[PlainPhone], bytes]] = {
    "INVITE": bare("INVITE"),
    "OPTIONS": bare("OPTIONS"),
    "REGISTER": bare("REGISTER"),
    "guesses": guess,
    "BYE": of_no_call,
    "broken": broken,
    "garbage": lambda _phone: b"\x16\x03\x01 not SIP at all \xff\xfe",
}


@contextmanager
def flooded(server: Program, make: Callable[[PlainPhone], bytes]) -> Iterator[None]:
    """A flood that goes on while the block runs."""
    over = threading.Event()
    with PlainPhone(server.udp, "nobody", "", host=ATTACKER) as attacker:
        data = [make(attacker) for _ in range(BATCH)]

        def flood() -> None:
            while not over.wait(PAUSE):
                for one in data:
                    attacker.send(one)

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def call(door: PlainPhone, monitor: PlainPhone) -> None:
    """Somebody rings, is answered, and hangs up."""
    invite = door.call("1001")
    ringing = monitor.rung()
    monitor.answer(ringing)
    visitor = door.accepted(invite)
    assert door.answer_to(door.inside(visitor, "BYE")).status == 200
    monitor.reply(monitor.receive("BYE"), "200 OK")


@pytest.mark.parametrize("kind", FLOODS)
def test_phones_register_and_call_while_somebody_floods(
    server: Program, door: PlainPhone, monitor: PlainPhone, kind: str
) -> None:
    server.api("DELETE", f"/bans/{ATTACKER}")
    with flooded(server, FLOODS[kind]):
        for _ in range(3):
            assert (door.register().status, monitor.register().status) == (200, 200)
            call(door, monitor)
        for _ in range(3):
            if not is_banned(server):
                with suppress(ProgramError):
                    wait_until(lambda: is_banned(server), "")
        assert is_banned(server), f"a flood of {kind} is never banned"
        assert (door.register().status, monitor.register().status) == (200, 200)
        call(door, monitor)

    assert server.metric("doorline_sip_overload_level") == 0


def is_banned(server: Program) -> bool:
    """Whether the attacker, and nobody else, is banned."""
    return [ban["address"] for ban in server.get("/bans")["items"]] == [ATTACKER]


def test_connections_that_say_nothing_keep_nobody_out(
    server: Program, door: PlainPhone, monitor: PlainPhone
) -> None:
    server.api("DELETE", f"/bans/{ATTACKER}")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = HALF_OPEN + 500
    if soft < wanted:
        assert hard == resource.RLIM_INFINITY or hard >= wanted, "too few files may be open"
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    options = (
        f"OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1\r\n"
        f"From: <sip:a@{DOMAIN}>;tag=1\r\nTo: <sip:{DOMAIN}>\r\nCall-ID: streams\r\n"
        "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    ).encode()
    with ExitStack() as stack:
        for _ in range(HALF_OPEN):
            stack.enter_context(socket.create_connection(server.tcp, source_address=(ATTACKER, 0)))

        assert raw_exchange(server.tcp, options, patience=2.0).startswith(b"SIP/2.0 200")
        assert (door.register().status, monitor.register().status) == (200, 200)
        call(door, monitor)


def test_a_banned_address_is_hung_up_on(server: Program) -> None:
    server.make("/bans", {"address": ATTACKER, "seconds": 600, "reason": "test"})
    with socket.create_connection(server.tcp, TIMEOUT, source_address=(ATTACKER, 0)) as stream:
        try:
            ended = stream.recv(1)
        except ConnectionResetError:
            ended = b""
    assert ended == b""
    assert server.api("DELETE", f"/bans/{ATTACKER}").status == 204

    with socket.create_connection(server.tcp, TIMEOUT, source_address=(ATTACKER, 0)) as stream:
        stream.sendall(b"\r\n\r\n")
        assert stream.recv(2) == b"\r\n"


def test_a_stranger_who_became_a_phone_is_heard_again(server: Program) -> None:
    """The address of the attacker is banned; an operator lifts that, and its phone works."""
    server.make("/bans", {"address": ATTACKER, "seconds": 600, "reason": "test"})
    secret = phone_of(server, "Ann Archer")
    with secret, PlainPhone(server.udp, secret.user, secret.password, host=ATTACKER) as phone:
        assert server.api("DELETE", f"/bans/{ATTACKER}").status == 204
        assert phone.register().status == 200
        with flooded(server, FLOODS["OPTIONS"]):
            for _ in range(20):
                assert phone.register().status == 200
        assert server.get("/bans")["items"] == []
