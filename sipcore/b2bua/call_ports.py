"""CallPorts: everything a call asks of the world while it lives, in one value."""

from collections.abc import Callable
from typing import ClassVar, final

from sipcore.b2bua.conversation import Conversations
from sipcore.b2bua.ports import (
    NO_VISIT_CONTACTS,
    Addressing,
    CallPlanner,
    DigitSink,
    Locator,
    TrunkCredentials,
    VisitContacts,
)
from sipcore.b2bua.waking import NOBODY_WAKES, Waker
from sipcore.dialog.session_timer import SESSION_DEFAULTS, SessionPolicy
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.value import Value


@final
class CallPorts(Value):
    """What a call asks of the world while it lives."""

    __slots__: ClassVar = (
        "addressing",
        "capabilities",
        "conversations",
        "credentials",
        "digits",
        "entropy",
        "is_local",
        "locator",
        "planner",
        "session",
        "visits",
        "waker",
    )

    def __init__(
        self,
        locator: Locator,
        digits: DigitSink,
        credentials: TrunkCredentials,
        addressing: Addressing,
        entropy: Entropy,
        planner: CallPlanner,
        conversations: Conversations,
        is_local: Callable[[str], bool],
        capabilities: tuple[bytes, ...],
        session: SessionPolicy = SESSION_DEFAULTS,
        waker: Waker = NOBODY_WAKES,
        visits: VisitContacts = NO_VISIT_CONTACTS,
    ) -> None:
        self.locator = locator
        self.digits = digits
        self.credentials = credentials
        self.addressing = addressing
        self.entropy = entropy
        self.planner = planner
        self.conversations = conversations
        self.is_local = is_local
        """Whether a host part means this server."""
        self.capabilities = capabilities
        """Header lines that tell what this server understands (RFC 3261 §11.2)."""
        self.session = session
        self.waker = waker
        self.visits = visits
