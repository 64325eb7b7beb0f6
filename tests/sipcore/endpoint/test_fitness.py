"""What a request must be, whoever sent it, and in which order that is looked at."""

from collections import Counter

import pytest

from sipcore.defence.policy import DefencePolicy
from sipcore.defence.sentinel import Sentinel
from sipcore.endpoint.fitness import Fitness
from sipcore.endpoint.replies import StatelessReplies
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.registrar.local_names import LocalNames
from tests.support.clock import ManualClock
from tests.support.registration import DOMAIN, FLOW, register

OURS = b"sip:1001@doorline.test"
FOREIGN = b"sip:1001@elsewhere.test"
METHODS = [b"INVITE", b"SUBSCRIBE", b"MESSAGE", b"OPTIONS"]


class Desk:
    """Fitness on a wire of lists."""

    def __init__(self) -> None:
        self.sent: list[Response] = []
        self.sentinel = Sentinel(DefencePolicy(), ManualClock())
        replies = StatelessReplies(b"secret", self._send, Counter())
        self._fitness = Fitness(LocalNames(DOMAIN), replies, self.sentinel)

    def _send(self, data: bytes, flow: Flow) -> bool:
        response = parse(data)
        assert isinstance(response, Response)
        self.sent.append(response)
        return True

    def statuses(self, request: Request) -> list[int]:
        """What the request is refused with; nothing when it may go on."""
        assert self._fitness.passes(request, FLOW) == (not self.sent)
        return [response.status for response in self.sent]


def request(method: bytes, uri: bytes = OURS, *lines: bytes, hops: int = 70) -> Request:
    data = register(method=method, uri=uri, extra=lines).raw
    made = parse(data.replace(b"Max-Forwards: 70", b"Max-Forwards: %d" % hops))
    assert isinstance(made, Request)
    return made


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("uri", [OURS, b"tel:+49301234", b"sip:doorline.test"])
def test_what_is_ordinary_goes_on(method: bytes, uri: bytes) -> None:
    assert Desk().statuses(request(method, uri)) == []


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_refused_for_the_same_reasons(method: bytes) -> None:
    desk = Desk()

    assert Desk().statuses(request(method, FOREIGN)) == [404]
    assert desk.statuses(request(method, OURS, b"Require: timer, gruu")) == [420]
    assert desk.sent[0].first(b"unsupported") == b"gruu"


@pytest.mark.parametrize(
    ("method", "statuses"),
    [(b"INVITE", [483]), (b"MESSAGE", [483]), (b"SUBSCRIBE", []), (b"OPTIONS", [])],
)
def test_hops_are_counted_for_what_goes_on_from_here(method: bytes, statuses: list[int]) -> None:
    """RFC 3261 §16.3 item 3: only who would forward needs a hop; the recipient answers."""
    assert Desk().statuses(request(method, hops=0)) == statuses


def test_what_goes_on_from_here_without_breadth_is_440_and_nothing_else_is_divided() -> None:
    line = b"Max-Breadth: 0"

    assert Desk().statuses(request(b"INVITE", OURS, line)) == [440]
    assert Desk().statuses(request(b"MESSAGE", OURS, line)) == [440]


def test_the_first_fault_answers() -> None:
    """RFC 3261 §16.3 and §8.2: hops, then whom it is for, then extensions."""
    faulty = (b"Max-Breadth: 0", b"Require: gruu")

    assert Desk().statuses(request(b"INVITE", FOREIGN, *faulty, hops=0)) == [483]
    assert Desk().statuses(request(b"INVITE", FOREIGN, *faulty)) == [440]
    assert Desk().statuses(request(b"INVITE", FOREIGN, faulty[1])) == [404]


@pytest.mark.parametrize(
    ("method", "failures"), [(b"INVITE", 1), (b"SUBSCRIBE", 1), (b"MESSAGE", 1), (b"OPTIONS", 0)]
)
def test_who_wants_to_be_relayed_is_held_to_account(method: bytes, failures: int) -> None:
    desk = Desk()
    desk.statuses(request(method, FOREIGN))

    assert desk.sentinel.counters["failures"] == failures
