"""The session timer of one dialog: who refreshes, when, and when it is over (RFC 4028)."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.dialog.session_timer import (
    Due,
    SessionExpires,
    SessionPolicy,
    SessionTimer,
    initial_lines,
    min_se,
    refusal,
    session_expires,
    supports_timer,
)
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Message, Request, Response, parse

POLICY = SessionPolicy()
HEAD = b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\n"


def message(start: bytes, *lines: bytes) -> Message:
    return parse(b"\r\n".join((start, HEAD + b"Call-ID: 1\r\nCSeq: 2 UPDATE", *lines, b"", b"")))


def request(*lines: bytes) -> Request:
    made = message(b"UPDATE sip:b@x SIP/2.0", *lines)
    assert isinstance(made, Request)
    return made


def response(status: int, *lines: bytes) -> Response:
    made = message(b"SIP/2.0 %d x" % status, *lines)
    assert isinstance(made, Response)
    return made


def test_the_first_request_names_an_interval_and_no_refresher() -> None:
    assert initial_lines(POLICY) == (b"Session-Expires: 1800",)
    assert initial_lines(SessionPolicy(300, 600)) == (b"Session-Expires: 600", b"Min-SE: 300")


def test_an_interval_below_the_minimum_of_the_operator_is_never_asked_for() -> None:
    assert SessionTimer(SessionPolicy(min_se=3600, default_expires=1800)).interval == 3600


@pytest.mark.parametrize(
    ("line", "ours", "deadline"),
    [
        (b"Session-Expires: 600;refresher=uac", True, 300.0),
        (b"Session-Expires: 600;refresher=uas", False, 568.0),
        (b"Session-Expires: 90 ; refresher = uas", False, 60.0),
        (b"Session-Expires: 10;refresher=uas", False, 60.0),
        (b"Session-Expires: x", True, 900.0),
        (b"Subject: none", True, 900.0),
    ],
)
def test_the_answer_to_our_refresh_settles_who_is_next(
    line: bytes, ours: bool, deadline: float
) -> None:
    timer = SessionTimer(POLICY)

    timer.agreed(response(200, line), 0.0)

    assert (timer.we_refresh, timer.deadline) == (ours, deadline)


def test_what_is_due_depends_on_who_refreshes() -> None:
    ours, theirs = SessionTimer(POLICY), SessionTimer(POLICY)
    ours.agreed(response(200, b"Session-Expires: 600;refresher=uac"), 0.0)
    theirs.agreed(response(200, b"Session-Expires: 600;refresher=uas"), 0.0)

    assert (ours.on_deadline(299.0), ours.on_deadline(300.0)) == (None, Due.REFRESH)
    assert (theirs.on_deadline(567.0), theirs.on_deadline(568.0)) == (None, Due.EXPIRED)
    assert (ours.deadline, theirs.deadline) == (inf, inf)


def test_later_requests_keep_the_roles() -> None:
    timer = SessionTimer(POLICY)
    timer.agreed(response(200, b"Session-Expires: 600;refresher=uas"), 0.0)

    assert timer.request_lines() == (b"Session-Expires: 600;refresher=uas",)


def test_a_422_raises_the_interval_and_one_that_asks_for_nothing_more_does_not() -> None:
    timer = SessionTimer(POLICY)

    raised = timer.raise_floor(response(422, b"Min-SE: 4000"))
    again = timer.raise_floor(response(422, b"Min-SE: 4000"))

    assert (raised, again) == (True, False)
    assert timer.request_lines() == (b"Session-Expires: 4000", b"Min-SE: 4000")
    assert not timer.raise_floor(response(422, b"Min-SE: soon"))


def test_the_minimum_of_the_peer_is_repeated_in_our_refreshes() -> None:
    timer = SessionTimer(POLICY)

    timer.response_lines(request(b"Supported: timer", b"Min-SE: 300"), 0.0)

    assert timer.request_lines() == (b"Session-Expires: 1800;refresher=uas", b"Min-SE: 300")


def test_a_refresh_that_fails_for_the_moment_is_tried_again_before_the_end() -> None:
    timer = SessionTimer(POLICY)
    timer.agreed(response(200, b"Session-Expires: 90;refresher=uac"), 0.0)
    timer.on_deadline(45.0)

    timer.refused(491, 45.0)
    soon = timer.deadline
    timer.refused(491, 85.0)

    assert (soon, timer.deadline) == (55.0, 90.0)
    assert timer.on_deadline(90.0) is Due.EXPIRED


def test_a_phone_that_does_not_count_is_not_hung_up_on_for_refusing_our_refresh() -> None:
    timer = SessionTimer(POLICY)
    timer.agreed(response(200), 0.0)
    timer.on_deadline(900.0)

    timer.refused(488, 900.0)

    assert timer.deadline == inf


def test_a_stopped_timer_is_never_due() -> None:
    timer = SessionTimer(POLICY)
    timer.agreed(response(200), 0.0)

    timer.stop()

    assert timer.on_deadline(1e9) is None


def test_values_are_read_with_and_without_a_refresher() -> None:
    assert session_expires(request(b"Session-Expires: 90;refresher=UAC;x=1")) == SessionExpires(
        90, b"uac"
    )
    assert session_expires(request(b"x: 1800")) == SessionExpires(1800, b"")
    assert session_expires(request()) is None
    assert (min_se(request(b"Min-SE: 5")), min_se(request(b"Min-SE: 120;x"))) == (90, 120)


@pytest.mark.parametrize(
    "value", [b"", b"-1", b"1e3", b"99999999999", b"90;refresher=me", b"4294967296"]
)
def test_malformed_values_are_bad_messages(value: bytes) -> None:
    with pytest.raises(BadMessage):
        session_expires(request(b"Session-Expires: " + value))


def test_a_peer_that_no_refresh_reaches_is_tried_until_its_session_expires() -> None:
    timer = SessionTimer(POLICY)
    timer.agreed(response(200, b"Subject: none"), 0.0)
    assert timer.on_deadline(900.0) is Due.REFRESH

    timer.unreached(900.0)
    assert 900.0 < timer.deadline < 1000.0
    assert timer.on_deadline(timer.deadline) is Due.REFRESH

    timer.unreached(1799.0)
    assert timer.deadline == 1800.0
    assert timer.on_deadline(1800.0) is Due.EXPIRED


def test_only_a_sender_that_knows_timers_is_refused() -> None:
    short = b"Session-Expires: 60"

    assert refusal(request(b"Supported: timer", short), POLICY) == b"Min-SE: 90"
    assert refusal(request(b"Require: timer", short), SessionPolicy(120)) == b"Min-SE: 120"
    assert refusal(request(short), POLICY) is None
    assert refusal(request(b"Supported: timer"), POLICY) is None
    assert SessionTimer(POLICY).refusal(request(b"Supported: timer", short)) == b"Min-SE: 90"


def test_an_interval_below_its_own_minimum_is_malformed() -> None:
    with pytest.raises(BadMessage):
        refusal(request(b"Supported: timer", b"Session-Expires: 100", b"Min-SE: 200"), POLICY)


def test_option_tags_know_no_case() -> None:
    assert supports_timer(request(b"Supported: path, Timer"))
    assert not supports_timer(request(b"Supported: path"))


@given(
    st.lists(
        st.tuples(st.sampled_from("uqrdsx"), st.integers(0, 5000), st.sampled_from(["uac", "uas"])),
        max_size=20,
    )
)
def test_whatever_happens_the_interval_stays_sane_and_nothing_raises(
    script: list[tuple[str, int, str]],
) -> None:
    timer, now = SessionTimer(POLICY), 0.0
    for kind, number, who in script:
        line = b"Session-Expires: %d;refresher=%b" % (number, who.encode())
        if kind == "u":
            timer.agreed(response(200, line), now)
        elif kind == "q":
            timer.response_lines(request(b"Supported: timer", line), now)
        elif kind == "r":
            timer.raise_floor(response(422, b"Min-SE: %d" % number))
        elif kind == "d":
            now = timer.deadline if timer.deadline != inf else now + 1.0
            timer.on_deadline(now)
        elif kind == "s":
            timer.refused(400 + number % 200, now)
        else:
            now += number
        assert timer.interval >= 90
        assert timer.deadline > 0.0
