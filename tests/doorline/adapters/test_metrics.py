"""Figures as Prometheus reads them."""

from doorline.adapters.metrics import EngineCollector, exposition
from sipcore.kernel.histogram import Histogram


def test_counters_and_gauges_become_prometheus_text() -> None:
    counters = {"bad_messages": 2, "requests_INVITE": 3, "requests_BYE": 1, "responses_200": 4}
    text = exposition(EngineCollector({"sip": lambda: counters}, {"sip_bindings": lambda: 7}))

    assert text().decode() == (
        "# HELP doorline_sip_bad_messages_total SIP messages that could not be read.\n"
        "# TYPE doorline_sip_bad_messages_total counter\n"
        "doorline_sip_bad_messages_total 2.0\n"
        "# HELP doorline_sip_requests_total SIP requests received, by method.\n"
        "# TYPE doorline_sip_requests_total counter\n"
        'doorline_sip_requests_total{method="BYE"} 1.0\n'
        'doorline_sip_requests_total{method="INVITE"} 3.0\n'
        "# HELP doorline_sip_responses_total SIP responses sent, by status.\n"
        "# TYPE doorline_sip_responses_total counter\n"
        'doorline_sip_responses_total{status="200"} 4.0\n'
        "# HELP doorline_sip_bindings Contacts registered now.\n"
        "# TYPE doorline_sip_bindings gauge\n"
        "doorline_sip_bindings 7.0\n"
    )


def test_each_scrape_reads_the_counters_again() -> None:
    counters = {"calls-started": 1}
    text = exposition(EngineCollector({"sip": lambda: counters}, {}))
    first = text()
    counters["calls-started"] = 5

    assert b"doorline_sip_calls_started_total 1.0" in first
    assert b"doorline_sip_calls_started_total 5.0" in text()


def test_a_histogram_has_the_counts_up_to_each_bound() -> None:
    waits = Histogram((0.001, 0.5))
    for seconds in (0.0, 0.0, 0.0, 0.25, 1.0, 3.0):
        waits.add(seconds)
    text = exposition(EngineCollector({}, {}, {"sip_wait_seconds": lambda: waits}))().decode()

    assert [line.rpartition("doorline_sip_wait_seconds")[2] for line in text.splitlines()[2:]] == [
        '_bucket{le="0.001"} 3.0',
        '_bucket{le="0.5"} 4.0',
        '_bucket{le="+Inf"} 6.0',
        "_count 6.0",
        "_sum 4.25",
    ]
