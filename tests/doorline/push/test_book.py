"""The book of wakes: who waits for whom, who is told that it is over, what is remembered."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.kinds import PushProvider
from directory.queries.push_targets import StoredPushTarget
from doorline.push.book import LINGER, WakeBook
from doorline.push.history import MAX_DEVICES
from doorline.push.order import PushEvent, PushOrder
from doorline.push.result import SENT, PushOutcome, PushResult
from doorline.push.target import PushTarget
from tests.support.pushes import FCM, NOW, order

DEAD = PushResult(PushOutcome.DEAD, "Unregistered")
DOWN = PushResult(PushOutcome.UNREACHABLE, "503")
TOLD = replace(FCM, stored=StoredPushTarget(1, 1, "a1", PushProvider.FCM, b"sealed"))
"""A token that was told through the API: no registration names it."""
NAMED = FCM


def called_off(book: WakeBook, visit: str = "v1", user: str = "a1") -> list[PushOrder]:
    return [wake.order for wake in book.called_off(visit, user)]


def woken(book: WakeBook, what: PushOrder, target: PushTarget = TOLD) -> None:
    assert book.ordered(what, target, NOW)


def phone(device: str, visit: str = "v1") -> PushOrder:
    """A wake of one of several phones."""
    return replace(order(visit=visit), device=device)


def test_the_latency_runs_from_the_push_to_the_register() -> None:
    book = WakeBook()
    woken(book, order())
    book.answered(order(), SENT)

    assert book.awaits("a1")
    assert book.registered("a1", NOW + 1.5) == 1.5
    assert not book.awaits("a1")
    history = book.history("a1")
    assert history is not None
    assert (history.latencies.last, history.wakes, history.last_wake_at) == (1.5, 1, NOW + 1.5)
    assert sum(book.histogram.counts) == 1


def test_a_register_nobody_waits_for_is_no_wake() -> None:
    book = WakeBook()

    assert book.registered("a1", NOW) is None
    assert book.history("a1") is None


def test_a_call_wakes_an_app_once() -> None:
    book = WakeBook()
    woken(book, order())

    assert not book.ordered(order(), TOLD, NOW)
    assert book.ordered(order(visit="v2"), TOLD, NOW)


def test_another_round_of_a_call_wakes_again_who_slept_through_the_first() -> None:
    book = WakeBook()
    woken(book, order())
    book.answered(order(), SENT)
    book.overdue(order())

    assert book.ordered(order(), TOLD, NOW + 40)
    assert book.registered("a1", NOW + 41) == 1.0
    assert book.ordered(order(), TOLD, NOW + 80)


def test_what_an_earlier_round_still_hears_is_not_of_the_present_one() -> None:
    book, again = WakeBook(), replace(order())
    woken(book, order())
    book.called_off("v1", "a1")
    woken(book, again)

    assert (book.open(order()), book.answered(order(), DOWN)) == (None, False)
    assert not book.overdue(order())
    assert not book.answered(again, SENT)
    history = book.history("a1")
    assert history is not None
    assert (history.silences, history.last_outcome) == (0, PushOutcome.SENT)
    assert called_off(book) == [again]


def test_one_register_ends_the_wait_of_every_call() -> None:
    book = WakeBook()
    woken(book, order(visit="v1"))
    assert book.ordered(order(visit="v2"), TOLD, NOW + 1)

    assert book.registered("a1", NOW + 3) == 3.0
    assert (book.overdue(order(visit="v1")), book.overdue(order(visit="v2"))) == (False, False)


def test_the_cancel_goes_where_a_wake_went_and_once() -> None:
    book = WakeBook()
    woken(book, order())
    book.answered(order(), SENT)
    book.registered("a1", NOW + 1)

    assert called_off(book) == [order()]
    assert called_off(book) == []
    assert book.called_off("v1", "a2") == ()
    assert len(book) == 0


def test_a_push_that_failed_needs_no_cancel() -> None:
    book = WakeBook()
    woken(book, order())

    assert book.answered(order(), DOWN)
    assert called_off(book) == []


def test_hope_is_gone_only_with_the_last_of_several_phones() -> None:
    book = WakeBook()
    first, second = phone("one"), phone("two")
    woken(book, first)
    woken(book, second)

    assert [book.answered(first, DEAD), book.answered(second, DOWN)] == [False, True]


def test_one_push_that_went_out_is_hope() -> None:
    book = WakeBook()
    first, second = phone("one"), phone("two")
    woken(book, first)
    woken(book, second)

    assert [book.answered(first, SENT), book.answered(second, DEAD)] == [False, False]


# -- several phones of one app ----------------------------------------------------------------


def test_each_phone_ends_its_own_wait() -> None:
    book = WakeBook()
    for device in ("one", "two"):
        woken(book, phone(device), NAMED)

    assert book.registered("a1", NOW + 1, "two") == 1.0
    assert [(w.order.device, w.registered) for w in book.wakes("v1", "a1")] == [
        ("one", False),
        ("two", True),
    ]
    assert book.awaits("a1")
    assert book.registered("a1", NOW + 4, "one") == 4.0
    history = book.history("a1")
    assert history is not None
    assert {name: one.latencies.last for name, one in history.devices.items()} == {
        "one": 4.0,
        "two": 1.0,
    }
    assert (history.wakes, history.latencies.last) == (2, 4.0)


@pytest.mark.parametrize("device", ["", "never-pushed"])
def test_a_register_that_names_no_pushed_phone_is_that_of_the_token_told_by_the_api(
    device: str,
) -> None:
    book = WakeBook()
    woken(book, phone("said"), NAMED)
    assert book.registered("a1", NOW + 1, device) is None
    woken(book, phone("told"), TOLD)

    assert book.registered("a1", NOW + 2, device) == 2.0
    assert [w.order.device for w in book.wakes("v1", "a1") if w.registered] == ["told"]


def test_a_phone_that_comes_for_one_call_ends_no_wait_of_another_one() -> None:
    book = WakeBook()
    for visit in ("v1", "v2"):
        woken(book, phone("one", visit))

    assert book.came("v1", "a1", "one", NOW + 3) == 3.0
    assert book.came("v1", "a1", "one", NOW + 4) is None
    assert book.came("v1", "a1", "two", NOW + 4) is None
    assert [wake.registered for wake in book.wakes("v2", "a1")] == [False]


def test_hope_lasts_until_the_last_phone_is_overdue() -> None:
    book = WakeBook()
    first, second = phone("one"), phone("two")
    for each in (first, second):
        woken(book, each)
        book.answered(each, SENT)

    assert (book.overdue(first), book.is_hopeless("v1", "a1")) == (True, False)
    assert (book.overdue(second), book.is_hopeless("v1", "a1")) == (True, True)
    book.registered("a1", NOW + 90)
    assert book.is_hopeless("v1", "a1")


def test_a_phone_that_came_is_hope_whoever_else_is_overdue() -> None:
    book = WakeBook()
    first, second = phone("one"), phone("two")
    woken(book, first)
    woken(book, second)
    book.came("v1", "a1", "one", NOW + 1)

    assert (book.overdue(second), book.is_hopeless("v1", "a1")) == (True, False)


def test_the_phone_that_answered_is_let_go_of_without_a_cancel() -> None:
    book = WakeBook()
    first, second = phone("one"), phone("two")
    for each in (first, second):
        woken(book, each)
        book.answered(each, SENT)

    others = book.called_off("v1", "a1", lambda wake: wake.order.device != "one")

    assert [wake.order for wake in others] == [second]
    assert (len(book), called_off(book)) == (0, [])


def test_the_phones_of_an_app_are_bounded() -> None:
    book = WakeBook()
    for number in range(MAX_DEVICES + 2):
        woken(book, phone(str(number)))

    history = book.history("a1")
    assert history is not None
    assert list(history.devices) == [str(n) for n in range(2, MAX_DEVICES + 2)]


def test_a_silent_app_is_counted_once() -> None:
    book = WakeBook()
    woken(book, order())
    book.answered(order(), SENT)

    assert [book.overdue(order()), book.overdue(order())] == [True, False]
    history = book.history("a1")
    assert history is not None
    assert (history.silences, history.wakes, book.awaits("a1")) == (1, 0, False)
    assert called_off(book) == [order()]


def test_a_dead_token_lives_again_when_one_is_taken() -> None:
    book = WakeBook()
    for visit, result, dead in (("v1", DEAD, True), ("v2", DOWN, True), ("v3", SENT, False)):
        woken(book, order(visit=visit))
        book.answered(order(visit=visit), result)
        history = book.history("a1")
        assert history is not None
        assert (history.dead, history.last_outcome) == (dead, result.outcome)


def test_tests_are_forgotten_when_they_are_over() -> None:
    book = WakeBook()
    for event, end in (
        (PushEvent.TEST, book.registered),
        (PushEvent.REFRESH, lambda _user, _now: book.overdue(order(PushEvent.REFRESH))),
    ):
        woken(book, order(event))
        book.answered(order(event), SENT)
        end("a1", NOW + 1)
        assert len(book) == 0


def test_a_cancel_is_no_push_that_anybody_waits_for() -> None:
    book = WakeBook()
    woken(book, order())
    book.answered(order(), SENT)

    assert not book.answered(order(PushEvent.CANCEL), DOWN)
    history = book.history("a1")
    assert history is not None
    assert history.last_outcome is PushOutcome.SENT


def test_what_nobody_called_off_is_forgotten_long_after_its_time() -> None:
    book = WakeBook()
    woken(book, order())

    book.ordered(order(user="a2"), TOLD, NOW + 30 + LINGER)
    assert len(book) == 2
    book.ordered(order(user="a3"), TOLD, NOW + 31 + LINGER)
    assert (len(book), book.wakes("v1", "a1"), book.awaits("a1")) == (1, (), False)


def test_tables_are_bounded() -> None:
    book = WakeBook(max_apps=3, max_wakes=2)
    for number in range(5):
        woken(book, order(user=f"a{number}"))

    assert (len(book), book.history("a1"), book.wakes("v1", "a2")) == (2, None, ())
    assert book.history("a4") is not None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["order", "sent", "dead", "register", "overdue", "off"]),
        st.sampled_from(["v1", "v2", "v3"]),
        st.sampled_from(["a1", "a2"]),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(STEPS)
def test_a_call_that_let_go_of_an_app_never_waits_for_it(steps: list[tuple[str, str, str]]) -> None:
    book = WakeBook(max_wakes=3)
    for now, (step, visit, user) in enumerate(steps):
        what = order(visit=visit, user=user)
        if step == "order":
            book.ordered(what, TOLD, NOW + now)
        elif step in ("sent", "dead"):
            book.answered(what, SENT if step == "sent" else DEAD)
        elif step == "register":
            book.registered(user, NOW + now)
            assert not book.awaits(user)
        elif step == "overdue":
            book.overdue(what)
        else:
            book.called_off(visit, user)
            assert book.wakes(visit, user) == ()
        waiting = {
            one for one in ("a1", "a2") for v in ("v1", "v2", "v3")
            for wake in book.wakes(v, one) if not wake.registered and not wake.over
        }  # fmt: skip
        assert {one for one in ("a1", "a2") if book.awaits(one)} == waiting
        assert len(book) <= 3
