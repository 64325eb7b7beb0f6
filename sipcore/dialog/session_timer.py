"""SessionTimer: who refreshes a session and when it counts as lost (RFC 4028), for one dialog.

A leg is refreshed by its peer, or by us, or (when the peer knows nothing of session timers) by us
for our own benefit: that is how a phone that vanished in the middle of a call is found out
(§7.2). Every INVITE and UPDATE inside the dialog, sent or received, is a refresh.

The machine never sends: `request_lines` and `response_lines` are what it wants in the messages
that are sent anyway, `on_deadline` says when a refresh is due or the session is over.
"""

from enum import Enum, auto
from math import inf
from typing import ClassVar, Final, NamedTuple, final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import keep
from sipcore.kernel.value import Value
from sipcore.message.message import Message, Request, Response

LEAST: Final = 90
"""No session interval is shorter, whatever anybody says; seconds (§4, §5)."""
_LONGEST: Final = 2**32 - 1
_RETRY_AFTER: Final = 10.0
"""Seconds until a refresh that was refused for the moment (491, 500 …) is tried again."""


class SessionPolicy(NamedTuple):
    """What the operator decided about session timers; seconds."""

    min_se: int = LEAST
    """A shorter interval is answered 422."""
    default_expires: int = 1800
    """Interval asked for when the peer names none."""


SESSION_DEFAULTS: Final = SessionPolicy()
"""What holds when the operator decides nothing."""
_initial_lines: Final[dict[SessionPolicy, tuple[bytes, ...]]] = {}


class Due(Enum):
    """What a passed deadline means."""

    REFRESH = auto()
    """Send an UPDATE or re-INVITE: half the interval has passed (§10)."""
    EXPIRED = auto()
    """Nobody refreshed the session: end it with BYE (§10)."""


class SessionTimer:
    """The session timer of one leg."""

    __slots__ = (
        "_ends_at",
        "_floor",
        "_interval",
        "_is_active",
        "_peer_counts",
        "_policy",
        "_we_refresh",
        "deadline",
    )

    def __init__(self, policy: SessionPolicy) -> None:
        self._policy = policy
        self._floor = 0
        """Largest Min-SE of the peer's 422 responses and refresh requests (§7.4); 0 for none."""
        self._interval = max(policy.default_expires, policy.min_se)
        self._we_refresh = True
        self._is_active = False
        """Whether a 2xx to a refresh was exchanged on this dialog."""
        self._peer_counts = False
        """Whether the peer ends the session when it is not refreshed."""
        self._ends_at = inf
        self.deadline = inf
        """Monotonic time of the next wake-up; infinity when none is wanted."""

    @property
    def interval(self) -> int:
        """Session interval in seconds."""
        return self._interval

    @property
    def we_refresh(self) -> bool:
        """Whether the refreshes are ours to send."""
        return self._we_refresh

    # -- as the sender of a refresh ------------------------------------------------------------

    def request_lines(self) -> tuple[bytes, ...]:
        """Header lines for an INVITE or UPDATE that we send (§7.1, §7.4), but for Supported."""
        refresher = b""
        if self._is_active:
            refresher = b";refresher=uac" if self._we_refresh else b";refresher=uas"
        expires = b"Session-Expires: %d%b" % (self._interval, refresher)
        least = max(self._floor, self._policy.min_se)
        if least > LEAST or self._floor:
            return (expires, b"Min-SE: %d" % least)
        return (expires,)

    def raise_floor(self, response: Response) -> bool:
        """Take note of a 422 (§7.3); False when it names nothing that could be tried."""
        try:
            least = min_se(response)
        except BadMessage:
            return False
        if least <= max(self._interval, self._floor):
            return False
        self._floor = max(self._floor, least)
        self._interval = max(self._interval, least)
        return True

    def agreed(self, response: Response, now: float) -> None:
        """A 2xx to our refresh arrived (§7.2).

        Without Session-Expires the peer knows no session timers: then the refreshes are ours. A
        value that cannot be read counts as none.
        """
        try:
            told = session_expires(response)
        except BadMessage:
            told = None
        self._peer_counts = told is not None
        if told is None:
            self._we_refresh = True
        else:
            self._interval = max(told.seconds, LEAST)
            self._we_refresh = told.refresher != b"uas"
        self._restart(now)

    def refused(self, status: int, now: float) -> None:
        """Our refresh was refused: tried again in a little while when that may help (§10).

        A peer that counts ends the session when no refresh succeeds; so do we, at the same time.
        """
        again = now + _RETRY_AFTER
        if status in (491, 500, 503, 504) and again < self._ends_at:
            self.deadline = again
        else:
            self._we_refresh = not self._peer_counts
            self.deadline = self._ends_at if self._peer_counts else inf

    def unreached(self, now: float) -> None:
        """Our refresh found no way to the peer: tried again until the session expires (§10)."""
        again = now + _RETRY_AFTER
        if again < self._ends_at:
            self.deadline = again
        else:
            self._we_refresh = False
            self.deadline = self._ends_at

    # -- as the receiver of a refresh ----------------------------------------------------------

    def refusal(self, request: Request) -> bytes | None:
        """The Min-SE line of a 422 that the refresh deserves, None when it may go on (§9).

        Raises BadMessage when Session-Expires or Min-SE is malformed.
        """
        return refusal(request, self._policy)

    def response_lines(self, request: Request, now: float) -> tuple[bytes, ...]:
        """Decide about a refresh that is answered 2xx at this moment; lines for that 2xx (§9)."""
        try:
            told, least = session_expires(request), min_se(request)
        except BadMessage:  # answered 400 before it came this far, unless by another road
            told, least = None, LEAST
        supports = self._peer_counts = supports_timer(request)
        wanted = max(self._policy.default_expires, self._policy.min_se)
        if told is not None:
            wanted = min(wanted, told.seconds)  # the UAS must not increase it
        self._floor = max(self._floor, least if least > LEAST else 0)
        self._interval = max(wanted, least, LEAST)
        if not supports:
            self._we_refresh = True  # table 2, first row
        elif told is None or not told.refresher:
            self._we_refresh = False
        else:
            self._we_refresh = told.refresher == b"uas"
        self._restart(now)
        if not supports:
            # The peer would not understand; a proxy that asked for a timer does.
            return () if told is None else (self._expires_line(b"uas"),)
        who = b"uas" if self._we_refresh else b"uac"
        return (b"Require: timer", self._expires_line(who))

    # -- time ----------------------------------------------------------------------------------

    def on_deadline(self, now: float) -> Due | None:
        """What is due at `now` (monotonic seconds); None when called too early."""
        if now < self.deadline:
            return None
        if self._we_refresh:
            self.deadline = inf  # set anew by the outcome of the refresh
            return Due.REFRESH
        self.deadline = inf
        return Due.EXPIRED

    def stop(self) -> None:
        """The session is over."""
        self.deadline = inf

    def _restart(self, now: float) -> None:
        self._is_active = True
        self._ends_at = now + self._interval
        if self._we_refresh:
            self.deadline = now + self._interval / 2
        else:
            # §10: the BYE goes out a little before the session expires.
            self.deadline = now + self._interval - min(32.0, self._interval / 3)

    def _expires_line(self, refresher: bytes) -> bytes:
        return b"Session-Expires: %d;refresher=%b" % (self._interval, refresher)


