"""Page: one message outside calls on its way to everybody it is for (RFC 3428).

The sender's MESSAGE ends here; each contact gets one of our own, with the body as it came. The
first 2xx answers the sender at once. Without one it hears the best failure when all have failed,
or shortly before its own transaction gives up, so that it hears something (RFC 4320 §1): whoever
is silent counts as unavailable, for 408 must not be sent (RFC 4320 §4.2).

    Delivering --2xx, last failure, patience over--> Answered
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from sipcore.b2bua import header_policy
from sipcore.b2bua.best_response import best_failure
from sipcore.b2bua.large_requests import with_via
from sipcore.b2bua.originating import hops_left, identity
from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import Addressing, Route
from sipcore.dialog.reach import is_too_large
from sipcore.dialog.routing import request_target
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.flow import Flow
from sipcore.kernel.timers import TIMEOUT
from sipcore.message import build
from sipcore.message.message import Request

PATIENCE: Final = TIMEOUT - 2.0
"""Seconds after which the sender is answered, whoever is still silent."""
MAX_COPIES: Final = header_policy.MOST_BREADTH
"""Contacts that one message goes to."""
NOBODY: Final = 480


class Copy(NamedTuple):
    """One MESSAGE of ours."""

    branch: bytes
    data: bytes
    flow: Flow
    uri: bytes
    """The contact it is for."""
    is_attempt: bool = False
    """Whether it goes over TCP for its size alone, to a phone that may not take that."""

    @property
    def place(self) -> tuple[bytes, str, int]:
        """The contact and where it is reached, over whatever transport."""
        return self.uri, self.flow.host, self.flow.port

    @property
    def is_too_large(self) -> bool:
        """Whether it may not be sent over a transport without congestion control (RFC 3428 §8)."""
        return is_too_large(self.data, self.flow)


class PagePorts(NamedTuple):
    """What a message asks of the world."""

    addressing: Addressing
    entropy: Entropy


class Page:
    """The answers to all copies of one message."""

    __slots__ = ("_failures", "_living", "answered", "deadline", "ends_at")

    def __init__(self, copies: int, now: float) -> None:
        self.answered = False
        self.ends_at = now + PATIENCE
        """When it makes no sense any more to send another copy."""
        self.deadline = self.ends_at
        """When to call `on_deadline`; infinity once the sender is answered."""
        self._living = copies
        self._failures: list[int] = []

    def settled(self, status: int) -> int:
        """One copy got its final response; the sender's answer if it is due now, else 0."""
        self._living -= 1
        if 200 <= status < 300:
            # RFC 3428 §7: 200 says delivered, 202 says somebody else will deliver.
            return self._answer(202 if status == 202 else 200)
        self._failures.append(NOBODY if status == 408 else status)
        return 0 if self._living > 0 else self._answer(best_failure(self._failures))

    def on_deadline(self, now: float) -> int:
        """The sender's answer when its patience is nearly over, else 0."""
        if now < self.deadline:
            return 0
        return self._answer(best_failure([*self._failures, NOBODY]))

    def _answer(self, status: int) -> int:
        self.deadline = math.inf
        if self.answered:
            return 0
        self.answered = True
        return status


def copies_of(
    request: Request, sender: Party, routes: Sequence[Route], ports: PagePorts
) -> list[Copy]:
    """A MESSAGE for each route, with identities of our own.

    The copies share what the sender allows of breadth (RFC 5393 §5.3.3), a part for each.
    """
    addressing, entropy = ports
    hops, from_ = hops_left(request), identity(sender, addressing.domain)
    lines = header_policy.crossing_in_message(request)
    content_type = header_policy.raw_content_type(request)
    copies: list[Copy] = []
    routes = routes[:MAX_COPIES]
    share, rest = divmod(header_policy.max_breadth(request), max(1, len(routes)))
    for route in routes:
        branch = entropy.branch()
        uri, path = request_target(route.request_uri, route.path)
        head = [
            addressing.via(route.flow, branch),
            b"Max-Forwards: %d" % hops,
            b"Max-Breadth: %d" % (share + (len(copies) < rest)),
            *[b"Route: " + hop for hop in path],
            b"From: %b;tag=%b" % (from_, entropy.tag()),
            b"To: <%b>" % route.to_uri,
            b"Call-ID: " + entropy.call_id(),
            b"CSeq: 1 MESSAGE",
            *lines,
        ]
        data, flow = build.request(b"MESSAGE", uri, head, request.body, content_type), route.flow
        is_attempt = bool(route.large) and is_too_large(data, flow)
        if is_attempt:  # RFC 3261 §18.1.1
            flow = route.large[0]
            data = with_via(addressing, data, branch, route.flow, flow)
        copies.append(Copy(branch, data, flow, route.request_uri, is_attempt))
    return copies


def carries_digits(content_type: bytes) -> bool:
    """Whether a body of that type is about digits, which belong into calls (RFC 6086 §1).

    In a call they are shown to the relays' rules before a door gets them; outside of one nobody
    could look at them.
    """
    subtype = content_type.partition(b"/")[2]
    return b"dtmf" in subtype or b"telephone-event" in subtype or subtype.endswith(b"digits")
