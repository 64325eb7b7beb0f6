"""DnsCache: answers of the DNS for as long as they hold, the absence of records as well."""

from sipcore.kernel.clock import Clock
from sipcore.transport.dns_records import Answer, Question


class DnsCache:
    """Answers by question, each until its time is over (RFC 2308 for those without records)."""

    def __init__(self, clock: Clock, capacity: int = 1024) -> None:
        self.evicted = 0
        """Answers that had to make room before their time."""
        self._clock = clock
        self._capacity = capacity
        self._kept: dict[Question, tuple[float, Answer]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, question: Question) -> Answer | None:
        """The answer with what is left of its time; None when it is not known any more."""
        kept = self._kept.get(question)
        if kept is None:
            return None
        until, answer = kept
        left = until - self._clock.monotonic()
        if left <= 0:
            del self._kept[question]
            return None
        return answer._replace(ttl=left)

    def keep(self, question: Question, answer: Answer) -> None:
        """Remember an answer; when there is no room, the ones kept longest go."""
        self._kept.pop(question, None)
        if answer.ttl <= 0:
            return
        if len(self._kept) >= self._capacity:
            self._make_room()
        self._kept[question] = (self._clock.monotonic() + answer.ttl, answer)

    def _make_room(self) -> None:
        now = self._clock.monotonic()
        for question in [question for question, (until, _) in self._kept.items() if until <= now]:
            del self._kept[question]
        while len(self._kept) >= self._capacity:
            del self._kept[next(iter(self._kept))]
            self.evicted += 1
