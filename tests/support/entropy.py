"""Identifiers that count up, so that messages can be compared as text."""


class SequenceEntropy:
    """Entropy port double."""

    def __init__(self) -> None:
        self._count = 0

    def _next(self) -> int:
        self._count += 1
        return self._count

    def branch(self) -> bytes:
        """`z9hG4bK-1`, `z9hG4bK-2`, …"""
        return b"z9hG4bK-%d" % self._next()

    def tag(self) -> bytes:
        """`tag-1`, …"""
        return b"tag-%d" % self._next()

    def call_id(self) -> bytes:
        """`call-1`, …"""
        return b"call-%d" % self._next()

    def unique(self) -> bytes:
        """Sixteen digits."""
        return b"%016x" % self._next()

    def record_id(self, utc: float) -> str:
        """`token-1`, … whenever it is."""
        return self.token()

    def token(self) -> str:
        """`token-1`, …"""
        return f"token-{self._next()}"
