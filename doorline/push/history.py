"""WakeHistory: what is known of waking one app, and each of its phones."""

from dataclasses import dataclass, field

from directory.kinds import PushProvider
from doorline.push.latency import Latencies
from doorline.push.order import PushEvent
from doorline.push.result import PushOutcome

MAX_DEVICES = 10
"""Phones of one app that are remembered; the one that was pushed longest ago goes for a new one."""


@dataclass(slots=True)
class WakeHistory:
    """One app or one phone of it; times are seconds since the epoch, UTC."""

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
    provider: PushProvider | None = None
    """Who carried the last push."""
    devices: "dict[str, WakeHistory]" = field(default_factory=dict)
    """Of an app: its phones by `PushTarget.device`, the one that was pushed last at the end."""

    def device(self, name: str) -> "WakeHistory":
        """The history of one phone, a new one if need be."""
        found = self.devices.pop(name, None)
        if found is None:
            while len(self.devices) >= MAX_DEVICES:
                del self.devices[next(iter(self.devices))]
            found = WakeHistory()
        self.devices[name] = found
        return found
