"""Rows of the feature list that only phones on a running server can prove."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.certificates import authority
from tests.support.demo_community import phone_of, secret_of
from tests.support.plain_message import SDP
from tests.support.plain_sip import PlainCall, PlainPhone
from tests.support.program import Program, moment

TRANSPORTS = {"udp": "0", "tcp": "1", "tls": "2"}
"""Transport of a device, and what its file calls it."""


class StreamPhone(PlainPhone):
    """The same phone over TCP or TLS: one message after the other in one stream."""

    transport = "TCP"

    def __post_init__(self) -> None:
        self._stream: socket.socket = socket.create_connection(self.server, 10.0)
        if self.transport == "TLS":
            context = authority().client()
            self._stream = context.wrap_socket(self._stream, server_hostname="127.0.0.1")
        self._read = b""
        self.socket = self  # type: ignore[assignment]  # it has all that the phone asks of one
        self.port = int(self._stream.getsockname()[1])
        self.aor = f"sip:{self.user}@doorline.local"
        self.contact = f"<sip:{self.user}@{self.host}:{self.port};transport=tcp>"
        self._number = 0

    def settimeout(self, seconds: float) -> None:
        """How long `recv` waits."""
        self._stream.settimeout(seconds)

    def sendto(self, data: bytes, server: object) -> None:
        """Send a message."""
        self._stream.sendall(data.replace(b"SIP/2.0/UDP", b"SIP/2.0/" + self.transport.encode()))

    def recv(self, size: int) -> bytes:
        """The next message; every one that this phone is sent here has an empty body."""
        while b"\r\n\r\n" not in self._read:
            self._read += self._stream.recv(size)
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n"

    def close(self) -> None:
        """Hang up the connection."""
        self._stream.close()


class SecurePhone(StreamPhone):
    """Over TLS, with a look at the server's certificate."""

    transport = "TLS"


PHONES: dict[str, type[PlainPhone]] = {"udp": PlainPhone, "tcp": StreamPhone, "tls": SecurePhone}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("acceptance")
    with Program(folder, certificate=authority().sign().files(folder, "server")) as running:
        yield running
        assert running.metric("doorline_sip_internal_errors_total") == 0


def phones(server: Program, stack: ExitStack, *names: str) -> list[PlainPhone]:
    """Phones of these accounts, registered over UDP."""
    opened = [stack.enter_context(phone_of(server, name)) for name in names]
    assert [phone.register().status for phone in opened] == [200] * len(names)
    return opened


def hang_up(one: PlainPhone, call: PlainCall, other: PlainPhone) -> None:
    """One party leaves, and the other is told."""
    assert one.answer_to(one.inside(call, "BYE")).status == 200
    other.reply(other.receive("BYE"), "200 OK")


def details(server: Program, since: str) -> Any:
    """The whole record of the newest call that began since then."""
    return server.get(f"/calls/{server.newest('/calls', since)['id']}")


@pytest.mark.feature("F249")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_device_registers_over_the_transport_of_its_file(server: Program, transport: str) -> None:
    """A device set to UDP, TCP or TLS finds that and its port in its file, and is seen on it."""
    user, password = secret_of(server, "Main entrance")
    (door,) = (one for one in server.get("/devices")["items"] if one["name"] == "Main entrance")
    server.change(f"/devices/{door['id']}", {"transport": transport})

    path = server.find(r"try autop:\s+curl \S+?(/autop/\S+)")
    text = server.http("GET", path, listener="autop").body.decode()
    lines = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    address = server.udp[0], int(lines["Config.Account1.SIP.Port"])
    with PHONES[transport](address, user, password) as phone:
        registered = phone.register()
        seen = server.get(f"/registrations?user={user}")["items"]
        phone.register(expires=0)

    assert lines["Config.Account1.SIP.TransType"] == TRANSPORTS[transport]
    assert registered.status == 200
    assert [row["transport"].lower() for row in seen] == [transport]
    assert [row["source"].rpartition(":")[2] for row in seen] in ([str(phone.port)], ["127.0.0.1"])


