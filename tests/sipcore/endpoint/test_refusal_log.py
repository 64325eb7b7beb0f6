"""One line for a phone that was set up wrongly, never a flood of them."""

from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sipcore.defence.offence import Offence
from sipcore.defence.sentinel import FailureSeen
from sipcore.endpoint.refusal_log import LONGEST, MOST, MOST_OF_SOURCE, RefusalLog
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.clock import ManualClock
from tests.support.registration import register

PHONE = Flow("TCP", 1, "192.0.2.10", 40222, 7)
SECRET = b'Authorization: Digest username="1001", realm="x", nonce="n0nce", response="abcdef"'


def seen(
    user: str = "1001",
    flow: Flow = PHONE,
    offence: Offence = Offence.CREDENTIALS,
    agent: bytes = b"Door 1.2",
    method: bytes = b"REGISTER",
) -> FailureSeen:
    """A request that was refused."""
    extra = (b"User-Agent: " + agent, SECRET)
    return FailureSeen(flow, offence, register(user, method=method, extra=extra))


def written(*facts: FailureSeen) -> Sequence[EventDict]:
    """The lines about facts of one moment."""
    with capture_logs() as lines:
        book = RefusalLog(ManualClock())
        for fact in facts:
            book.take(fact)
    return lines


def test_a_wrong_password_is_one_line_that_says_which_phone_and_why() -> None:
    lines = written(seen())

    assert lines == [
        {
            "event": "sip.registration_refused",
            "log_level": "warning",
            "user": "1001",
            "source": "192.0.2.10:40222",
            "transport": "TCP",
            "user_agent": "Door 1.2",
            "why": "wrong_credentials",
        }
    ]


@pytest.mark.parametrize("offence", [Offence.FORGED, Offence.FOREIGN])
def test_another_accounts_name_and_another_domain_are_told_as_such(offence: Offence) -> None:
    assert [line["why"] for line in written(seen(offence=offence))] == [offence.word]


def test_a_call_with_wrong_credentials_is_told_with_its_method() -> None:
    (line,) = written(seen(method=b"INVITE"))

    assert (line["event"], line["method"], line["user"]) == (
        "sip.request_refused",
        "INVITE",
        "1001",
    )


def test_what_scanners_and_callers_of_unknown_numbers_do_is_no_line() -> None:
    others = set(Offence) - {Offence.CREDENTIALS, Offence.FORGED, Offence.FOREIGN}

    assert written(*(seen(offence=offence) for offence in others)) == []


def test_nothing_of_the_credentials_is_written() -> None:
    assert "abcdef" not in str(written(seen()))
    assert "n0nce" not in str(written(seen()))


def test_a_phone_that_tries_again_has_one_line_a_minute() -> None:
    clock = ManualClock(monotonic=1200.0)
    with capture_logs() as lines:
        book = RefusalLog(clock)
        for _ in range(12):
            book.take(seen())
            clock.advance(5)
        book.take(seen())

    assert [line.get("untold") for line in lines] == [None, 11]


def test_a_building_behind_one_address_has_a_line_for_each_of_a_few_phones() -> None:
    lines = written(*(seen(str(1000 + n), PHONE._replace(port=5000 + n)) for n in range(40)))

    assert [line["user"] for line in lines] == [str(1000 + n) for n in range(MOST_OF_SOURCE)]


def test_a_flood_from_everywhere_is_a_few_lines_and_the_number_of_the_others() -> None:
    clock = ManualClock()
    with capture_logs() as lines:
        book = RefusalLog(clock)
        for number in range(1000):
            book.take(seen(flow=PHONE._replace(host=f"192.0.{number // 250}.{number % 250}")))
        clock.advance(60)
        book.take(seen())

    assert len(lines) == MOST + 1
    assert lines[-1]["untold"] == 1000 - MOST
    assert sum(map(len, book._told.values())) == 1


def test_what_the_other_side_wrote_is_cut_and_printable() -> None:
    user, agent = "%1b%5b2J%0aroot%ff" + "a" * 500, b"\x1b[31m\xff\xfe" + b"b" * 500
    (line,) = written(seen(user, agent=agent))

    assert line["user"].startswith("?[2J?root?aaa")
    assert line["user_agent"].startswith("?[31m")
    assert (len(line["user"]), len(line["user_agent"])) == (LONGEST, LONGEST)
    assert (line["user"] + line["user_agent"]).isprintable()


def test_a_request_that_does_not_say_who_it_is_for_has_a_line_without_a_name() -> None:
    request = register(to=b"<sip:1001@doorline.test", extra=(b"User-Agent: x",))
    assert isinstance(request, Request)

    assert [line["user"] for line in written(FailureSeen(PHONE, Offence.FOREIGN, request))] == [""]


def test_an_ipv6_address_stands_in_brackets() -> None:
    (line,) = written(seen(flow=Flow("UDP", 0, "2001:db8::1", 5060)))

    assert line["source"] == "[2001:db8::1]:5060"
