"""Our registrations with providers, on the wire."""

import pytest

from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.registrant import Registrants
from sipcore.endpoint.settings import BoundListener
from sipcore.endpoint.trunk import Trunk, TrunkChallenges
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from sipcore.registrar.location import Location
from sipcore.registrar.register_client import RegisterState
from sipcore.transport.failed_servers import FailedServers
from sipcore.transport.locating import Candidate
from tests.support.entropy import SequenceEntropy
from tests.support.peers import reply
from tests.support.wire import Sent, Wire, requests

FIRST, SECOND = (Flow("UDP", 0, f"192.0.2.5{n}", 5060) for n in (1, 2))
SERVERS = (
    Candidate("UDP", "a", 5060, ("192.0.2.51",)),
    Candidate("UDP", "b", 5060, ("192.0.2.52",), priority=1),
)
TRUNK = Trunk("city", "city.test", SERVERS, user="4930", password="s3cret")
CHALLENGE = 'WWW-Authenticate: Digest realm="city", nonce="n1", qop="auth", algorithm=MD5'


class Provider:
    """A wire with a provider at its other end."""

    def __init__(self, trunk: Trunk | None = TRUNK) -> None:
        self.wire = Wire()
        self.trunks = {} if trunk is None else {"city": trunk}
        board, entropy = self.wire.endpoint.switchboard, SequenceEntropy()
        addressing = LocalAddressing(
            "doorline.test", "", (BoundListener("UDP", "192.0.2.100", 5060),)
        )
        locator = LiveLocator(
            Location(), self.trunks, failed=FailedServers(self.wire.clock), draw=lambda most: 0
        )
        locator.use(addressing)
        self.registrants = Registrants(
            {"city": 600},
            switchboard=board,
            locator=locator,
            challenges=TrunkChallenges(self.trunks, entropy),
            addressing=addressing,
            entropy=entropy,
        )

    @property
    def now(self) -> float:
        return self.wire.clock.monotonic()

    def start(self) -> Request:
        """The first REGISTER."""
        self.registrants.start(self.now)
        (asked,) = requests(self.wire.advance(2.1), b"REGISTER")
        return asked

    def answers(self, asked: Request, status: int, *extra: str, flow: Flow = FIRST) -> Sent:
        """The provider answers; what follows at once."""
        return self.wire.receive(reply(asked, status, extra=extra), flow)

    def registered(self) -> Request:
        """A registration for ten minutes; its REGISTER."""
        asked = self.start()
        self.answers(asked, 200, "Expires: 600")
        return asked


def test_our_user_is_registered_at_the_address_of_our_listener() -> None:
    asked = Provider().start()

    assert asked.uri == b"sip:city.test"
    assert (asked.to.uri.user, asked.from_.uri.user) == ("4930", "4930")
    assert asked.first(b"contact") == b"<sip:4930@192.0.2.100:5060>"
    assert asked.expires == 600
    assert asked.first(b"authorization") is None


def test_a_challenge_is_answered_on_the_same_registration() -> None:
    """§10.2: one Call-ID, CSeq one greater."""
    provider = Provider()
    first = provider.start()

    sent = provider.answers(first, 401, CHALLENGE)

    (second,) = requests(sent, b"REGISTER")
    assert second.call_id == first.call_id
    assert second.cseq.number == first.cseq.number + 1
    assert b'username="4930"' in (second.first(b"authorization") or b"")
    assert b"s3cret" not in second.raw
    provider.answers(second, 200, "Contact: <sip:4930@192.0.2.100:5060>;expires=300")
    assert provider.registrants.registered == 1


def test_it_is_refreshed_before_it_ends() -> None:
    provider = Provider()
    provider.registered()

    assert requests(provider.wire.advance(449.0, step=1.0), b"REGISTER") == []
    (again,) = requests(provider.wire.advance(62.0, step=1.0), b"REGISTER")[:1]

    assert again.expires == 600
    assert provider.registrants.registered == 1


def test_a_wrong_password_is_not_tried_again_at_once() -> None:
    provider = Provider()
    (second,) = requests(provider.answers(provider.start(), 401, CHALLENGE), b"REGISTER")

    sent = provider.answers(second, 401, CHALLENGE) + provider.wire.advance(14.0)

    assert requests(sent, b"REGISTER") == []
    assert provider.registrants.by_trunk["city"].client.status == 401
    assert provider.registrants.registered == 0


