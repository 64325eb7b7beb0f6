"""RegisterClient: our own registration with a provider, kept alive (RFC 3261 §10.2).

    WAITING --due--> ASKING --2xx--> REGISTERED --due--> ASKING (still registered until it expires)
       ^               |  |
       |               |  +--401, 407--> ASKING with credentials, as `Demands` allows
       |               |  +--423-------> ASKING with the time the registrar wants, once
       +---any failure-+
    any --stop--> LEAVING --any answer, silence--> GONE

A refresh is due when about four fifths of the time are over, a little earlier or later for each, so
that many servers do not come back together. After a failure the wait doubles from 30 seconds to
half an hour, between half and all of it (RFC 5626 §4.5), unless the registrar names one.
"""

import math
from collections.abc import Callable
from enum import Enum
from typing import ClassVar, Final, final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.value import Value
from sipcore.message.demands import NO_DEMANDS, Demands
from sipcore.message.message import Response
from sipcore.message.uri import Uri

BASE_WAIT: Final = 30.0
"""Seconds after the first failure, at the most."""
LONGEST_WAIT: Final = 1800.0
"""Seconds after which another attempt is made at the latest, whatever a registrar names."""
LEAST_WAIT: Final = 5.0
"""Seconds between two attempts at the least."""
LONGEST_EXPIRES: Final = 86_400
"""Seconds of a registration at the most, whatever a registrar wants or grants."""
_REFRESH_AT: Final = 0.8
_SPREAD: Final = 0.1
"""Part of the time by which refreshes differ."""


class RegisterState(Enum):
    """How far a registration is."""

    WAITING = "waiting"
    ASKING = "asking"
    REGISTERED = "registered"
    LEAVING = "leaving"
    GONE = "gone"


@final
class Ask(Value):
    """A REGISTER is to be sent."""

    __slots__: ClassVar = ("demands", "expires")

    def __init__(self, expires: int, demands: Demands = NO_DEMANDS) -> None:
        self.expires = expires
        """Seconds; 0 ends the registration."""
        self.demands = demands
        """What the credentials must answer."""


@final
class RegisterClient:
    """Decides when to register and what an answer means; sends nothing itself."""

    __slots__ = (
        "_chance",
        "_demands",
        "_expires",
        "_failures",
        "_raised",
        "deadline",
        "registered_until",
        "state",
        "status",
    )

    def __init__(self, expires: int, chance: Callable[[], float]) -> None:
        """`expires` is asked for in seconds; `chance` gives a number from 0 to 1 each time."""
        self._expires = expires
        self._chance = chance
        self._failures = 0
        self._demands = NO_DEMANDS
        self._raised = False
        self.state = RegisterState.WAITING
        self.deadline = math.inf
        """When to call `on_deadline`, monotonic seconds."""
        self.registered_until = 0.0
        """Monotonic seconds until which the registrar keeps us."""
        self.status = 0
        """SIP status of the last final answer; 408 for silence, 503 for no connection, 0 before."""

    def is_registered(self, now: float) -> bool:
        """Whether the registrar keeps us at this moment."""
        return now < self.registered_until and self.state is not RegisterState.GONE

    def begin(self, now: float) -> None:
        """Register soon; the first attempt is made within two seconds."""
        self.deadline = now + 2.0 * self._chance()

    def on_deadline(self, now: float) -> Ask | None:
        """Ask when that is due."""
        if now < self.deadline or self.state in (RegisterState.LEAVING, RegisterState.GONE):
            return None
        self.state = RegisterState.ASKING
        self.deadline = math.inf
        self._demands = NO_DEMANDS
        self._raised = False
        return Ask(self._expires)

    def answered(self, response: Response, granted: int | None, now: float) -> Ask | None:
        """A final response; `granted` is what a 2xx says of our contact (§10.3), None: nothing.

        Returns what is to be sent at once.
        """
        status = self.status = response.status
        is_leaving = self.state is RegisterState.LEAVING
        demands = self._demands.joined_by(response)
        if demands is not None:
            self._demands = demands
            return Ask(0 if is_leaving else self._expires, demands)
        if is_leaving:
            self._gone()
        elif 200 <= status < 300:
            self._registered(min(granted or self._expires, LONGEST_EXPIRES), now)
        elif status == 423 and not self._raised and self._raise(response):
            self._demands = NO_DEMANDS
            return Ask(self._expires)
        else:
            self._failed(now, _seconds(response, b"retry-after"))
        return None

    def elsewhere(self) -> Ask:
        """Another server is asked, whose nonces are its own."""
        self._demands = NO_DEMANDS
        return Ask(0 if self.state is RegisterState.LEAVING else self._expires)

    def unanswered(self, status: int, now: float) -> None:
        """No final response came (408), or the request could not be sent (503)."""
        self.status = status
        if self.state is RegisterState.LEAVING:
            self._gone()
        else:
            self._failed(now, None)

    def stop(self, now: float) -> Ask | None:
        """End the registration; None when there is none."""
        was_registered = self.is_registered(now)
        self._demands = NO_DEMANDS
        self.deadline = math.inf
        if not was_registered:
            self._gone()
            return None
        self.state = RegisterState.LEAVING
        return Ask(0)

    def _registered(self, granted: int, now: float) -> None:
        self.state = RegisterState.REGISTERED
        self._failures = 0
        self.registered_until = now + granted
        part = _REFRESH_AT + _SPREAD * (self._chance() - 0.5)
        self.deadline = now + max(LEAST_WAIT, granted * part)

    def _failed(self, now: float, wanted: float | None) -> None:
        longest = min(LONGEST_WAIT, BASE_WAIT * 2.0 ** min(self._failures, 10))
        self._failures += 1
        wait = longest * (0.5 + 0.5 * self._chance())
        if wanted is not None:
            wait = min(max(wanted, LEAST_WAIT), LONGEST_WAIT)
        self.state = RegisterState.WAITING
        self.deadline = now + wait

    def _gone(self) -> None:
        self.state = RegisterState.GONE
        self.registered_until = 0.0

    def _raise(self, response: Response) -> bool:
        """Take the time a registrar insists on (§10.2.8); False when it names none we accept."""
        least = _seconds(response, b"min-expires")
        if least is None or not self._expires < least <= LONGEST_EXPIRES:
            return False
        self._raised = True
        self._expires = int(least)
        return True


def granted_to(response: Response, contact: bytes) -> int | None:
    """Seconds that a 2xx grants to the contact with this URI, or to all by Expires (§10.2.4).

    None when it names none; a list of contacts without ours says nothing of it.
    """
    try:
        ours, contacts = Uri.parse(contact), response.contacts
    except BadMessage:
        return response.expires
    if isinstance(contacts, tuple):
        for each in contacts:
            if each.expires is not None and each.uri.equivalent(ours):
                return each.expires
    return response.expires


def _seconds(response: Response, name: bytes) -> float | None:
    """A header's number of seconds; None when it is missing or no number."""
    digits = (response.first(name) or b"").split(b";")[0].split(b"(")[0].strip()
    return float(digits) if digits.isdigit() and len(digits) <= 6 else None
