"""Recipients: the port that says who gets a message sent outside calls."""

from typing import NamedTuple, Protocol

from sipcore.b2bua.plan import Party, Refusal


class Envelope(NamedTuple):
    """A sender, as this server knows it, and everybody its message goes to."""

    sender: Party
    recipients: tuple[Party, ...]
    """Accounts, registered or not; empty when nobody of them may be written to."""


class Recipients(Protocol):
    """Decides from memory, without waiting; total."""

    def envelope(self, sender: str, dialled: str) -> Envelope | Refusal:
        """Whom the number means; 404 alike for what does not exist and what is foreign."""
