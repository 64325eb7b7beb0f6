"""Subscription: the notifier's side of one subscription and its dialog (RFC 6665 §4.2).

The figure of §4.2.2 without its states resp_wait and pending: our rules answer at once, so a
subscription is active from the SUBSCRIBE on, or never comes to be. `Closing` waits for the answer
to the last NOTIFY; until then the dialog is there, but nothing can be asked of it (§4.4.1).

        SUBSCRIBE            NOTIFY failure
    Init ---------> Active ------------------> Terminated
      |               | expired, Expires: 0,        ^
      | Expires: 0    v withdrawn                   |
      +----------> Closing -------------------------+
                        last NOTIFY answered, or never

NOTIFY after SUBSCRIBE is sent at once. Changes wait until the NOTIFY before is answered and until
the package's rate allows another one; what changes meanwhile goes into the same document. When a
NOTIFY was refused, nobody knows what the subscriber has seen: the next one tells everything.
"""

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sipcore.b2bua.ports import Addressing
from sipcore.dialog.dialog import Dialog
from sipcore.dialog.reach import flow_towards
from sipcore.events.package import Change, EventPackage, View
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.flow import Flow
from sipcore.message.message import Response
from sipcore.message.status import REMOVING
from sipcore.transaction.machine import Table

SPACING: Final = 1.0
"""Seconds between two notifications of changes at the least, whatever the package allows."""
MAX_PENDING: Final = 64
"""Changes kept until the next NOTIFY; with more of them it tells the whole state."""


class State(StrEnum):
    """Where the subscription is."""

    INIT = "Init"
    ACTIVE = "Active"
    CLOSING = "Closing"
    TERMINATED = "Terminated"


class Input(StrEnum):
    """What can happen to it."""

    SUBSCRIBE = "SUBSCRIBE"
    FETCH = "SUBSCRIBE Expires: 0"
    CHANGE = "state changed"
    DUE = "notification due"
    EXPIRED = "subscription expires"
    WITHDRAWN = "terminated per local policy"
    NOTIFY_TAKEN = "NOTIFY answered 2xx"
    NOTIFY_REFUSED = "NOTIFY refused"
    NOTIFY_FAILED = "NOTIFY failure"
    LAST_SETTLED = "last NOTIFY settled"


class Effect(StrEnum):
    """What the machine does about it."""

    GRANT = "set expiry"
    NOTIFY_ALL = "send NOTIFY with full state"
    NOTIFY_CHANGES = "send NOTIFY with changes"
    NOTIFY_LAST = "send NOTIFY terminated"
    PLAN = "plan next NOTIFY"
    DISTRUST = "next NOTIFY tells all"
    FORGET = "remove subscription"


_E = Effect
TABLE: Table = MappingProxyType(
    {
        (State.INIT, Input.SUBSCRIBE): ((_E.GRANT, _E.NOTIFY_ALL), State.ACTIVE),
        (State.INIT, Input.FETCH): ((_E.NOTIFY_LAST,), State.CLOSING),
        (State.ACTIVE, Input.SUBSCRIBE): ((_E.GRANT, _E.NOTIFY_ALL), State.ACTIVE),
        (State.ACTIVE, Input.FETCH): ((_E.NOTIFY_LAST,), State.CLOSING),
        (State.ACTIVE, Input.CHANGE): ((_E.PLAN,), State.ACTIVE),
        (State.ACTIVE, Input.DUE): ((_E.NOTIFY_CHANGES,), State.ACTIVE),
        (State.ACTIVE, Input.EXPIRED): ((_E.NOTIFY_LAST,), State.CLOSING),
        (State.ACTIVE, Input.WITHDRAWN): ((_E.NOTIFY_LAST,), State.CLOSING),
        (State.ACTIVE, Input.NOTIFY_TAKEN): ((_E.PLAN,), State.ACTIVE),
        (State.ACTIVE, Input.NOTIFY_REFUSED): ((_E.DISTRUST, _E.PLAN), State.ACTIVE),
        (State.ACTIVE, Input.NOTIFY_FAILED): ((_E.FORGET,), State.TERMINATED),
        (State.CLOSING, Input.LAST_SETTLED): ((_E.FORGET,), State.TERMINATED),
        (State.CLOSING, Input.NOTIFY_FAILED): ((_E.FORGET,), State.TERMINATED),
    }
)


