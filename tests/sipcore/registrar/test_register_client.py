"""Our own registration with a provider (RFC 3261 §10.2)."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipcore.message.demands import Demands
from sipcore.message.message import Response, parse
from sipcore.registrar.register_client import (
    BASE_WAIT,
    LEAST_WAIT,
    LONGEST_WAIT,
    Ask,
    RegisterClient,
    RegisterState,
    granted_to,
)


def answer(status: int, *lines: str) -> Response:
    """What the registrar says."""
    head = "".join(f"{line}\r\n" for line in (f"SIP/2.0 {status} X", *lines))
    parsed = parse(head.encode() + b"\r\n")
    assert isinstance(parsed, Response)
    return parsed


def client(chance: float = 0.5) -> RegisterClient:
    """One that has just sent its first REGISTER."""
    made = RegisterClient(600, lambda: chance)
    made.begin(0.0)
    assert made.on_deadline(2.0) == Ask(600)
    return made


@pytest.mark.parametrize(("chance", "first"), [(0.0, 0.0), (0.5, 1.0), (1.0, 2.0)])
def test_servers_that_start_together_do_not_register_together(chance: float, first: float) -> None:
    made = RegisterClient(600, lambda: chance)
    made.begin(0.0)

    assert made.deadline == first
    assert made.on_deadline(first - 0.01) is None
    assert made.state is RegisterState.WAITING


@pytest.mark.parametrize(
    ("chance", "granted", "refresh"),
    [
        (0.5, 600, 480.0),
        (0.0, 600, 450.0),
        (1.0, 600, 510.0),
        (0.5, 60, 48.0),
        (0.5, 1, LEAST_WAIT),
    ],
)
def test_a_registration_is_refreshed_when_four_fifths_are_over(
    chance: float, granted: int, refresh: float
) -> None:
    made = client(chance)

    assert made.answered(answer(200), granted, 10.0) is None

    assert made.state is RegisterState.REGISTERED
    assert made.deadline == pytest.approx(10.0 + refresh)
    assert made.is_registered(10.0 + granted - 0.1)
    assert not made.is_registered(10.0 + granted)


def test_what_is_granted_without_a_time_is_what_was_asked_for() -> None:
    made = client()
    made.answered(answer(200), None, 0.0)

    assert made.registered_until == 600.0


@pytest.mark.parametrize("status", [401, 407])
def test_a_challenge_is_answered_once(status: int) -> None:
    made, challenge = client(), answer(status, 'WWW-Authenticate: Digest realm="x"')

    assert made.answered(challenge, None, 1.0) == Ask(600, Demands(((challenge, 1),), 1))
    assert made.answered(challenge, None, 1.0) is None

    assert (made.state, made.status) == (RegisterState.WAITING, status)


def test_a_proxy_and_the_registrar_may_both_ask() -> None:
    """RFC 3261 §22.3."""
    made = client()
    proxy, registrar = answer(407), answer(401)

    made.answered(proxy, None, 1.0)
    asked = made.answered(registrar, None, 1.0)

    assert asked == Ask(600, Demands(((proxy, 2), (registrar, 1)), 2))


def test_another_server_may_ask_anew() -> None:
    made = client()
    made.answered(answer(401), None, 1.0)

    assert made.elsewhere() == Ask(600)
    assert made.answered(answer(401), None, 1.0) is not None


def test_a_time_that_is_too_short_is_asked_for_longer_once() -> None:
    """§10.2.8."""
    made = client()

    assert made.answered(answer(423, "Min-Expires: 1800"), None, 1.0) == Ask(1800)
    assert made.answered(answer(423, "Min-Expires: 3600"), None, 1.0) is None
    assert made.state is RegisterState.WAITING


@pytest.mark.parametrize(
    "line", ["Min-Expires: 60", "Min-Expires: 9999999", "Min-Expires: x", "X: y"]
)
def test_a_423_that_makes_no_sense_is_a_failure(line: str) -> None:
    made = client()

    assert made.answered(answer(423, line), None, 1.0) is None
    assert made.state is RegisterState.WAITING


def test_failures_wait_ever_longer_and_an_answer_ends_that() -> None:
    made = client(1.0)
    waits, now = [], 0.0
    for _ in range(8):
        made.unanswered(408, now)
        waits.append(made.deadline - now)
        now = made.deadline
        assert made.on_deadline(now) == Ask(600)

    assert waits == [30.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1800.0, 1800.0]
    made.answered(answer(200), 600, now)
    made.on_deadline(made.deadline)
    made.unanswered(503, 0.0)
    assert made.deadline == BASE_WAIT


def test_the_wait_after_a_failure_is_between_half_and_all_of_it() -> None:
    made = client(0.0)
    made.answered(answer(500), None, 0.0)

    assert made.deadline == BASE_WAIT / 2


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        ("120 (tired);duration=9", 120.0),
        ("0", LEAST_WAIT),
        ("999999", LONGEST_WAIT),
        ("soon", 22.5),
    ],
)
def test_a_registrar_may_say_when_to_come_back(line: str, wait: float) -> None:
    made = client()
    made.answered(answer(503, f"Retry-After: {line}"), None, 0.0)

    assert made.deadline == wait


def test_a_refresh_that_fails_leaves_the_registration_until_it_expires() -> None:
    made = client()
    made.answered(answer(200), 600, 0.0)
    made.on_deadline(480.0)
    made.unanswered(408, 512.0)

    assert made.is_registered(599.0)
    assert not made.is_registered(601.0)


def test_the_end_of_a_registration_is_told_with_credentials_if_they_are_asked_for() -> None:
    """§10.2.2."""
    made = client()
    made.answered(answer(200), 600, 0.0)

    assert made.stop(1.0) == Ask(0)
    challenge = answer(401, 'WWW-Authenticate: Digest realm="x"')
    assert made.answered(challenge, None, 1.0) == Ask(0, Demands(((challenge, 1),), 1))
    made.answered(answer(200), None, 1.0)

    assert made.state is RegisterState.GONE
    assert not made.is_registered(1.0)
    assert made.deadline == math.inf


def test_whoever_is_not_registered_just_goes() -> None:
    made = client()

    assert made.stop(1.0) is None
    assert made.state is RegisterState.GONE


def test_silence_at_the_end_is_the_end() -> None:
    made = client()
    made.answered(answer(200), 600, 0.0)
    made.stop(1.0)
    made.unanswered(408, 2.0)

    assert made.state is RegisterState.GONE


@pytest.mark.parametrize(
    ("lines", "granted"),
    [
        (("Contact: <sip:u@192.0.2.1:5060>;expires=120",), 120),
        (("Contact: <sip:other@x>;expires=9, <sip:u@192.0.2.1>;expires=99", "Expires: 7"), 7),
        (("Contact: <sip:u@192.0.2.1:5060>", "Expires: 300"), 300),
        (("Expires: 300",), 300),
        (("Contact: <", "Expires: 300"), 300),
        ((), None),
    ],
)
def test_what_is_granted_is_what_stands_beside_our_contact(
    lines: tuple[str, ...], granted: int | None
) -> None:
    """§10.2.4, §10.3 step 8: other contacts of the account are none of our business."""
    assert granted_to(answer(200, *lines), b"sip:u@192.0.2.1:5060") == granted


STEPS = st.lists(
    st.tuples(
        st.sampled_from((200, 401, 403, 407, 423, 480, 500, 503, 408, 302, 0)),
        st.floats(0.0, 1.0),
        st.floats(0.0, 2000.0),
    ),
    max_size=40,
)


@given(STEPS)
@example([(200, 0.0, 0.0), (401, 0.0, 0.0), (423, 0.0, 0.0), (401, 0.0, 0.0)])
def test_it_always_comes_back_and_never_asks_in_a_storm(
    steps: list[tuple[int, float, float]],
) -> None:
    now, asked, answers = 0.0, 0, 0
    made = RegisterClient(600, lambda: 0.3)
    made.begin(now)
    for status, _, wait in steps:
        if made.state is RegisterState.ASKING:
            answers += 1
            if status == 0:
                made.unanswered(408, now)
            elif made.answered(answer(status, "Min-Expires: 700"), 60, now) is not None:
                asked += 1
        else:
            assert made.deadline < math.inf
            now = max(now + wait, made.deadline)
            if made.on_deadline(now) is not None:
                asked += 1
    # An attempt is a REGISTER, the credentials for a registrar and a proxy, and all that once more
    # with the time that a 423 wants.
    assert asked <= 6 * (1 + now / LEAST_WAIT)
    assert asked - answers in (0, 1)
