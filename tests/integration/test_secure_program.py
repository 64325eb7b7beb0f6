"""The real program with TLS and WebSocket listeners: a phone in a browser, renewed certificates."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.support.certificates import authority
from tests.support.demo_community import secret_of
from tests.support.plain_sip import PlainPhone
from tests.support.program import Program, run_command, wait_until

PATIENCE = 10.0


class BrowserPhone(PlainPhone):
    """A phone in a web page: the same messages, one in each WebSocket message."""

    def __post_init__(self) -> None:
        self._opened = connect(
            f"wss://{self.server[0]}:{self.server[1]}/ws",
            ssl=authority().client(),
            subprotocols=[Subprotocol("sip")],
            proxy=None,
        )
        self._ws = self._opened.__enter__()
        self._timeout = PATIENCE
        self.socket = self  # type: ignore[assignment]  # it has all that the phone asks of one
        self.port = 5999
        self.aor = f"sip:{self.user}@doorline.local"
        self.contact = f"<sip:{self.user}@df7jal23ls0d.invalid;transport=ws>"
        self._number = 0

    def settimeout(self, seconds: float) -> None:
        """How long `recv` waits."""
        self._timeout = seconds

    def sendto(self, data: bytes, server: object) -> None:
        """Send a message."""
        self._ws.send(data.replace(b"SIP/2.0/UDP 127.0.0.1", b"SIP/2.0/WSS a.invalid").decode())

    def recv(self, size: int) -> bytes:
        """The next message."""
        got = self._ws.recv(self._timeout)
        return got.encode() if isinstance(got, str) else got

    def close(self) -> None:
        """Leave the page."""
        self._opened.__exit__(None, None, None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secure")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Program]:
    files = authority().sign().files(folder, "server")
    with Program(folder, certificate=files) as running:
        yield running
        assert running.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in running.log


def shown(server: Program) -> ssl.SSLSocket:
    """A TLS connection to the SIP listener."""
    raw = socket.create_connection(server.sip("tls"), PATIENCE)
    return authority().client().wrap_socket(raw, server_hostname="127.0.0.1")


def owner(connection: ssl.SSLSocket) -> str:
    """Common name of the certificate that the server showed."""
    subject: Any = (connection.getpeercert() or {})["subject"]
    return str(subject[0][0][1])


def test_a_phone_in_a_browser_registers_is_called_and_hangs_up(server: Program) -> None:
    ann, door = secret_of(server, "Ann Archer"), secret_of(server, "Main entrance")
    with BrowserPhone(server.sip("wss"), *ann) as page, PlainPhone(server.udp, *door) as phone:
        registered = page.register()
        invite = phone.call(ann[0])
        ringing = page.rung()
        page.answer(ringing)
        talking = phone.accepted(invite)
        ended = page.answer_to(page.inside(ringing, "BYE"))
        bye = phone.receive("BYE")
        phone.reply(bye, "200 OK")

    assert registered.status == 200
    assert ringing.invite is not None
    assert ringing.invite.get("Via").startswith("SIP/2.0/WSS 127.0.0.1:")
    assert (talking.number > 0, ended.status) == (True, 200)


def test_a_phone_whose_page_is_closed_is_gone_at_once(server: Program) -> None:
    with BrowserPhone(server.sip("wss"), *secret_of(server, "Ann Archer")) as page:
        assert page.register().status == 200
        before = server.metric("doorline_sip_bindings")

    wait_until(
        lambda: server.metric("doorline_sip_bindings") == before - 1,
        "the binding is still there",
    )


def test_a_renewed_certificate_is_shown_after_a_signal_and_nobody_is_dropped(
    server: Program, folder: Path
) -> None:
    with shown(server) as first:
        authority().sign(common_name="renewed").files(folder, "server")
        server.reload()
        with shown(server) as second:
            owners = owner(first), owner(second)
        (folder / "server.key").write_text("half a key")
        server.reload()
        with shown(server) as third:
            kept = owner(third)
        checked = server.command("check")
        first.sendall(b"\r\n\r\n")
        pong = first.recv(100)

    assert (owners, kept, pong) == (("sip", "renewed"), "renewed", b"\r\n")
    assert "certificates stay as they were" in server.log
    assert checked.status == 1
    assert f"sip.tls.private_key: {folder}/server.key holds no private key in PEM" in checked.out


def test_a_server_with_a_missing_certificate_says_so_and_does_not_start(tmp_path: Path) -> None:
    config = tmp_path / "doorline.toml"
    config.write_text(
        '[sip.listen]\ntls = ["127.0.0.1:0"]\n[sip.tls]\n'
        'certificate = "/nowhere/a.pem"\nprivate_key = "/nowhere/a.key"\n'
    )

    ended = run_command("serve", "--config", str(config))

    assert ended.status == 1
    assert ended.err.splitlines() == [
        f"doorline: {config}:{line}: sip.tls.{key} does not exist; correct the path"
        for line, key in (
            (4, "certificate: /nowhere/a.pem"),
            (5, "private_key: /nowhere/a.key"),
        )
    ]
