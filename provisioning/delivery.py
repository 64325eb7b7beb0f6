"""May this request have the file, and does it need the bytes: pure decisions.

Theory of operation. Two things open a device's files:

- its token in the path, at any time;
- the first-fetch window, which an operator opens by arming the device: the device's own file may
  then be had by MAC alone, because a new device knows nothing else yet.

The first successful fetch takes the window: from then on it belongs to the address that fetched,
and it ends `GRACE` seconds later (or when it would have ended anyway, if that is sooner). A device
that retries within the minute, or that asks for its file twice as some firmware does, is not
locked out; a neighbour who guesses the MAC within that minute is. Inside the grace the same
address may also have the model's common file, which devices ask for without a token at first and
which holds no secret. The first fetch by token shows that the device has applied its file and ends
the window at once.
"""

from dataclasses import dataclass
from enum import StrEnum

GRACE = 60.0
"""Seconds the first-fetch window stays open for the address that used it."""


class Access(StrEnum):
    """What gives the right to the file."""

    TOKEN = "token"  # noqa: S105 - the word, not a secret
    WINDOW = "window"
    """The armed first fetch, which closes the window."""
    RETRY = "retry"
    """A repetition by the address that took the window."""


class Refusal(StrEnum):
    """Why there is no right to the file."""

    NOT_ARMED = "not_armed"
    WINDOW_TAKEN = "window_taken"
    NEEDS_TOKEN = "needs_token"  # noqa: S105 - the word, not a secret


@dataclass(frozen=True, slots=True)
class FirstFetch:
    """Who took a window."""

    source: str
    """Address without port."""
    window: float
    """UTC seconds at which the window would have ended."""
    ends_at: float
    """UTC seconds at which it ends now."""


def admit(
    *,
    by_token: bool,
    own_file: bool,
    armed_until: float | None,
    first: FirstFetch | None,
    source: str,
    now: float,
) -> Access | Refusal:
    """Decide on the right to a file of a device.

    `own_file` is False for the model's common file, which only a retry may have without a token.
    """
    if by_token:
        return Access.TOKEN
    if armed_until is None or armed_until <= now:
        return Refusal.NOT_ARMED
    # A window that ends later than the one that was taken has been opened anew since.
    if first is not None and now < first.ends_at and armed_until <= first.window:
        return Access.RETRY if first.source == source else Refusal.WINDOW_TAKEN
    return Access.WINDOW if own_file else Refusal.NEEDS_TOKEN


def take_window(armed_until: float, source: str, now: float) -> FirstFetch:
    """The window after its first use."""
    return FirstFetch(source, armed_until, min(armed_until, now + GRACE))


def status_of(etag: str, if_none_match: str | None, *, once: bool) -> int:
    """200, or 304 when the caller says that it has these very bytes.

    RFC 9110 §13.1.2: the comparison is weak, and `*` matches any. A file that carries one-time
    lines (F244) is always sent: they must reach the device even if an earlier file had the same
    bytes.
    """
    if if_none_match is None or once:
        return 200
    offered = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return 304 if etag in offered or offered == ["*"] else 200
