"""Kamailio as a telephone provider that we register at, and whose calls come in."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.scenarios.kamailio_interop.kamailio import Kamailio
from tests.support.program import Program, moment, wait_until

SECRET = "registration-password"
REGISTERING = """
[sip.trunk.city]
host = "127.0.0.1"
port = {port}
transport = "{transport}"
kind = "register"
user = "4420"
password = "{secret}"
expires = 90
[sip.trunk.city.incoming.number.4420]
site = "{site}"
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def provider(stack: ExitStack, require_tool: Callable[[str], str], tmp_path: Path) -> Kamailio:
    return stack.enter_context(
        Kamailio(require_tool("kamailio"), "registrar.cfg", tmp_path, PASSWORD=f'"{SECRET}"')
    )


def served(stack: ExitStack, folder: Path, provider: Kamailio, secret: str = SECRET) -> Program:
    """A server with that provider as its trunk."""
    settings = REGISTERING.format(
        port=provider.port, transport="udp", secret=secret, site="Demo Residence"
    )
    return stack.enter_context(Program(folder, more=settings))


def telephone(provider: Kamailio) -> int:
    """Somebody calls our number; the final status they hear."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(10.0)
        port = phone.getsockname()[1]
        head = (
            f"INVITE sip:4420@127.0.0.1:{provider.port} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bKphone{port}",
            "Max-Forwards: 20",
            f"From: <sip:0900@127.0.0.1:{port}>;tag=phone",
            f"To: <sip:4420@127.0.0.1:{provider.port}>",
            f"Call-ID: phone-{port}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:0900@127.0.0.1:{port}>",
            "Content-Length: 0",
        )
        phone.sendto("\r\n".join((*head, "", "")).encode(), ("127.0.0.1", provider.port))
        while True:
            status = int(phone.recv(65_535).split(b" ")[1])
            if status >= 200:
                return status


def test_we_register_with_a_password_take_a_call_and_leave(
    stack: ExitStack, provider: Kamailio, tmp_path: Path
) -> None:
    server = served(stack, tmp_path, provider)
    wait_until(
        lambda: server.metric("doorline_sip_trunks_registered") == 1.0, "no registration was made"
    )
    assert "registered 4420 at <sip:4420@127.0.0.1:" in provider.log

    began = moment()
    status = telephone(provider)
    record = server.newest("/calls", began)
    assert (record["caller"]["kind"], record["caller"]["user"]) == ("landline", "+442079460555")
    assert (status, record["dialled"]) == (480, "4420")  # no guard phone is registered

    assert server.stop() == 0
    wait_until(lambda: provider.log.count(" for 0\n") == 1, "the registration was not ended")
    assert telephone(provider) == 480


def test_a_wrong_password_is_seen_and_no_call_comes_in(
    stack: ExitStack, provider: Kamailio, tmp_path: Path
) -> None:
    server = served(stack, tmp_path, provider, secret="wrong")

    wait_until(lambda: "trunk.not_registered" in server.log, "nobody was told")

    assert server.metric("doorline_sip_trunks_registered") == 0.0
    assert telephone(provider) == 480
    assert "registered 4420" not in provider.log
