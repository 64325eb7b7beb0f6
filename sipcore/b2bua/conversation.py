"""Conversation: the owner of a dialog, as one call looks for another (RFC 3891, RFC 3515)."""

from typing import Protocol

from sipcore.b2bua.leg import Leg


class Conversant(Protocol):
    """A call, as far as another call knows it."""

    call_id: str


class Conversation(Protocol):
    """A call and the leg of it whose dialog was looked for."""

    @property
    def call(self) -> Conversant:
        """The call."""

    @property
    def leg(self) -> Leg:
        """Its leg."""


class Conversations(Protocol):
    """Finds the owner of a dialog among all calls."""

    def find(self, call_id: bytes, local_tag: bytes, remote_tag: bytes) -> Conversation | None:
        """The conversation with this identifier in full (RFC 3261 §12), None when there is none."""
