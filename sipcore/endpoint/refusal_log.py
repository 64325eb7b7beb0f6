"""RefusalLog: a line for whoever sets up a phone and got its password, name or domain wrong.

Lines are told apart by source and account: a building behind one address has a line for each of a
few phones, and a phone that tries again and again has one a minute. What is remembered are the
lines of the present minute, so a flood fills neither the disk nor the memory. Nothing of the
credentials themselves is written. An account that does not exist and a wrong password are the same
fact here as well: they are not told apart before (RFC 3261 §22.4), so that no time is spent on it.
"""

from typing import Final

import structlog

from sipcore.defence.offence import Offence
from sipcore.defence.sentinel import FailureSeen
from sipcore.kernel.clock import Clock
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.source import source_of
from sipcore.message.message import Request

MINUTE: Final = 60.0
"""Seconds after which the same may be written again."""
MOST: Final = 60
"""Lines in one minute; how many more there were is told with the next line after it."""
MOST_OF_SOURCE: Final = 5
"""Of these, lines about one source."""
LONGEST: Final = 64
"""Characters of what the other side wrote."""
TOLD: Final = frozenset((Offence.CREDENTIALS, Offence.FORGED, Offence.FOREIGN))
"""What a phone that was set up wrongly does; calls to unknown numbers are records of calls."""

log = structlog.get_logger("sip")


class RefusalLog:
    """Writes requests that were refused for who sent them into the log."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute = 0
        self._told: dict[str, set[str]] = {}
        """Accounts by source, of the lines in this minute."""
        self._written = 0
        self._untold = 0

    def take(self, fact: FailureSeen) -> None:
        """Write one failure, unless it or too many were written in this minute."""
        flow, offence, request = fact
        if offence not in TOLD:
            return
        minute = int(self._clock.monotonic() / MINUTE)
        if minute != self._minute:
            self._minute, self._written = minute, 0
            self._told.clear()
        source = source_of(flow.host)
        told = self._told.get(source, ())
        if self._written >= MOST or len(told) >= MOST_OF_SOURCE:
            self._untold += 1
            return
        user = _user_of(request)
        if user in told:
            self._untold += 1
            return
        self._written += 1
        self._told.setdefault(source, set()).add(user)
        is_register = request.method == b"REGISTER"
        what = {} if is_register else {"method": _printable(request.method.decode("latin-1"))}
        more = {"untold": self._untold} if self._untold else {}
        self._untold = 0
        log.warning(
            "sip.registration_refused" if is_register else "sip.request_refused",
            **what,
            user=user,
            source=f"[{flow.host}]:{flow.port}" if ":" in flow.host else f"{flow.host}:{flow.port}",
            transport=flow.transport,
            user_agent=_printable((request.first(b"user-agent") or b"").decode("utf-8", "replace")),
            why=offence.word,
            **more,
        )


def _user_of(request: Request) -> str:
    """The user part of the account that was claimed; empty when it cannot be read."""
    try:
        address = request.to if request.method == b"REGISTER" else request.from_
        return _printable(address.uri.decoded_user)
    except BadMessage:
        return ""


def _printable(written: str) -> str:
    """The beginning of it without anything that could move a terminal or begin another line."""
    return "".join(each if each.isprintable() else "?" for each in written[:LONGEST])