@pytest.mark.feature("F088")
def test_the_phone_that_answers_first_is_the_one_of_the_record(server: Program) -> None:
    """App and monitor ring; the one that gets the ACK is `answered_by`, the other is released."""
    since = moment()
    with ExitStack() as stack:
        door, app, monitor = phones(server, stack, "Main entrance", "Cleo Carter", "Monitor 1003")
        invite = door.call("1003")
        app.rung()
        taken = monitor.rung()
        monitor.answer(taken)  # waits for the ACK
        talking = door.accepted(invite)
        withdrawn = app.receive("CANCEL")
        app.reply(withdrawn, "200 OK")
        hang_up(door, talking, monitor)

    call = details(server, since)

    (answered,) = (leg for stage in call["stages"] for leg in stage["legs"] if leg["answered_at"])
    assert 'cause=200;text="Call completed elsewhere"' in withdrawn.get("Reason")
    assert call["answered_by"]["user"] == answered["party"]["user"] == monitor.user
    assert (call["outcome"], call["duration"] >= 0) == ("answered", True)


@pytest.mark.feature("F084", "G02")
@pytest.mark.parametrize(
    ("ends_call", "told", "outcome"), [(False, "200", "answered"), (True, "603", "refused")]
)
def test_a_site_decides_whether_one_phone_declines_for_all(
    server: Program, ends_call: bool, told: str, outcome: str
) -> None:
    """Where `declined` is `visit` a 603 ends the visit; else the other phones ring on."""
    (site,) = server.get("/sites")["items"]
    scope = "visit" if ends_call else "leg"
    server.change(f"/sites/{site['id']}", {"declined": scope, "global_failure": scope})
    since = moment()
    with ExitStack() as stack:
        door, app, monitor = phones(server, stack, "Main entrance", "Cleo Carter", "Monitor 1003")
        invite = door.call("1003")
        declining, ringing = app.rung(), monitor.rung()
        assert declining.invite is not None
        app.reply(declining.invite, "603 Decline", target=declining.local)
        if ends_call:
            answer = door.failed(invite)
            monitor.reply(monitor.receive("CANCEL"), "200 OK")
            status = str(answer.status)
        else:
            monitor.answer(ringing)
            hang_up(door, door.accepted(invite), monitor)
            status = "200"

    assert (status, details(server, since)["outcome"]) == (told, outcome)


@pytest.mark.feature("F272")
def test_a_call_that_is_passed_on_stays_one_row(server: Program) -> None:
    """The resident passes the door on to the guard: one call, whose timeline tells of both."""
    since = moment()
    with ExitStack() as stack:
        door, app = phones(server, stack, "Main entrance", "Cleo Carter")
        invite = door.call("1003")
        taken = app.rung()
        app.answer(taken)
        talking = door.accepted(invite)
        (guard,) = phones(server, stack, "Guard")
        refer = app.inside(
            taken,
            "REFER",
            lines=(
                f"Contact: {app.contact}",
                f"Refer-To: <sip:{guard.user}@doorline.local>",
            ),
        )
        accepted = app.answer_to(refer)
        app.reply(app.receive("NOTIFY"), "200 OK")
        guard.answer(guard.rung())
        for phone in (door, guard):  # each describes itself anew
            phone.reply(phone.receive("INVITE"), "200 OK", body=SDP)
        door.receive("ACK")
        app.reply(app.receive("BYE"), "200 OK")
        hang_up(door, talking, guard)

    call = details(server, since)

    kinds = [entry["kind"] for entry in call["timeline"]]
    assert accepted.status == 202
    assert len(server.get(f"/calls?from={since}")["items"]) == 1
    assert kinds.index("transfer_started") < kinds.index("transfer_ended") < kinds.index("ended")
    legs = [leg for stage in call["stages"] for leg in stage["legs"]]
    assert [leg["party"]["user"] for leg in legs if leg["answered_at"]] == [app.user, guard.user]
    assert call["answered_by"]["user"] == app.user
    told = server.command("trace", call["id"]).out
    assert f"Cleo Carter (app) passes the call on to {guard.user}" in told
    assert "the call is passed on" in told
