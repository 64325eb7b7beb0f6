"""What an endpoint asks of the world."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sipcore.b2bua.ports import (
    NO_VISIT_CONTACTS,
    CallJournal,
    CallPlanner,
    DigitSink,
    VisitContacts,
)
from sipcore.b2bua.waking import NOBODY_WAKES, Waker
from sipcore.capture.tap import CaptureTap
from sipcore.endpoint.lines import NO_LINES, Lines
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.registrant import NOTHING_TO_REGISTER
from sipcore.endpoint.trunk import TrunkChallenges
from sipcore.events.rules import WatchRules
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy
from sipcore.paging.recipients import Recipients
from sipcore.registrar.digest import Authenticator
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.registrar import Registrar


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPorts:
    """Who answers the endpoint's questions, and who hears what it knows."""

    names: LocalNames
    registrar: Registrar
    location: Location
    authenticator: Authenticator
    planner: CallPlanner
    locator: LiveLocator
    challenges: TrunkChallenges
    digits: DigitSink
    journal: CallJournal
    watching: WatchRules
    correspondence: Recipients
    clock: Clock
    entropy: Entropy
    tap: CaptureTap | None = None
    """Sees every message; without one nothing stands between sockets and engine."""
    lines: Lines = NO_LINES
    waker: Waker = NOBODY_WAKES
    visits: VisitContacts = NO_VISIT_CONTACTS
    """Phones that registered for one call alone."""
    registers: Mapping[str, int] = field(default_factory=lambda: NOTHING_TO_REGISTER)
    """The trunks at which we register, with the seconds asked for."""
