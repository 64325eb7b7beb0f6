"""WakeHistory: what is known of waking one app."""

from dataclasses import dataclass, field

from doorline.push.latency import Latencies
from doorline.push.order import PushEvent
from doorline.push.result import PushOutcome


@dataclass(slots=True)
class WakeHistory:
    """One app; times are seconds since the epoch, UTC."""

    last_push_at: float | None = None
    """When a push was last ordered."""
    last_event: PushEvent | None = None
    last_outcome: PushOutcome | None = None
    """What the provider said of it; None while it has said nothing."""
    last_detail: str = ""
    last_wake_at: float | None = None
    """When the app last registered after a push."""
    wakes: int = 0
    """Pushes after which the app registered in time."""
    silences: int = 0
    """Pushes after which it did not."""
    dead: bool = False
    """Whether the provider does not know the token that was used last."""
    latencies: Latencies = field(default_factory=Latencies)
