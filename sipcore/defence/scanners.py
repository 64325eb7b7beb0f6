"""Scanners: programs that search networks for SIP servers, known by their User-Agent."""

from collections.abc import Iterable
from typing import Final

_REMEMBERED: Final = 512
_MAX_REMEMBERED_LENGTH: Final = 128
_LOOKED_AT: Final = 512
"""Octets of a User-Agent that are searched."""


class Scanners:
    """Tells a scanner by its User-Agent."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(name.lower().encode() for name in names if name)
        self._known: dict[bytes, bool] = {}

    def include(self, user_agent: bytes | None) -> bool:
        """Whether one of the names stands in this header value."""
        if not user_agent:
            return False
        known = self._known.get(user_agent)
        if known is not None:
            return known
        lowered = user_agent[:_LOOKED_AT].lower()
        found = any(name in lowered for name in self._names)
        if len(user_agent) <= _MAX_REMEMBERED_LENGTH:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[user_agent] = found
        return found
