"""Kamailio as the telephone provider behind a trunk: found by name, challenging, half dead.

And as several providers, of which the first ones take no calls.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.scenarios.kamailio_interop.kamailio import HERE, Kamailio
from tests.scenarios.sipp_interop.sipp import Phone, Run
from tests.support.certificates import Authority
from tests.support.name_server import NameServer
from tests.support.program import Program, moment, wait_until
from tests.support.sockets import free_port, is_bound

FLAT = "1002"
"""Nobody in it is registered, so its landline is all that rings."""
SECRET = "telephone-password"
STATIC = """
[sip.trunk.provider]
host = "127.0.0.1"
port = {port}
transport = "{transport}"
"""
CREDENTIALS = f'kind = "digest"\nuser = "4420"\npassword = "{SECRET}"\n'
DIGEST = STATIC + CREDENTIALS
BY_NAME = """
[sip]
dns = ["{dns}"]
[sip.trunk.provider]
host = "provider.test"
kind = "digest"
user = "4420"
password = "{secret}"
"""
SEVERAL = """
[sip.trunk.{name}]
host = "127.0.0.1"
port = {port}
transport = "udp"
priority = {priority}
"""


@pytest.fixture(scope="module")
def sipp(require_tool: Callable[[str], str]) -> str:
    return require_tool("sipp")


@pytest.fixture(scope="module")
def kamailio(require_tool: Callable[[str], str]) -> str:
    return require_tool("kamailio")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


class Visit:
    """A server with a trunk, a provider, a telephone, and a visitor who calls it."""

    def __init__(self, stack: ExitStack, sipp: str, folder: Path) -> None:
        self.telephone_port = free_port()
        self._stack = stack
        self._sipp = sipp
        self._folder = folder

    def called(self, more: str, certificate: tuple[str, str] | None = None) -> tuple[Program, Run]:
        """The visitor dials the flat, its telephone answers, the visitor hangs up."""
        server = self._stack.enter_context(
            Program(self._folder, more=more, certificate=certificate)
        )
        door = server.get("/accounts?kind=door")["items"][0]
        secret = server.make(f"/accounts/{door['id']}/reset-password", None)
        telephone = self._stack.enter_context(self._telephone())
        wait_until(lambda: is_bound(self.telephone_port), "SIPp did not open its port")
        began = moment()
        visitor = Phone(
            *(self._sipp, server.udp, self._folder),
            user=secret["user"],
            password=secret["password"],
        )
        visitor.play(str(HERE / "visitor.xml"), dialled=FLAT)
        telephone.finished()
        record = server.newest("/visits", began)
        assert (record["outcome"], record["ended_by"]) == ("answered", "caller")
        assert server.metric("doorline_sip_internal_errors_total") == 0.0
        return server, telephone

    def _telephone(self) -> Run:
        command = [self._sipp, "-sf", str(HERE / "telephone.xml"), "-m", "1", "-nostdin"]
        command += ["-i", "127.0.0.1", "-p", str(self.telephone_port), "-timeout", "30"]
        return Run(command, self._folder / "telephone")


@pytest.fixture
def visit(stack: ExitStack, sipp: str, tmp_path: Path) -> Visit:
    return Visit(stack, sipp, tmp_path)


@pytest.fixture
def provider(stack: ExitStack, kamailio: str, tmp_path: Path, visit: Visit) -> Kamailio:
    return stack.enter_context(
        Kamailio(
            kamailio,
            "provider.cfg",
            tmp_path,
            TELEPHONE=visit.telephone_port,
            CHALLENGE=f'"{SECRET}"',
        )
    )


@pytest.fixture
def authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, require_tool: Callable[[str], str]
) -> Authority:
    """Who signs the certificates of providers, trusted by the server; Kamailio speaks TLS."""
    if not any(Path("/usr/lib").glob("*/kamailio/modules/tls.so")):
        require_tool("kamailio-tls-modules")
    made = Authority()
    (tmp_path / "authority.pem").write_bytes(made.pem)
    monkeypatch.setenv("DOORLINE_SIP__TLS__SERVER_CA", str(tmp_path / "authority.pem"))
    return made


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_provider_that_knows_us_by_our_address(
    stack: ExitStack, kamailio: str, tmp_path: Path, visit: Visit, transport: str
) -> None:
    with Kamailio(kamailio, "provider.cfg", tmp_path, TELEPHONE=visit.telephone_port) as provider:
        _, telephone = visit.called(STATIC.format(port=provider.port, transport=transport))

    # Over TCP the proxy records both of its sides, and both are followed.
    assert telephone.messages.count("Record-Route: ") > 0


@pytest.mark.parametrize("transport", ["udp", "tcp", "auto"])
def test_a_provider_that_wants_a_password(provider: Kamailio, visit: Visit, transport: str) -> None:
    visit.called(DIGEST.format(port=provider.port, transport=transport))


def test_a_provider_found_by_srv_that_speaks_tls_and_proves_its_name(
    stack: ExitStack,
    kamailio: str,
    tmp_path: Path,
    visit: Visit,
    authority: Authority,
) -> None:
    port = free_port()
    macros = secured(authority, ["provider.test"], tmp_path, port)
    stack.enter_context(
        Kamailio(kamailio, "provider.cfg", tmp_path, TELEPHONE=visit.telephone_port, **macros)
    )
    # The first server shows a certificate that is good, but not for the provider's domain.
    wrong = free_port()
    other = secured(authority, ["one.provider.test"], tmp_path, wrong)
    stack.enter_context(Kamailio(kamailio, "provider.cfg", tmp_path, TELEPHONE=1, **other))
    zone = (
        '@ NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp\n'
        f"_sips._tcp SRV 10 0 {wrong} one\n_sips._tcp SRV 20 0 {port} one\none A 127.0.0.1\n"
    )
    ours = authority.sign().files(tmp_path, "ours")
    with NameServer("provider.test", zone) as name_server:
        server, _ = visit.called(BY_NAME.format(dns=name_server.address, secret=SECRET), ours)

    trace = server.command("trace", "last").out
    assert f"is called again over tls:127.0.0.1:{port}: 503 " in trace


def test_a_provider_over_tls_needs_no_certificate_of_ours(
    stack: ExitStack,
    kamailio: str,
    tmp_path: Path,
    visit: Visit,
    authority: Authority,
) -> None:
    port = free_port()
    macros = secured(authority, ["127.0.0.1"], tmp_path, port)
    stack.enter_context(
        Kamailio(kamailio, "provider.cfg", tmp_path, TELEPHONE=visit.telephone_port, **macros)
    )

    visit.called(STATIC.format(port=port, transport="tls"))


def secured(
    authority: Authority, names: list[str], folder: Path, port: int
) -> dict[str, str | int]:
    """Macros for a Kamailio that speaks TLS with a certificate for these names."""
    certificate, key = authority.sign(names).files(folder, names[0])
    return {"TLS_PORT": port, "CERTIFICATE": f'"{certificate}"', "PRIVATE_KEY": f'"{key}"'}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_provider_found_by_srv_whose_first_server_is_dead(
    provider: Kamailio, visit: Visit, transport: str
) -> None:
    service = {"udp": "SIP+D2U", "tcp": "SIP+D2T"}[transport]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        dead = silent.getsockname()[1]  # nobody listens there over TCP, and nobody answers
        zone = (
            f'@ NAPTR 10 10 "s" "{service}" "" _sip._{transport}\n'
            f"_sip._{transport} SRV 10 0 {dead} one\n"
            f"_sip._{transport} SRV 20 0 {provider.port} one\n"
            "one A 127.0.0.1\n"
        )
        with NameServer("provider.test", zone) as name_server:
            server, _ = visit.called(BY_NAME.format(dns=name_server.address, secret=SECRET))

    trace = server.command("trace", "last").out
    assert f"is called again over {transport}:127.0.0.1:{provider.port}: " in trace
    assert trace.count(" is called over provider.test\n") == 1
    assert "provider.test NAPTR" in name_server.asked


def test_of_several_providers_the_first_that_takes_the_call_gets_it(
    stack: ExitStack, kamailio: str, tmp_path: Path, visit: Visit
) -> None:
    """One keeps silent, the next say 503 and 500; the last wants a password and rings."""
    silent, full, broken = free_port(), free_port(), free_port()
    provider = stack.enter_context(
        Kamailio(
            *(kamailio, "provider.cfg", tmp_path),
            TELEPHONE=visit.telephone_port,
            CHALLENGE=f'"{SECRET}"',
            SILENT_PORT=silent,
            FULL_PORT=full,
            BROKEN_PORT=broken,
        )
    )
    trunks = {"last": provider.port, "full": full, "silent": silent, "broken": broken}
    order = ("silent", "full", "broken", "last")
    tables = [
        SEVERAL.format(name=name, port=port, priority=order.index(name))
        for name, port in trunks.items()
    ]
    tables[0] += CREDENTIALS
    server, _ = visit.called("".join(tables))

    record = server.get(f"/visits/{server.get('/visits')['items'][0]['id']}")
    legs = [leg for stage in record["stages"] for leg in stage["legs"]]
    assert [int(leg["contact"].rpartition(":")[2]) for leg in legs] == [
        trunks[name] for name in order
    ]
    assert [(leg["outcome"], leg["status"]) for leg in legs] == [
        ("failed", 408),
        ("failed", 503),
        ("failed", 500),
        ("answered", 200),
    ]
