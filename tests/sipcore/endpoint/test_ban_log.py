"""One line for a ban, never a flood of them."""

from structlog.testing import capture_logs

from sipcore.defence.bans import Ban
from sipcore.defence.sentinel import BanLifted, BanMade
from sipcore.endpoint.ban_log import MOST, BanLog
from tests.support.clock import ManualClock

BAN = Ban("192.0.2.66", 100.0, 700.0, 1600.0, "wrong_credentials", 20.0)


def test_a_ban_and_its_end_are_one_line_each() -> None:
    with capture_logs() as lines:
        book = BanLog(ManualClock())
        book.take(BanMade(BAN))
        book.take(BanLifted(BAN, "by_hand"))

    assert lines == [
        {
            "event": "sip.ban_made",
            "log_level": "warning",
            "source": "192.0.2.66",
            "reason": "wrong_credentials",
            "seconds": 600,
        },
        {
            "event": "sip.ban_lifted",
            "log_level": "info",
            "source": "192.0.2.66",
            "how": "by_hand",
        },
    ]


def test_a_flood_of_bans_is_a_few_lines_and_the_number_of_the_others() -> None:
    clock = ManualClock()
    with capture_logs() as lines:
        book = BanLog(clock)
        for _ in range(1000):
            book.take(BanMade(BAN))
        clock.advance(1)
        book.take(BanMade(BAN))
        book.take(BanMade(BAN))

    assert len(lines) == MOST + 2
    assert [line.get("untold") for line in lines[MOST:]] == [1000 - MOST, None]
