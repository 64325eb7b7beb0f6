"""RFC 3261 §22.2, §22.3 and RFC 7616 §3.3: this server as the client whom a provider asks."""

from sipcore.b2bua.plan import Party, RingStage, Target
from sipcore.endpoint.trunk import Trunk, TrunkChallenges
from sipcore.message.auth import parse_auth
from sipcore.message.message import Request
from tests.support.entropy import SequenceEntropy
from tests.support.peers import ANSWER_SDP, invite, reply
from tests.support.wire import APP, DOOR, Sent, Wire, requests, responses

NUMBER = "+49301234"
PROVIDER = Trunk("provider", "provider.test", user="4930", password="s3cret")
OF_SERVER = 'WWW-Authenticate: Digest realm="s", nonce="{}", qop="auth"'
OF_PROXY = 'Proxy-Authenticate: Digest realm="p", nonce="{}", qop="auth"'


def called() -> tuple[Wire, Request]:
    """A call to a landline; the INVITE that the provider gets."""
    party = Party("landline", NUMBER)
    wire = Wire(
        RingStage("landline", (Target(party, trunk="provider"),), 45.0), contacts={NUMBER: [APP]}
    )
    wire.endpoint.ports.credentials = TrunkChallenges({"provider": PROVIDER}, SequenceEntropy())
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    return wire, leg


def asks(wire: Wire, leg: Request, status: int, line: str) -> Sent:
    """The provider wants credentials."""
    return wire.receive(reply(leg, status, extra=(line,)), APP)


def proofs(request: Request, name: bytes) -> list[tuple[bytes, bytes]]:
    """Nonce and count of the credentials in these lines."""
    found = [parse_auth(value)[1] for value in request.every(name)]
    return [(params[b"nonce"], params[b"nc"]) for params in found]


def test_a_call_satisfies_a_proxy_and_the_server_behind_it() -> None:
    """§22.3; §22.1: the ACK repeats all credentials of its INVITE."""
    wire, first = called()
    (second,) = requests(asks(wire, first, 407, OF_PROXY.format("p1")), b"INVITE")
    (third,) = requests(asks(wire, second, 401, OF_SERVER.format("s1")), b"INVITE")
    sent = wire.receive(reply(third, 200, body=ANSWER_SDP, flow=APP), APP)
    (ack,) = requests(sent, b"ACK")

    assert proofs(second, b"authorization") == []
    for request in (third, ack):
        assert proofs(request, b"proxy-authorization") == [(b"p1", b"00000002")]
        assert proofs(request, b"authorization") == [(b"s1", b"00000001")]
    assert [first.cseq.number, second.cseq.number, third.cseq.number] == [1, 2, 3]


def test_a_nonce_that_was_too_old_is_replaced_in_a_call() -> None:
    """RFC 7616 §3.3: stale=true says that the password was right."""
    wire, first = called()
    (second,) = requests(asks(wire, first, 407, OF_PROXY.format("p1")), b"INVITE")

    stale = OF_PROXY.format("p2") + ", stale=TRUE"
    (third,) = requests(asks(wire, second, 407, stale), b"INVITE")

    assert proofs(third, b"proxy-authorization") == [(b"p2", b"00000001")]


def test_a_provider_that_refuses_the_password_is_not_asked_again() -> None:
    """§22.3: not with the credentials that were just rejected."""
    wire, first = called()
    (second,) = requests(asks(wire, first, 401, OF_SERVER.format("s1")), b"INVITE")

    sent = asks(wire, second, 401, OF_SERVER.format("s2"))

    assert requests(sent, b"INVITE") == []
    assert [one.status for one in responses(sent)] == [500]
