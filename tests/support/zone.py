"""A zone as a table, played to a search for servers without any network."""

from collections.abc import Mapping

from sipcore.transport.dns_records import (
    Answer,
    NaptrRecord,
    Outcome,
    Question,
    Record,
    RecordKind,
    SrvRecord,
)
from sipcore.transport.locating import Located, Steps

Zone = Mapping[tuple[str, RecordKind], tuple[Record, ...] | Outcome]
NAPTR, SRV, A, AAAA, HOSTS = RecordKind
BOTH = (A, AAAA)
TTL = 300.0


def naptr(
    order: int, service: str, replacement: str, *, preference: int = 50, flags: str = "s"
) -> NaptrRecord:
    """A record as RFC 3263 §4.1 writes them."""
    return NaptrRecord(order, preference, flags, service, "", replacement)


def srv(target: str, port: int = 5060, *, priority: int = 0, weight: int = 0) -> SrvRecord:
    """A record as RFC 3263 §4.1 writes them."""
    return SrvRecord(priority, weight, port, target)


def play(steps: Steps, zone: Zone) -> tuple[Located, list[Question]]:
    """What a search finds in a zone, and what it asked for, in order."""
    asked: list[Question] = []
    try:
        question = next(steps)
        while True:
            asked.append(question)
            question = steps.send(answer(zone, question))
    except StopIteration as end:
        located: Located = end.value
        return located, asked


def answer(zone: Zone, question: Question) -> Answer:
    """What the zone has there; nothing for what it does not list."""
    entry = zone.get((question.name, question.kind), Outcome.NONE)
    if isinstance(entry, Outcome):
        return Answer(entry, ttl=TTL)
    return Answer(Outcome.FOUND, entry, TTL)
