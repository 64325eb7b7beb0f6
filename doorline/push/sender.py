"""PushSender: the queue in front of one carrier, and the few tasks that empty it.

Bounded in everything: how many wait, how many are under way, how long one may take. A push that
fails for a moment is sent once more, no sooner than the provider asks and never after its time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from doorline.push.carrier import PushCarrier
from doorline.push.order import PushOrder
from doorline.push.result import PushOutcome, PushResult
from doorline.push.target import PushTarget

MAX_WAITING = 1000
"""Pushes that wait; further ones fail at once."""
WORKERS = 8
"""Pushes under way at the same time."""
ATTEMPT = 10.0
"""Seconds one attempt may take."""
PAUSE = 0.2
"""Seconds before the second attempt when the provider names none."""

Told = Callable[[PushOrder, PushTarget, PushResult], None]
"""Told what became of a push, once for each; must not raise."""


@dataclass(frozen=True, slots=True)
class _Job:
    order: PushOrder
    target: PushTarget
    ends: float
    """Monotonic seconds after which it is of no use."""
    is_wanted: Callable[[], bool]
    told: Told


class PushSender:
    """Sends through one carrier."""

    def __init__(
        self,
        carrier: PushCarrier,
        monotonic: Callable[[], float],
        *,
        max_waiting: int = MAX_WAITING,
        workers: int = WORKERS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._carrier = carrier
        self._monotonic = monotonic
        self._queue: asyncio.Queue[_Job] = asyncio.Queue(max_waiting)
        self._workers = workers
        self._sleep = sleep
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> int:
        """Pushes that wait now."""
        return self._queue.qsize()

    def start(self) -> None:
        """Begin to send."""
        self._tasks = [
            asyncio.create_task(self._work(), name="push sender") for _ in range(self._workers)
        ]

    async def idle(self) -> None:
        """Wait until everything that was taken has been sent or has failed."""
        await self._queue.join()

    async def stop(self) -> None:
        """Stop; what waits is not sent any more."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self._carrier.close()

    def carries(self, order: PushOrder, target: PushTarget) -> bool:
        """Whether such a push can be sent to such a token at all."""
        return self._carrier.carries(order, target)

    def send(
        self,
        order: PushOrder,
        target: PushTarget,
        seconds: float,
        told: Told,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Send a push within so many seconds; returns at once.

        `is_wanted` is asked before each attempt. `told` may be called before this returns.
        """
        job = _Job(order, target, self._monotonic() + seconds, is_wanted, told)
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            told(order, target, PushResult(PushOutcome.FULL))

    async def _work(self) -> None:
        while True:
            job = await self._queue.get()
            try:
                job.told(job.order, job.target, await self._deliver(job))
            finally:
                self._queue.task_done()

    async def _deliver(self, job: _Job) -> PushResult:
        """One attempt, and a second one where that can help."""
        result = await self._attempt(job)
        pause = max(result.retry_after, PAUSE)
        if not result.may_retry or self._monotonic() + pause >= job.ends:
            return result
        await self._sleep(pause)
        return await self._attempt(job)

    async def _attempt(self, job: _Job) -> PushResult:
        if not job.is_wanted():
            return PushResult(PushOutcome.WITHDRAWN)
        left = job.ends - self._monotonic()
        if left <= 0:
            return PushResult(PushOutcome.UNREACHABLE, "no time left")
        seconds = min(left, ATTEMPT)
        try:
            async with asyncio.timeout(seconds):
                return await self._carrier.send(job.order, job.target, seconds)
        except TimeoutError:
            return PushResult(PushOutcome.UNREACHABLE, "no answer in time", may_retry=True)
        except Exception as error:  # one push must not end the task that sends all others
            return PushResult(PushOutcome.REFUSED, type(error).__name__)