def initial_lines(policy: SessionPolicy) -> tuple[bytes, ...]:
    """What the first INVITE of a dialog says about its session (§7.1), but for Supported."""
    lines = _initial_lines.get(policy)
    if lines is None:
        lines = keep(_initial_lines, policy, SessionTimer(policy).request_lines())
    return lines


@final
class SessionExpires(Value):
    """Value of a Session-Expires header (§4)."""

    __slots__: ClassVar = ("refresher", "seconds")

    def __init__(self, seconds: int, refresher: bytes) -> None:
        self.seconds = seconds
        self.refresher = refresher
        """`uac`, `uas`, or empty when it names none."""


def session_expires(message: Message) -> SessionExpires | None:
    """The Session-Expires of a message, None when it has none; BadMessage when malformed."""
    value = message.index.get(b"session-expires")
    if value is None:
        return None
    written, _, params = value.partition(b";")
    refresher = b""
    for param in params.split(b";"):
        name, _, who = param.partition(b"=")
        if name.strip().lower() == b"refresher":
            refresher = who.strip().lower()
            if refresher not in (b"uac", b"uas"):
                raise BadMessage("malformed refresher in Session-Expires")
    return SessionExpires(_seconds(written, "Session-Expires"), refresher)


def min_se(message: Message) -> int:
    """The Min-SE of a message in seconds, 90 when it has none (§5); BadMessage when malformed."""
    value = message.index.get(b"min-se")
    if value is None:
        return LEAST
    return max(_seconds(value.partition(b";")[0], "Min-SE"), LEAST)


def refusal(request: Request, policy: SessionPolicy) -> bytes | None:
    """The Min-SE line of a 422 for a refresh whose interval is too small (§9), or None.

    A sender that does not know session timers cannot be refused for a value that a proxy wrote.
    Raises BadMessage when Session-Expires or Min-SE is malformed.
    """
    told = session_expires(request)
    least = min_se(request)
    if told is None or not supports_timer(request):
        return None
    if told.seconds < policy.min_se:
        return b"Min-SE: %d" % policy.min_se
    if told.seconds < least and request.index.get(b"min-se") is not None:
        raise BadMessage("Session-Expires is below Min-SE")
    return None


def supports_timer(message: Message) -> bool:
    """Whether the sender knows session timers (§7.1)."""
    return message.has_option(b"supported", b"timer") or message.has_option(b"require", b"timer")


def _seconds(written: bytes, where: str) -> int:
    digits = written.strip()
    if not digits.isdigit() or len(digits) > 10 or int(digits) > _LONGEST:
        raise BadMessage(f"malformed {where}")
    return int(digits)
