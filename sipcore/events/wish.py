"""What a SUBSCRIBE asks for, before anybody looks at who asks it (RFC 6665 §4.2.1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from sipcore.events.event_header import EventHeader
from sipcore.events.package import ALLOW_EVENTS, EventPackage
from sipcore.kernel.errors import BadMessage
from sipcore.message.content import not_understood
from sipcore.message.message import Request

_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class SubscriptionPolicy:
    """Durations in seconds, and how many subscriptions are kept."""

    min_expires: int = 60
    """Shorter wishes are answered 423 with Min-Expires; an hour at the most (§4.2.1.1)."""
    max_expires: int = 7200
    """Longer wishes are cut to this."""
    per_subscriber: int = 200
    """Of one account; one more ends the oldest of them."""
    per_target: int = 200
    """To one account; one more is refused."""
    in_all: int = 20_000


class RequestedSubscription(NamedTuple):
    """A subscription that can be served."""

    package: EventPackage
    event: EventHeader
    expires: int
    """Seconds granted; 0 fetches the state once, or ends the subscription."""


class Refused(NamedTuple):
    """Answer with this status and these header lines."""

    status: int
    lines: tuple[bytes, ...] = ()
    reason: str = ""
    """What is wrong with the request, for the reason phrase of a 400."""


def read_wish(
    request: Request, packages: Mapping[str, EventPackage], policy: SubscriptionPolicy
) -> RequestedSubscription | Refused:
    """The wish of a SUBSCRIBE, or why it cannot be served; total."""
    unread = not_understood(request)
    if unread:
        return Refused(415, unread)
    values = request.values(b"event")
    if not values:
        return Refused(489, (ALLOW_EVENTS,))  # §4.2.3
    if len(values) > 1:
        return Refused(400, reason="more than one Event")
    try:
        event = EventHeader.parse(values[0])
    except BadMessage as error:
        return Refused(400, reason=error.reason)
    package = packages.get(event.package)
    if event.package == "refer":
        return Refused(403)  # RFC 3515 §2.4.4: its subscriptions come by REFER alone
    if package is None:
        return Refused(489, (ALLOW_EVENTS,))
    if not accepts(request, package.content_type):
        return Refused(406, (b"Accept: " + package.content_type,))
    wanted = request.expires
    if wanted is None:
        wanted = package.default_expires
    if 0 < wanted < min(policy.min_expires, _HOUR):
        return Refused(423, (b"Min-Expires: %d" % policy.min_expires,))
    return RequestedSubscription(package, event, min(wanted, policy.max_expires))


def accepts(request: Request, content_type: bytes) -> bool:
    """Whether the sender of a SUBSCRIBE takes that type; without Accept it takes the default."""
    if request.first(b"accept") is None:
        return True
    ranges: dict[bytes, bool] = {}
    for value in request.values(b"accept"):
        written, *params = value.split(b";")
        name = written.strip().replace(b" ", b"").lower()
        ranges[name] = ranges.get(name, False) or not any(map(_is_refusal, params))
    # The most specific range that fits is the one that counts.
    for name in (content_type, content_type.partition(b"/")[0] + b"/*", b"*/*"):
        if name in ranges:
            return ranges[name]
    return False


def _is_refusal(param: bytes) -> bool:
    """Whether it is a q of 0, which says "not this" (RFC 3261 §20.1, RFC 9110 §12.4.2)."""
    name, _, value = param.partition(b"=")
    digits = value.strip()
    return name.strip().lower() == b"q" and digits[:1] == b"0" and not digits.strip(b"0.")
