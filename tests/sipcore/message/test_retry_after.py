"""When those who were refused together come back."""

from sipcore.message.retry_after import RETRY_FROM, RETRY_SPREAD, retry_after


def test_retry_after_differs_between_calls_and_not_between_copies() -> None:
    lines = [retry_after(b"%d@phone" % number) for number in range(500)]
    seconds = {int(line.partition(b": ")[2]) for line in lines}

    assert lines == [retry_after(b"%d@phone" % number) for number in range(500)]
    assert (min(seconds), max(seconds)) == (RETRY_FROM, RETRY_FROM + RETRY_SPREAD)
    assert len(seconds) == RETRY_SPREAD + 1
