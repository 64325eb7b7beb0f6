import pytest

from doorline.push.result import SENT, PushOutcome, PushResult, of_status


@pytest.mark.parametrize(
    ("status", "wait", "result"),
    [
        (200, "", SENT),
        (204, "", SENT),
        (400, "", PushResult(PushOutcome.REFUSED, "why")),
        (302, "", PushResult(PushOutcome.REFUSED, "why")),
        (429, "3", PushResult(PushOutcome.UNREACHABLE, "why", True, 3.0)),
        (503, "", PushResult(PushOutcome.UNREACHABLE, "why", True, 0.0)),
        (503, "Wed, 21 Oct 2026 07:28:00 GMT", PushResult(PushOutcome.UNREACHABLE, "why", True)),
    ],
)
def test_a_status_means_what_http_says(status: int, wait: str, result: PushResult) -> None:
    assert of_status(status, "why", wait) == result


def test_without_words_of_the_provider_the_status_stands_for_them() -> None:
    assert of_status(500, "").detail == "500"
