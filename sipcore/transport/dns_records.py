"""What the location of servers asks the DNS and what comes back: questions, records, answers."""

from enum import Enum, auto
from typing import NamedTuple


class RecordKind(Enum):
    """What is asked for."""

    NAPTR = "NAPTR"
    SRV = "SRV"
    A = "A"
    AAAA = "AAAA"
    HOSTS = "hosts"
    """Addresses as the operating system knows them: /etc/hosts and its like."""


class Question(NamedTuple):
    """One look-up."""

    name: str
    """Domain name without the final dot."""
    kind: RecordKind


class NaptrRecord(NamedTuple):
    """A naming authority pointer (RFC 2915)."""

    order: int
    preference: int
    flags: str
    service: str
    regexp: str
    replacement: str
    """Name to look up next, without the final dot."""


class SrvRecord(NamedTuple):
    """A server of a service (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str
    """Host name without the final dot; empty (the root) when the service is not offered."""


Record = NaptrRecord | SrvRecord | str
"""A record; an address is its text."""


class Outcome(Enum):
    """How a look-up ended."""

    FOUND = auto()
    NONE = auto()
    """There is no such name, or no such record at that name."""
    REFUSED = auto()
    """A name server answered that it cannot tell."""
    SILENT = auto()
    """No name server answered in time."""


class Answer(NamedTuple):
    """What one look-up brought."""

    outcome: Outcome
    records: tuple[Record, ...] = ()
    ttl: float = 0.0
    """Seconds for which it holds, the absence of records as well (RFC 2308)."""
