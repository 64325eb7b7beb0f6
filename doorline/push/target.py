"""PushTarget: one token of one app, opened, and where it came from."""

from dataclasses import dataclass
from hashlib import blake2b
from os import urandom

from directory.kinds import ApnsEnvironment, PushProvider
from directory.queries.push_targets import StoredPushTarget
from directory.secrets import Secret

_KEY = urandom(32)
"""Without it nobody can try out tokens: a maker's own may be short."""


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

    @property
    def device(self) -> str:
        """What stands for the phone behind the token where the token must not stand."""
        return device_of(self.provider, self.token)

    @property
    def is_named(self) -> bool:
        """Whether the phone says its token when it registers, and is known by it (RFC 8599)."""
        return self.stored is None


def device_of(provider: PushProvider, token: Secret) -> str:
    """Sixteen hexadecimal digits, the same for the same token as long as the program runs."""
    text = f"{provider}:{token.reveal()}".encode()
    return blake2b(text, digest_size=8, key=_KEY).hexdigest()
