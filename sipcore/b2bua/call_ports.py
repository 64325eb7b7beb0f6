"""CallPorts: everything a call asks of the world while it lives, in one value."""

from collections.abc import Callable
from typing import NamedTuple

from sipcore.b2bua.conversation import Conversations
from sipcore.b2bua.ports import Addressing, CallPlanner, DigitSink, Locator, TrunkCredentials
from sipcore.dialog.session_timer import SESSION_DEFAULTS, SessionPolicy
from sipcore.kernel.entropy import Entropy


class CallPorts(NamedTuple):
    """What a call asks of the world while it lives."""

    locator: Locator
    digits: DigitSink
    credentials: TrunkCredentials
    addressing: Addressing
    entropy: Entropy
    planner: CallPlanner
    conversations: Conversations
    is_local: Callable[[str], bool]
    """Whether a host part means this server."""
    capabilities: tuple[bytes, ...]
    """Header lines that tell what this server understands (RFC 3261 §11.2)."""
    session: SessionPolicy = SESSION_DEFAULTS