def test_a_nonce_that_is_too_old_is_replaced() -> None:
    """RFC 7616 §3.3: with stale=true and another nonce the password was right."""
    provider = Provider()
    (second,) = requests(provider.answers(provider.start(), 401, CHALLENGE), b"REGISTER")

    renewed = CHALLENGE.replace('"n1"', '"n2", stale=TRUE')
    (third,) = requests(provider.answers(second, 401, renewed), b"REGISTER")

    (line,) = third.every(b"authorization")
    assert b'nonce="n2"' in line
    assert b"nc=00000001" in line


def test_a_proxy_and_the_registrar_are_both_satisfied() -> None:
    """RFC 3261 §22.3."""
    provider = Provider()
    proxied = CHALLENGE.replace("WWW", "Proxy").replace("n1", "p1")
    (second,) = requests(provider.answers(provider.start(), 407, proxied), b"REGISTER")
    (third,) = requests(provider.answers(second, 401, CHALLENGE), b"REGISTER")

    (own,), (proxy,) = third.every(b"authorization"), third.every(b"proxy-authorization")
    assert (b'nonce="n1"' in own, b"nc=00000001" in own) == (True, True)
    assert (b'nonce="p1"' in proxy, b"nc=00000002" in proxy) == (True, True)
    assert second.every(b"authorization") == []


def test_a_server_that_only_plays_with_nonces_is_left_alone() -> None:
    provider = Provider()
    asked, count = provider.start(), 1
    while found := requests(
        provider.answers(asked, 401, CHALLENGE.replace('"n1"', f'"n{count}", stale=true')),
        b"REGISTER",
    ):
        (asked,) = found
        count += 1

    assert count == 6


@pytest.mark.parametrize("line", ["WWW-Authenticate: Basic realm=x", "X: y"])
def test_a_challenge_that_cannot_be_answered_is_a_failure(line: str) -> None:
    provider = Provider()

    sent = provider.answers(provider.start(), 401, line)

    assert requests(sent, b"REGISTER") == []
    assert provider.registrants.by_trunk["city"].client.status == 401


def test_a_server_that_keeps_silent_is_left_for_the_next_one() -> None:
    provider = Provider()
    provider.start()

    sent = provider.wire.advance(33.0, step=0.1)

    flows = [flow for m, flow in sent if m in requests(sent, b"REGISTER")]
    assert (flows[0], flows[-1]) == (FIRST, SECOND)
    (asked, *_) = [m for m in requests(sent, b"REGISTER") if m is not None][-1:]
    provider.answers(asked, 200, "Expires: 600", flow=SECOND)
    assert provider.registrants.registered == 1


def test_when_no_server_answers_it_waits_before_it_begins_again() -> None:
    provider = Provider()
    provider.wire.broken |= {FIRST, SECOND}
    provider.registrants.start(provider.now)
    provider.wire.advance(2.1)
    client = provider.registrants.by_trunk["city"].client
    assert (client.state, client.status) == (RegisterState.WAITING, 503)

    provider.wire.broken.clear()
    assert len(requests(provider.wire.advance(31.0, step=0.1), b"REGISTER")) >= 1


def test_a_provider_that_was_not_located_yet_is_tried_again() -> None:
    provider = Provider(None)
    provider.registrants.start(provider.now)
    assert provider.wire.advance(2.1) == []

    provider.trunks["city"] = TRUNK
    assert len(requests(provider.wire.advance(31.0, step=0.1), b"REGISTER")) >= 1


def test_the_registration_is_ended_when_the_server_stops() -> None:
    """§10.2.2: Expires 0, for our contact alone."""
    provider = Provider()
    provider.registered()

    assert provider.registrants.stop(provider.now)
    (last,) = requests(provider.wire.taken(), b"REGISTER")
    assert last.expires == 0
    assert last.first(b"contact") == b"<sip:4930@192.0.2.100:5060>"
    provider.answers(last, 200)

    assert not provider.registrants.are_leaving
    assert provider.registrants.registered == 0
    assert provider.wire.advance(3600.0, step=1.0) == []
    assert provider.wire.remains == {}


def test_where_nothing_was_registered_nothing_is_ended() -> None:
    provider = Provider()
    provider.registrants.start(provider.now)

    assert not provider.registrants.stop(provider.now)
    assert provider.wire.advance(60.0, step=0.1) == []
