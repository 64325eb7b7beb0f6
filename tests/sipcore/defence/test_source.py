"""What one source may ask for, and when its failures are too many."""

from sipcore.defence.source import (
    ANSWER_WITHIN,
    BURST,
    FORGIVEN_AFTER,
    GOOD_FACTOR,
    GOOD_FOR,
    MAX_CREDIT,
    REWARD,
    UNANSWERED,
    Source,
    Sources,
    burst_of,
)

RATE = 10.0
LIMIT = 20


def source(*, is_trusted: bool = False) -> Source:
    return Source("192.0.2.1", RATE * BURST, 0.0, is_trusted=is_trusted)


def spent(on: Source, now: float) -> int:
    """Requests that are allowed at one moment; a thousand means all that were tried."""
    return next((count for count in range(1000) if not on.spend(RATE, now)), 1000)


def test_a_stranger_has_a_burst_and_then_its_rate() -> None:
    stranger = source()

    assert [spent(stranger, now) for now in (0.0, 0.0, 1.0, 1.5, 100.0)] == [30, 0, 10, 5, 30]


def test_a_small_rate_is_kept_closely_and_a_large_one_lets_a_few_thousand_come_at_once() -> None:
    assert [burst_of(rate) for rate in (1, 10, 20, 100, 200, 10_000)] == [
        3,
        30,
        60,
        1500,
        6000,
        600_000,
    ]


def test_a_success_allows_more_than_its_handshake_needed_and_a_larger_rate_for_an_hour() -> None:
    known = source()
    assert spent(known, 0.0) == 30
    known.succeed(RATE, 0.0)

    assert spent(known, 0.0) == REWARD
    assert spent(known, 1.0) == RATE * GOOD_FACTOR
    assert spent(known, GOOD_FOR + 1) == RATE * BURST


def test_rewards_add_up_to_a_limit() -> None:
    known = source()
    for _ in range(10_000):
        known.succeed(RATE, 0.0)

    assert RATE * MAX_CREDIT <= known.credit < RATE * MAX_CREDIT + REWARD


def test_a_trusted_source_is_never_slowed_down() -> None:
    trusted = source(is_trusted=True)
    trusted.succeed(RATE, 0.0)

    assert spent(trusted, 0.0) == 1000
    assert all(trusted.spend_broken(RATE, 0.0) for _ in range(1000))


def test_bare_requests_do_not_use_up_the_allowance_of_those_with_credentials() -> None:
    building = source()
    assert spent(building, 0.0) == 30

    assert [building.spend(RATE, 0.0, claims=True) for _ in range(31)] == [True] * 30 + [False]


def test_what_cannot_be_read_does_not_use_up_the_allowance_of_what_can() -> None:
    stranger = source()
    answered = sum(stranger.spend_broken(RATE, 0.0) for _ in range(1000))

    assert (answered, spent(stranger, 0.0)) == (30, 30)
    assert sum(stranger.spend_broken(RATE, 1.0) for _ in range(1000)) == 10


def test_the_twentieth_failure_is_one_too_many() -> None:
    guesser = source()

    assert [guesser.fail(1.0, 0, LIMIT, 0.1 * n) for n in range(20)] == [False] * 19 + [True]


def test_a_retransmission_is_no_other_failure() -> None:
    phone = source()
    for now in range(40):
        assert not phone.fail(1.0, 4711, LIMIT, float(now))

    assert phone.failures == 1.0


def test_failures_are_forgotten_one_by_one() -> None:
    phone = source()
    phone.fail(5.0, 0, LIMIT, 0.0)
    one_is_forgotten = FORGIVEN_AFTER / LIMIT
    phone.fail(0.0, 0, LIMIT, 2 * one_is_forgotten + 1)
    after_two = phone.failures
    phone.fail(0.0, 0, LIMIT, FORGIVEN_AFTER)

    assert (after_two, phone.failures) == (3.0, 0.0)


def test_a_phone_with_an_old_password_that_tries_twice_a_minute_is_never_one_too_many() -> None:
    phone = source()

    assert not any(phone.fail(1.0, n + 1, LIMIT, 30.0 * n) for n in range(1000))


def test_a_first_challenge_is_nothing_and_a_handshake_forgets_it() -> None:
    building = source()
    for now in range(200):
        for _ in range(600):
            assert not building.ask(float(now))
        building.succeed(RATE, float(now))


def test_whoever_leaves_many_challenges_unanswered_is_suspected_after_a_while() -> None:
    scanner = source()
    early = [scanner.ask(0.01 * n) for n in range(1000)]
    late = scanner.ask(ANSWER_WITHIN + 1)

    assert (any(early), late) == (False, True)


def test_a_phone_that_never_answers_a_challenge_is_not_suspected() -> None:
    phone = source()
    seconds = ANSWER_WITHIN / UNANSWERED * 1.1

    assert not any(phone.ask(seconds * n) for n in range(1000))


def test_what_was_left_unanswered_long_ago_counts_no_longer() -> None:
    scanner = source()
    for _ in range(1000):
        scanner.ask(0.0)

    assert not scanner.ask(3 * ANSWER_WITHIN)


def test_the_table_of_sources_is_bounded_and_keeps_those_that_are_heard() -> None:
    table = Sources(100, RATE)
    kept = table.add("192.0.2.1", 0.0, is_trusted=False)
    for number in range(10_000):
        table.add(f"forged {number}", 0.0, is_trusted=False)
        assert table.get("192.0.2.1") is kept
        assert len(table) <= 200

    assert table.forgotten > 9000
    assert table.find("forged 1") is None
    assert table.find("192.0.2.1") is kept
