"""What is kept of calls and doors, and what is told of them while it happens."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from doorline.adapters.digits import DoorDigits
from doorline.adapters.live_events import LiveEvents
from doorline.adapters.news import News, OpenCall, unchanged
from doorline.adapters.visit_log import VisitLog
from doorline.assembly.memory import Memory
from doorline.assembly.stores import Stores
from relay.in_call import InCallDigits
from sipcore.endpoint.fact_listeners import ByKind, FactListeners
from sipcore.kernel.clock import Clock
from sipcore.kernel.entropy import Entropy


@dataclass(frozen=True, slots=True)
class Telling:
    """Who hears of calls."""

    facts: FactListeners
    """Of everything that happens to a call."""
    direct: FactListeners
    """Of calls past the server, which are on record as all others."""
    digits: DoorDigits
    """Of every digit that a party of a call presses."""
    live: LiveEvents
    """Of both, while somebody listens; nothing of it costs anything while nobody does."""


def telling(
    stores: Stores,
    memory: Memory,
    counting: Iterable[ByKind],
    call_of: Callable[[str], OpenCall | None],
    clock: Clock,
    entropy: Entropy,
) -> Telling:
    """The listeners; visits that an earlier run could not end go to the door log at once.

    `counting` hears of facts beside the records; `call_of` finds a call that goes on by its id.
    """
    journal, dial, location = stores.journal, memory.dial, memory.location
    visits = VisitLog(dial, stores.door_log)
    visits.interrupted(stores.interrupted)
    facts = FactListeners(journal.record, by_kind=(*counting, visits.by_kind))

    direct = FactListeners(journal.record, by_kind=[visits.by_kind])

    def join() -> None:
        for told in (facts, direct):
            told.join(news.heard)
        location.listen(news.binding, unchanged)

    def part() -> None:
        for told in (facts, direct):
            told.leave(news.heard)
        location.leave(news.binding)

    live = LiveEvents(clock, entropy.token()[:8], join=join, part=part)
    news = News(live.publish, dial, clock, call_of)

    def opened(call_id: str, at: float, detail: Mapping[str, object]) -> None:
        journal.record_event(call_id, at, "door_digits", detail)
        if live.is_on:
            news.door(call_id, at, detail)

    def pressed(call_id: str, at: float, detail: Mapping[str, object]) -> None:
        journal.record_event(call_id, at, "digits", detail)
        if live.is_on:
            news.digits(call_id, at, detail)

    digits = InCallDigits(dial, stores.door_log, opened, pressed)
    return Telling(facts, direct, DoorDigits(digits, clock), live)
