"""Figures of the API itself, in a registry of its own: requests by operation and status, duration.

Only operation names and statuses are labels, so the number of series is bounded whatever is asked.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# A second series beside each figure, that no dashboard reads.
disable_created_metrics()  # type: ignore[no-untyped-call]  # has no annotations
_BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)


class RequestMetrics:
    """Counts and times requests."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "doorline_http_requests",
            "Requests to the admin listener.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "doorline_http_request_seconds",
            "Time from the request's head to the answer's head.",
            ("operation",),
            registry=self._registry,
            buckets=_BUCKETS,
        )

    def count(self, operation: str, status: int, seconds: float) -> None:
        """Record one answered request."""
        self._requests.labels(operation, str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def exposition(self) -> bytes:
        """Prometheus text."""
        return generate_latest(self._registry)
