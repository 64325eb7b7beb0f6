"""What the operator decides about strangers (`[sip.limits]`)."""

from dataclasses import dataclass
from typing import Final

SCANNERS: Final = (
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sipcli",
    "sip-scan",
    "sipscan",
    "sundayddr",
    "iWar",
    "VaxSIPUserAgent",
    "VaxIPUserAgent",
    "pplsip",
)
"""User-Agents of scanners. `sipsak` is left out: operators use it to look after their servers."""


@dataclass(frozen=True, slots=True)
class DefencePolicy:
    """Limits of one source."""

    requests_per_second: float = 200.0
    """Requests outside transactions and dialogs, for as long as they do not prove who sent them;
    a source whose phones authenticate has a much larger allowance."""
    ban_after_failures: int = 20
    """Weight of the failures that ban a source; see `Offence`."""
    ban_time: float = 600.0
    """Seconds a ban lasts."""
    trusted: tuple[str, ...] = ()
    """Networks exempt from limits and bans."""
    drop_user_agents: tuple[str, ...] = SCANNERS
    """User-Agents that get no answer, wherever the text stands in the header, in any case."""
    max_sources: int = 50_000
    """Sources remembered in one generation of the table; there are two (about 200 octets each)."""
    max_bans: int = 10_000
    """Bans at one time; the oldest that nobody set by hand makes room."""
