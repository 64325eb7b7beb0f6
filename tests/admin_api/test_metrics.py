from admin_api.metrics import RequestMetrics


def lines(metrics: RequestMetrics, start: str) -> list[str]:
    return [line for line in metrics.exposition().decode().splitlines() if line.startswith(start)]


def test_requests_are_counted_by_operation_and_status() -> None:
    metrics = RequestMetrics()
    metrics.count("list_sites", 200, 0.004)
    metrics.count("list_sites", 200, 0.004)
    metrics.count("list_sites", 401, 0.001)

    assert lines(metrics, "doorline_http_requests_total") == [
        'doorline_http_requests_total{operation="list_sites",status="200"} 2.0',
        'doorline_http_requests_total{operation="list_sites",status="401"} 1.0',
    ]


def test_durations_are_summed_by_operation() -> None:
    metrics = RequestMetrics()
    metrics.count("list_sites", 200, 0.25)
    metrics.count("list_sites", 500, 0.5)

    assert lines(metrics, "doorline_http_request_seconds_sum") == [
        'doorline_http_request_seconds_sum{operation="list_sites"} 0.75'
    ]


def test_two_applications_do_not_share_figures() -> None:
    RequestMetrics().count("list_sites", 200, 0.1)

    assert lines(RequestMetrics(), "doorline_http_requests_total") == []


def test_no_figure_has_a_series_about_its_making() -> None:
    metrics = RequestMetrics()
    metrics.count("list_sites", 200, 0.25)

    assert "_created" not in metrics.exposition().decode()
