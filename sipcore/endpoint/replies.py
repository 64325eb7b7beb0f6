"""Answers that need no transaction: built from the request alone (RFC 3261 §8.2.7)."""

from hashlib import blake2s
from typing import Final

from sipcore.kernel.flow import Flow
from sipcore.message import build
from sipcore.message.message import Request

METHODS: Final = b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, MESSAGE"
"""What this server understands at all."""

CAPABILITIES: Final = (METHODS, b"Accept: application/sdp", b"Supported: path")
"""What an OPTIONS is told (RFC 3261 §11.2)."""


class StatelessReplies:
    """Responses whose To tag is the same for each copy of a request (RFC 3261 §8.2.7)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(
        self,
        request: Request,
        flow: Flow,
        status: int,
        *,
        extra: tuple[bytes, ...] = (),
        reason: bytes = b"",
    ) -> bytes:
        """A complete response to `request`, which came over `flow`."""
        return build.response(
            request,
            status,
            reason=reason,
            to_tag=self._tag(request),
            extra=extra,
            source=(flow.host, flow.port),
        )

    def _tag(self, request: Request) -> bytes:
        matter = (request.first(b"call-id") or b"") + (request.first(b"via") or b"")
        return blake2s(matter, key=self._secret, digest_size=8).hexdigest().encode()
