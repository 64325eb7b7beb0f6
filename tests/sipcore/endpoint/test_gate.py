"""What a request outside every dialog must pass."""

from collections import Counter

import pytest

from sipcore.defence.overload import Overload, Wish
from sipcore.defence.policy import DefencePolicy
from sipcore.defence.sentinel import Sentinel
from sipcore.endpoint.gate import Gate
from sipcore.endpoint.replies import StatelessReplies
from sipcore.kernel.flow import Flow
from sipcore.message.message import Response, parse
from tests.support.clock import ManualClock
from tests.support.registration import register

PHONE = Flow("UDP", 0, "192.0.2.10", 5062)
STRANGER = Flow("UDP", 0, "192.0.2.66", 5060)
AUTHORIZATION = b'Authorization: Digest username="1001"'


class Door:
    """A gate on a wire of lists, at one level of overload."""

    def __init__(self, level: int = 0, policy: DefencePolicy | None = None) -> None:
        self.sent: list[Response] = []
        self.counters: Counter[str] = Counter()
        self.sentinel = Sentinel(policy or DefencePolicy(), ManualClock())
        overload = Overload()
        overload.level = level
        replies = StatelessReplies(b"secret", self._send, self.counters)
        self.gate = Gate(self.sentinel, overload, replies, self.counters)
        self.sentinel.succeeded(PHONE)

    def _send(self, data: bytes, flow: Flow) -> bool:
        response = parse(data)
        assert isinstance(response, Response)
        self.sent.append(response)
        return True

    def opens(self, method: bytes, flow: Flow, *, authorized: bool = False) -> bool:
        extra = (AUTHORIZATION,) if authorized else ()
        return self.gate.opens(register(method=method, extra=extra), flow, flow)


WISHES = [
    (b"OPTIONS", STRANGER, False, Wish.STRANGER),
    (b"SUBSCRIBE", STRANGER, False, Wish.STRANGER),
    (b"INVITE", STRANGER, False, Wish.STRANGER),
    (b"OPTIONS", PHONE, False, Wish.STRANGER),
    (b"INVITE", PHONE, True, Wish.CALL),
    (b"SUBSCRIBE", PHONE, True, Wish.CALL),
    (b"REGISTER", STRANGER, False, Wish.ARRIVAL),
    (b"REGISTER", STRANGER, True, Wish.REFRESH),
    (b"REGISTER", PHONE, False, Wish.REFRESH),
]


@pytest.mark.parametrize(("method", "flow", "authorized", "wish"), WISHES)
def test_overload_sheds_strangers_first_and_refreshes_last(
    method: bytes, flow: Flow, authorized: bool, wish: Wish
) -> None:
    opened = [Door(level).opens(method, flow, authorized=authorized) for level in range(5)]

    assert opened == [level < wish for level in range(5)]


@pytest.mark.parametrize("method", [b"INVITE", b"REGISTER", b"SUBSCRIBE"])
def test_whoever_waits_for_something_is_told_when_to_come_back(method: bytes) -> None:
    door = Door(level=4)
    door.opens(method, STRANGER)

    assert [response.status for response in door.sent] == [503]
    assert 5 <= int(door.sent[0].first(b"retry-after") or 0) <= 30


def test_a_stranger_who_asks_what_we_can_do_gets_no_answer_in_overload() -> None:
    door = Door(level=1)

    assert not door.opens(b"OPTIONS", STRANGER)
    assert (door.sent, door.counters["shed_overload_stranger"]) == ([], 1)


def test_what_the_sentinel_does_not_hear_gets_no_answer() -> None:
    door = Door(policy=DefencePolicy(requests_per_second=1))

    assert [door.opens(b"REGISTER", STRANGER) for _ in range(5)] == [True] * 3 + [False] * 2
    assert door.sent == []
