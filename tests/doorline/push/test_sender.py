"""The queue in front of a carrier."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from doorline.push.order import PushOrder
from doorline.push.result import SENT, PushOutcome, PushResult
from doorline.push.sender import PushSender
from doorline.push.target import PushTarget
from tests.support.pushes import FCM, Carrier, order

BUSY = PushResult(PushOutcome.UNREACHABLE, "503", may_retry=True)
WRONG = PushResult(PushOutcome.REFUSED, "400")


class Outcomes:
    """What was told of pushes; can be waited for."""

    def __init__(self) -> None:
        self.results: list[PushResult] = []
        self.told = asyncio.Event()

    def __call__(self, _order: PushOrder, _target: PushTarget, result: PushResult) -> None:
        self.results.append(result)
        self.told.set()


class Time:
    """A monotonic clock that the sender's own pauses move."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@asynccontextmanager
async def sending(carrier: Carrier, time: Time) -> AsyncIterator[PushSender]:
    sender = PushSender(carrier, lambda: time.now, workers=2, sleep=time.sleep)
    sender.start()
    yield sender
    await sender.stop()


async def result_of(carrier: Carrier, time: Time, seconds: float = 30.0) -> PushResult:
    told = Outcomes()
    async with sending(carrier, time) as sender:
        sender.send(order(), FCM, seconds, told)
        await told.told.wait()
    (result,) = told.results
    return result


async def test_a_push_is_sent_and_its_result_told(time: Time) -> None:
    carrier = Carrier()

    assert await result_of(carrier, time) == SENT
    assert (carrier.sent, carrier.closed, time.slept) == ([(order(), FCM)], True, [])


async def test_what_failed_for_a_moment_is_sent_once_more(time: Time) -> None:
    carrier = Carrier(BUSY, SENT)

    assert await result_of(carrier, time) == SENT
    assert (len(carrier.sent), time.slept) == (2, [0.2])


async def test_it_is_sent_twice_at_most(time: Time) -> None:
    carrier = Carrier(BUSY)

    assert await result_of(carrier, time) == BUSY
    assert len(carrier.sent) == 2


async def test_the_provider_says_how_long_to_wait(time: Time) -> None:
    carrier = Carrier(PushResult(PushOutcome.UNREACHABLE, "429", True, 4.0), SENT)

    assert await result_of(carrier, time) == SENT
    assert time.slept == [4.0]


async def test_no_second_attempt_after_the_time_of_the_stage(time: Time) -> None:
    carrier = Carrier(PushResult(PushOutcome.UNREACHABLE, "429", True, 30.0), SENT)

    assert (await result_of(carrier, time, 20.0)).outcome is PushOutcome.UNREACHABLE
    assert len(carrier.sent) == 1


async def test_what_is_refused_is_not_tried_again(time: Time) -> None:
    carrier = Carrier(WRONG, SENT)

    assert await result_of(carrier, time) == WRONG
    assert len(carrier.sent) == 1


async def test_what_nobody_wants_any_more_is_not_sent(time: Time) -> None:
    carrier, told = Carrier(), Outcomes()
    async with sending(carrier, time) as sender:
        sender.send(order(), FCM, 30.0, told, lambda: False)
        await told.told.wait()

    assert (told.results[0].outcome, carrier.sent) == (PushOutcome.WITHDRAWN, [])


async def test_what_waited_too_long_is_not_sent(time: Time) -> None:
    carrier, told = Carrier(), Outcomes()
    sender = PushSender(carrier, lambda: time.now, sleep=time.sleep)
    sender.send(order(), FCM, 1.0, told)
    time.now += 2
    sender.start()
    await told.told.wait()
    await sender.stop()

    assert (told.results[0].outcome, carrier.sent) == (PushOutcome.UNREACHABLE, [])


async def test_a_full_queue_takes_no_more(time: Time) -> None:
    told = Outcomes()
    sender = PushSender(Carrier(), lambda: time.now, max_waiting=2)
    for _ in range(3):
        sender.send(order(), FCM, 30.0, told)
    await sender.stop()

    assert (sender.waiting, told.results) == (2, [PushResult(PushOutcome.FULL)])


async def test_one_push_that_fails_badly_does_not_stop_the_others(time: Time) -> None:
    class Broken(Carrier):
        async def send(self, order: PushOrder, target: PushTarget, seconds: float) -> PushResult:
            await super().send(order, target, seconds)
            raise KeyError("secret-token")

    carrier = Broken()
    assert await result_of(carrier, time) == PushResult(PushOutcome.REFUSED, "KeyError")


async def test_a_carrier_says_what_it_cannot_carry() -> None:
    carrier = Carrier()
    carrier.carries_all = False

    assert not PushSender(carrier, lambda: 0.0).carries(order(), FCM)


async def test_a_carrier_that_never_answers_is_given_up(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(Carrier):
        async def send(self, order: PushOrder, target: PushTarget, seconds: float) -> PushResult:
            await super().send(order, target, seconds)
            await asyncio.Event().wait()
            return SENT

    monkeypatch.setattr("doorline.push.sender.ATTEMPT", 0.001)
    carrier = Silent()

    assert (await result_of(carrier, time)).detail == "no answer in time"
    assert len(carrier.sent) == 2
