"""Generated users, passwords and tokens that count up, so that rows can be compared whole."""


class CountingDraws:
    """Double of the directory's Entropy port."""

    def __init__(self, drawn: int = 0) -> None:
        self._count = drawn

    def _next(self) -> int:
        self._count += 1
        return self._count

    def digits(self, count: int) -> str:
        """`1000000001`, `1000000002`, …"""
        return "1" + str(self._next()).zfill(count - 1)

    def password(self, length: int) -> str:
        """`password000…1`, as long as asked for."""
        return "password" + str(self._next()).zfill(length - 8)

    def token(self) -> str:
        """`token-1`, …"""
        return f"token-{self._next()}"
