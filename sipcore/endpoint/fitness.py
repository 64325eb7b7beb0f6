"""Fitness: what a request outside every dialog must be, whoever sent it (RFC 3261 §8.2, §16.3).

Asked before authentication, so that the answers are the same for everybody. The order is that of
§16.3 (hops) and §8.2 (Request-URI, then extensions, then content); the grammar and the scheme of
the Request-URI were looked at before (`message/check.py`), REGISTER has a table of its own in the
registrar.

Hops are counted only for what goes on from here. A SUBSCRIBE and an OPTIONS end at this server,
and whoever is the recipient answers even when no hop is left (§11, §16.3 item 3).
"""

from typing import Final, NamedTuple

from sipcore.b2bua import header_policy
from sipcore.defence.offence import Offence
from sipcore.defence.sentinel import Sentinel
from sipcore.endpoint.replies import StatelessReplies
from sipcore.kernel.flow import Flow
from sipcore.message.capabilities import unsupported
from sipcore.message.content import not_understood
from sipcore.message.message import Request
from sipcore.registrar.local_names import LocalNames

_GOING_ON: Final = (b"INVITE", b"MESSAGE")
"""Methods of requests that others get from here."""


class Unfit(NamedTuple):
    """The request is answered like this."""

    status: int
    extra: tuple[bytes, ...] = ()
    """Complete header lines without CRLF."""


def _hops(request: Request) -> Unfit | None:
    """§16.3 item 3."""
    is_spent = request.max_forwards == 0 and request.method in _GOING_ON
    return Unfit(483) if is_spent else None


def _breadth(request: Request) -> Unfit | None:
    """RFC 5393 §5.3.3; only an INVITE and a MESSAGE go on from here."""
    if b"max-breadth" not in request.index or request.method not in _GOING_ON:
        return None
    return Unfit(440) if header_policy.max_breadth(request) == 0 else None


def _target(request: Request, names: LocalNames) -> Unfit | None:
    """§8.2.2.1."""
    uri = request.request_uri
    return None if uri.scheme == "tel" or names.covers(uri.host) else Unfit(404)


def _extensions(request: Request) -> Unfit | None:
    """§8.2.2.3."""
    missing = unsupported(request)
    return Unfit(420, (b"Unsupported: " + missing,)) if missing else None


def _content(request: Request) -> Unfit | None:
    """§8.2.3, of an OPTIONS: what goes on from here is for others to read, and what a SUBSCRIBE
    asks for is read elsewhere (`events/wish.py`)."""
    unread = not_understood(request) if request.method == b"OPTIONS" else ()
    return Unfit(415, unread) if unread else None


class Fitness:
    """Turns away what nobody may ask for."""

    def __init__(self, names: LocalNames, replies: StatelessReplies, sentinel: Sentinel) -> None:
        self._names = names
        self._replies = replies
        self._sentinel = sentinel

    def passes(self, request: Request, flow: Flow) -> bool:
        """Whether the request may go on; False when it was answered over `flow`.

        Raises BadMessage for a malformed Max-Breadth.
        """
        unfit = self._find(request)
        if unfit is None:
            return True
        # OPTIONS for another name is how clumsy phones hold their NAT open.
        if unfit.status == 404 and request.method != b"OPTIONS":
            self._sentinel.failed(flow, Offence.FOREIGN, request)
        self._replies.send(request, flow, unfit.status, extra=unfit.extra)
        return False

    def _find(self, request: Request) -> Unfit | None:
        """The first fault of the request; it answers."""
        return (
            _hops(request)
            or _breadth(request)
            or _target(request, self._names)
            or _extensions(request)
            or _content(request)
        )