class Notify(NamedTuple):
    """Send this NOTIFY in a transaction of its own."""

    branch: bytes
    data: bytes
    flow: Flow


class Forget(NamedTuple):
    """The subscription is over: nothing of it needs to be kept."""


Action = Notify | Forget


class Ending(NamedTuple):
    """Why a subscription ends, as the last NOTIFY says it (RFC 6665 §4.1.3)."""

    reason: str
    """`timeout`, `deactivated`, `rejected` or `noresource`."""
    retry_after: int = 0
    """Seconds; 0 names none."""
    tells_state: bool = False
    """Whether the watcher may still see the state."""


TIMEOUT: Final = Ending("timeout", tells_state=True)
REJECTED: Final = Ending("rejected")
NO_RESOURCE: Final = Ending("noresource")


class NotifyPorts(NamedTuple):
    """What a subscription asks of the world."""

    addressing: Addressing
    entropy: Entropy
    utc_offset: float
    """What has to be added to a monotonic reading to make it UTC."""


class Subscription:
    """One subscription; the SUBSCRIBE that made it is accepted already. Times are monotonic."""

    __slots__ = (
        "_changes",
        "_last",
        "_must_tell_all",
        "_next_notify_at",
        "_paced_until",
        "_ports",
        "_unanswered",
        "deadline",
        "dialog",
        "expires_at",
        "package",
        "state",
        "subscriber",
        "version",
        "view",
    )

    def __init__(
        self,
        dialog: Dialog,
        package: EventPackage,
        view: View,
        subscriber: str,
        ports: NotifyPorts,
    ) -> None:
        self.dialog = dialog
        self.package = package
        self.view = view
        self.subscriber = subscriber
        """Account that subscribed."""
        self.state = State.INIT
        self.deadline = math.inf
        """When to call `on_deadline`."""
        self.expires_at = math.inf
        self.version = 0
        """Number of the next document (RFC 3680 §5.1, RFC 4235 §4.1)."""
        self._ports = ports
        self._changes: dict[str, Change] = {}
        self._must_tell_all = False
        self._unanswered = 0
        self._next_notify_at = math.inf
        self._paced_until = -math.inf
        """Until when the NOTIFYs that were sent use up what the package's rate allows."""
        self._last = TIMEOUT

    @property
    def key(self) -> tuple[bytes, bytes]:
        """Call-ID and our tag."""
        return self.dialog.key

    # -- stimuli ----------------------------------------------------------------------------

    def subscribe(self, expires: int, flow: Flow, now: float) -> list[Action]:
        """A SUBSCRIBE was answered 200 with that many seconds; `flow` is where it came from."""
        self._follow(flow)
        if expires == 0:
            self._last = TIMEOUT
            return self._step(Input.FETCH, None, now)
        return self._step(Input.SUBSCRIBE, expires, now)

    def changed(self, change: Change, now: float) -> None:
        """The watched state changed; `deadline` says when to tell."""
        if self.state is State.ACTIVE:
            self._changes[change.key] = change
            if len(self._changes) > MAX_PENDING:
                self._must_tell_all = True
                self._changes = {change.key: change}
        self._step(Input.CHANGE, None, now)

    def withdraw(self, ending: Ending, now: float) -> list[Action]:
        """End the subscription from our side."""
        if self.state is State.ACTIVE:
            self._last = ending
        return self._step(Input.WITHDRAWN, None, now)

    def answered(self, response: Response, now: float) -> list[Action]:
        """A response to a NOTIFY."""
        status = response.status
        if status < 200:
            return []
        self._unanswered -= 1
        if self.state is State.CLOSING:
            return self._settled(now)
        if status < 300:
            self.dialog.accept_response(response)
            self._follow(self.dialog.flow)
            return self._step(Input.NOTIFY_TAKEN, None, now)
        failed = status in REMOVING
        return self._step(Input.NOTIFY_FAILED if failed else Input.NOTIFY_REFUSED, None, now)

    def unanswered(self, now: float) -> list[Action]:
        """A NOTIFY was never answered, or could not be sent."""
        self._unanswered -= 1
        return self._step(Input.NOTIFY_FAILED, None, now)

    def on_deadline(self, now: float) -> list[Action]:
        """Do what is due; nothing when called too early."""
        if self.expires_at <= now:
            self._last = TIMEOUT
            return self._step(Input.EXPIRED, None, now)
        if self._next_notify_at <= now:
            return self._step(Input.DUE, None, now)
        return []

    def _settled(self, now: float) -> list[Action]:
        return [] if self._unanswered else self._step(Input.LAST_SETTLED, None, now)

    # -- the machine ------------------------------------------------------------------------

    def _step(self, stimulus: Input, matter: Any, now: float) -> list[Action]:
        row = TABLE.get((self.state, stimulus))
        if row is None:
            return []
        effects, self.state = row
        actions = [_PERFORM[effect](self, matter, now) for effect in effects]
        if self.state is State.ACTIVE:
            self.deadline = min(self.expires_at, self._next_notify_at)
        else:
            self.deadline = math.inf
        return [action for action in actions if action is not None]

    def _grant(self, expires: Any, now: float) -> None:
        self.expires_at = now + expires

    def _notify_all(self, matter: Any, now: float) -> Notify:
        body = self.package.full(self.view, self.version, now + self._ports.utc_offset)
        self._told()
        return self._notify(self._active(now), body)

    def _notify_changes(self, matter: Any, now: float) -> Notify | None:
        changes, utc = self._changes, now + self._ports.utc_offset
        if self._must_tell_all:
            body: bytes | None = self.package.full(self.view, self.version, utc)
        else:
            body = self.package.partial(self.view, self.version, utc, changes)
        self._told()
        if body is None:
            return None
        # As a leaky bucket: two in a row after a silence, and then one for each interval.
        interval = max(self.package.interval, SPACING)
        self._paced_until = max(self._paced_until, now) + interval
        return self._notify(self._active(now), body)

    def _notify_last(self, matter: Any, now: float) -> Notify:
        reason, retry_after, tells_state = self._last
        body = b""
        if tells_state:
            body = self.package.full(self.view, self.version, now + self._ports.utc_offset)
        self._told()
        line = f"Subscription-State: terminated;reason={reason}"
        if retry_after:
            line += f";retry-after={retry_after}"
        return self._notify(line.encode(), body)

    def _plan(self, matter: Any, now: float) -> None:
        """The earliest moment at which changes may be told."""
        self._next_notify_at = math.inf
        if self._changes and not self._unanswered:
            interval = max(self.package.interval, SPACING)
            self._next_notify_at = max(now, self._paced_until - (interval - SPACING))

    def _distrust(self, matter: Any, now: float) -> None:
        # Told with the next change: to repeat what was refused could go on for ever.
        self._must_tell_all = True

    def _forget(self, matter: Any, now: float) -> Forget:
        return Forget()

    # -- composing --------------------------------------------------------------------------

    def _told(self) -> None:
        self._changes = {}
        self._must_tell_all = False
        self._next_notify_at = math.inf

    def _active(self, now: float) -> bytes:
        return b"Subscription-State: active;expires=%d" % math.ceil(self.expires_at - now)

    def _notify(self, state_line: bytes, body: bytes) -> Notify:
        addressing, flow = self._ports.addressing, self.dialog.flow
        branch = self._ports.entropy.branch()
        self._unanswered += 1
        if body:
            self.version += 1
        data = self.dialog.next_request(
            b"NOTIFY",
            via=addressing.via(flow, branch),
            contact=addressing.contact(flow, secure=self.dialog.wants_sips),
            extra=(b"Event: " + self.view.event.raw, state_line),
            body=body,
            content_type=self.package.content_type if body else b"",
        )
        return Notify(branch, data, flow)

    def _follow(self, source: Flow) -> None:
        """Reach the subscriber where it spoke from, or behind the proxy that it spoke through."""
        dialog = self.dialog
        is_direct = not dialog.route_set
        dialog.flow = flow_towards(dialog.remote_target, source) if is_direct else source


_PERFORM: Final[Mapping[Effect, Callable[..., Action | None]]] = MappingProxyType(
    {
        Effect.GRANT: Subscription._grant,
        Effect.NOTIFY_ALL: Subscription._notify_all,
        Effect.NOTIFY_CHANGES: Subscription._notify_changes,
        Effect.NOTIFY_LAST: Subscription._notify_last,
        Effect.PLAN: Subscription._plan,
        Effect.DISTRUST: Subscription._distrust,
        Effect.FORGET: Subscription._forget,
    }
)
