"""PushCarrier: the port of whoever carries pushes to phones."""

from typing import Protocol

from doorline.push.order import PushOrder
from doorline.push.result import PushResult
from doorline.push.target import PushTarget


class PushCarrier(Protocol):
    """One service, spoken to over HTTP."""

    def carries(self, order: PushOrder, target: PushTarget) -> bool:
        """Whether such a push can be sent to such a token at all."""

    async def send(self, order: PushOrder, target: PushTarget, seconds: float) -> PushResult:
        """One attempt that takes so many seconds at most; total, never raises."""

    async def close(self) -> None:
        """Close the connections."""
