"""The book of wakes: who waits for whom, who is told that it is over, what is remembered."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from doorline.push.book import LINGER, WakeBook
from doorline.push.order import PushEvent, PushOrder
from doorline.push.result import SENT, PushOutcome, PushResult
from tests.support.pushes import NOW, order

DEAD = PushResult(PushOutcome.DEAD, "Unregistered")
DOWN = PushResult(PushOutcome.UNREACHABLE, "503")


def woken(book: WakeBook, what: PushOrder, pushes: int = 1) -> None:
    assert book.ordered(what, pushes, NOW)


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

    assert not book.ordered(order(), 1, NOW)
    assert book.ordered(order(visit="v2"), 1, NOW)


def test_another_round_of_a_call_wakes_again_who_slept_through_the_first() -> None:
    book = WakeBook()
    woken(book, order())
    book.answered(order(), SENT)
    book.overdue(order())

    assert book.ordered(order(), 1, NOW + 40)
    assert book.registered("a1", NOW + 41) == 1.0
    assert book.ordered(order(), 1, NOW + 80)


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
    assert book.called_off("v1", "a1") is again


def test_one_register_ends_the_wait_of_every_call() -> None:
    book = WakeBook()
    woken(book, order(visit="v1"))
    assert book.ordered(order(visit="v2"), 1, NOW + 1)

    assert book.registered("a1", NOW + 3) == 3.0
    assert (book.overdue(order(visit="v1")), book.overdue(order(visit="v2"))) == (False, False)


def test_the_cancel_goes_where_a_wake_went_and_once() -> None:
    book = WakeBook()
    woken(book, order())
    book.answered(order(), SENT)
    book.registered("a1", NOW + 1)

    assert book.called_off("v1", "a1") == order()
    assert book.called_off("v1", "a1") is None
    assert book.called_off("v1", "a2") is None
    assert len(book) == 0


def test_a_push_that_failed_needs_no_cancel() -> None:
    book = WakeBook()
    woken(book, order())

    assert book.answered(order(), DOWN)
    assert book.called_off("v1", "a1") is None


def test_hope_is_gone_only_with_the_last_of_several_pushes() -> None:
    book = WakeBook()
    woken(book, order(), pushes=2)

    assert [book.answered(order(), DEAD), book.answered(order(), DOWN)] == [False, True]


def test_one_push_that_went_out_is_hope() -> None:
    book = WakeBook()
    woken(book, order(), pushes=2)

    assert [book.answered(order(), SENT), book.answered(order(), DEAD)] == [False, False]


def test_a_silent_app_is_counted_once() -> None:
    book = WakeBook()
    woken(book, order())
    book.answered(order(), SENT)

    assert [book.overdue(order()), book.overdue(order())] == [True, False]
    history = book.history("a1")
    assert history is not None
    assert (history.silences, history.wakes, book.awaits("a1")) == (1, 0, False)
    assert book.called_off("v1", "a1") == order()


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

    book.ordered(order(user="a2"), 1, NOW + 30 + LINGER)
    assert len(book) == 2
    book.ordered(order(user="a3"), 1, NOW + 31 + LINGER)
    assert (len(book), book.wake("v1", "a1"), book.awaits("a1")) == (1, None, False)


def test_tables_are_bounded() -> None:
    book = WakeBook(max_apps=3, max_wakes=2)
    for number in range(5):
        woken(book, order(user=f"a{number}"))

    assert (len(book), book.history("a1"), book.wake("v1", "a2")) == (2, None, None)
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
            book.ordered(what, 1, NOW + now)
        elif step in ("sent", "dead"):
            book.answered(what, SENT if step == "sent" else DEAD)
        elif step == "register":
            book.registered(user, NOW + now)
            assert not book.awaits(user)
        elif step == "overdue":
            book.overdue(what)
        else:
            book.called_off(visit, user)
            assert book.wake(visit, user) is None
        waiting = {
            one for one in ("a1", "a2") for v in ("v1", "v2", "v3")
            if (wake := book.wake(v, one)) and not wake.registered and not wake.over
        }  # fmt: skip
        assert {one for one in ("a1", "a2") if book.awaits(one)} == waiting
        assert len(book) <= 3
