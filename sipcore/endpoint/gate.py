"""Gate: what a request outside every transaction and dialog must pass before it is looked into."""

from collections import Counter

from sipcore.defence.overload import Overload, Wish
from sipcore.defence.sentinel import Sentinel
from sipcore.endpoint.replies import StatelessReplies
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request


class Gate:
    """Asks the sentinel who may be heard and the overload control what may be served."""

    def __init__(
        self,
        sentinel: Sentinel,
        overload: Overload,
        replies: StatelessReplies,
        counters: Counter[str],
    ) -> None:
        self.sentinel = sentinel
        self._overload = overload
        self._replies = replies
        self._counters = counters
        for wish in Wish:
            counters[_counter(wish)] += 0

    def opens(self, request: Request, flow: Flow, back: Flow) -> bool:
        """Whether the request is served; False when it was dropped, or refused over `back`."""
        if not self.sentinel.hears(request, flow):
            return False
        if not self._overload.level:
            return True
        wish = self._wish_of(request, flow)
        if not self._overload.sheds(wish):
            return True
        self._counters[_counter(wish)] += 1
        if request.method != b"OPTIONS":
            # RFC 3261 §21.5.4. OPTIONS are dropped: to refuse them would cost as much as to answer.
            self._replies.send(request, back, 503)
        return False

    def _wish_of(self, request: Request, flow: Flow) -> Wish:
        is_known = self.sentinel.knows(flow)
        if request.method == b"REGISTER":
            is_refresh = is_known or request.first(b"authorization") is not None
            return Wish.REFRESH if is_refresh else Wish.ARRIVAL
        return Wish.CALL if is_known and request.method != b"OPTIONS" else Wish.STRANGER


def _counter(wish: Wish) -> str:
    return f"shed_overload_{wish.name.lower()}"
