"""Prometheus figures, collected only when somebody asks for them.

The engine counts in plain dictionaries, because a call into prometheus_client for each message
would cost as much as the message. This collector reads them at the moment of the scrape.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from types import MappingProxyType

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from doorline.adapters.figures import meaning
from sipcore.kernel.histogram import Histogram

Counters = Callable[[], Mapping[str, int]]
"""Reads counters: names like `datagrams_received`, `requests_INVITE`, `responses_200`."""
Gauge = Callable[[], float]

PREFIX = "doorline_"
_LABELLED = re.compile(r"(requests|responses)_([A-Z]+|other|[0-9]{3})\Z")
_LABEL = {"requests": "method", "responses": "status"}
_NOT_PLAIN = re.compile(r"[^a-zA-Z0-9_]")


class EngineCollector(Collector):
    """Turns dictionaries of counters, and functions, into Prometheus families."""

    def __init__(
        self,
        counters: Mapping[str, Counters],
        gauges: Mapping[str, Gauge],
        histograms: Mapping[str, Callable[[], Histogram]] = MappingProxyType({}),
    ) -> None:
        """All by the middle part of the name: `sip` gives `doorline_sip_…`."""
        self._counters = counters
        self._gauges = gauges
        self._histograms = histograms

    def collect(
        self,
    ) -> Iterator[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]:
        """Every family once; the names are sorted, so that two scrapes compare well."""
        for part, read in sorted(self._counters.items()):
            yield from _families(part, read())
        for name, value in sorted(self._gauges.items()):
            yield GaugeMetricFamily(f"{PREFIX}{name}", meaning(name), value=value())
        for name, histogram in sorted(self._histograms.items()):
            found = histogram()
            bounds = (*map(str, found.bounds), "+Inf")
            buckets = list(zip(bounds, accumulate(found.counts), strict=True))
            yield HistogramMetricFamily(
                f"{PREFIX}{name}", meaning(name), buckets=buckets, sum_value=found.total
            )


def exposition(collector: Collector) -> Callable[[], bytes]:
    """A function that writes the figures of one collector as Prometheus text."""
    registry = CollectorRegistry()
    registry.register(collector)
    return lambda: generate_latest(registry)


def _families(part: str, counters: Mapping[str, int]) -> Iterator[CounterMetricFamily]:
    """One family per counter; requests by method and responses by status share theirs."""
    labelled: dict[str, dict[str, int]] = {}
    for name, count in sorted(counters.items()):
        match = _LABELLED.match(name)
        if match is not None:
            labelled.setdefault(match[1], {})[match[2]] = count
            continue
        plain = _NOT_PLAIN.sub("_", name)
        yield _counter(f"{part}_{plain}", value=count)
    for name, counts in sorted(labelled.items()):
        label = _LABEL[name]
        family = _counter(f"{part}_{name}", labels=(label,))
        for value, count in counts.items():
            family.add_metric((value,), count)
        yield family


def _counter(
    name: str, value: float | None = None, labels: tuple[str, ...] | None = None
) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, meaning(name), value=value, labels=labels)
