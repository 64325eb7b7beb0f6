"""PushTarget: one token of one app, opened, and where it came from."""

from dataclasses import dataclass

from directory.kinds import ApnsEnvironment, PushProvider
from directory.queries.push_targets import StoredPushTarget
from directory.secrets import Secret


@dataclass(frozen=True, slots=True)
class PushTarget:
    """Where a push goes. Nothing of it may be logged but the provider."""

    provider: PushProvider
    token: Secret
    topic: str = ""
    """APNs: bundle id with or without `.voip`."""
    environment: ApnsEnvironment = ApnsEnvironment.PRODUCTION
    stored: StoredPushTarget | None = None
    """The row it was read from; None for one that a registration carries."""

    @property
    def is_voip(self) -> bool:
        """Whether the token is one of PushKit, which brings calls and nothing else."""
        return self.topic.endswith(".voip")
