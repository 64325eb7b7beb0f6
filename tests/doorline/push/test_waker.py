"""What the engine asks, what goes out, and what comes back: time is moved by hand."""

from collections.abc import AsyncIterator

import pytest

from directory.kinds import PushProvider
from doorline.push.call_accounts import GRACE
from doorline.push.order import CallAccount, PushEvent, PushOrder
from doorline.push.result import SENT, PushOutcome, PushResult
from doorline.push.target import PushTarget
from sipcore.registrar.binding import BindingRemoved
from sipcore.registrar.visit_accounts import VisitAccount
from tests.support.pushing import DOOR, Bench, app
from tests.support.registration import binding

DEAD = PushResult(PushOutcome.DEAD, "Unregistered")
DOWN = PushResult(PushOutcome.UNREACHABLE, "503")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    made.start()
    yield made
    await made.stop()


async def test_a_wake_tells_who_stands_where_and_until_when(bench: Bench) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()

    ((order, target),) = bench.carrier.sent
    assert (order.event, order.visit, order.user) == ("wake", "v1", "a1")
    assert (order.caller, order.site, order.expires_at) == ("Main gate", "Court 1", bench.utc + 30)
    assert target.provider is PushProvider.FCM


@pytest.mark.parametrize("seconds", [1.0, 4.0])
async def test_an_app_that_registers_in_time_is_no_failure(bench: Bench, seconds: float) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.pass_by(seconds)
    bench.register("a1")
    bench.pass_by(60)

    history = bench.book.history("a1")
    assert history is not None
    assert (bench.failed, history.latencies.last, history.wakes) == ([], seconds, 1)
    assert bench.waker.counters["registered"] == 1


async def test_a_plain_refresh_is_a_registration_too(bench: Bench) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.pass_by(2)
    bench.waker.refreshed("a1", b"")
    bench.waker.refreshed("a2", b"")

    history = bench.book.history("a1")
    assert history is not None
    assert history.latencies.last == 2.0


async def test_an_app_that_never_registers_is_given_up_after_the_wake_timeout(
    bench: Bench,
) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 60.0)
    await bench.settled()
    bench.pass_by(19.9)
    assert bench.failed == []
    bench.pass_by(0.1)

    assert bench.failed == [("v1", "a1", "not_registered_in_time")]
    assert bench.waker.counters["silent"] == 1


async def test_a_stage_shorter_than_the_wake_timeout_is_not_outlasted(bench: Bench) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 5.0)
    await bench.settled()
    bench.pass_by(5)

    assert bench.failed == [("v1", "a1", "not_registered_in_time")]


@pytest.mark.parametrize("reason", ["answered_elsewhere", "caller_hung_up"])
async def test_a_cancel_follows_the_wake_once(bench: Bench, reason: str) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.waker.call_off("v1", "a1", reason)
    bench.waker.call_off("v1", "a1", reason)
    await bench.settled()
    bench.pass_by(60)

    assert bench.carrier.told == [("wake", "v1", "a1"), ("cancel", "v1", "a1")]
    assert bench.carrier.sent[1][0].reason == reason
    assert bench.failed == []


async def test_who_was_never_woken_gets_no_cancel(bench: Bench) -> None:
    bench.waker.call_off("v1", "a1", "caller_hung_up")
    await bench.settled()

    assert bench.carrier.sent == []


async def test_a_wake_that_still_waits_when_the_visitor_leaves_is_not_sent(bench: Bench) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    bench.waker.call_off("v1", "a1", "caller_hung_up")
    await bench.settled()

    assert bench.carrier.sent == []
    assert bench.waker.counters["fcm_withdrawn"] == 1


async def test_a_wake_that_was_on_its_way_is_cancelled_when_it_arrives(bench: Bench) -> None:
    bench.hold()
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.under_way()
    bench.waker.call_off("v1", "a1", "answered_elsewhere")
    bench.let_go()
    await bench.settled()

    assert bench.carrier.told == [("wake", "v1", "a1"), ("cancel", "v1", "a1")]
    assert bench.carrier.sent[1][0].reason == "answered_elsewhere"


OTHER = "sip:a1@192.0.2.20;pn-provider=fcm;pn-param=project;pn-prid=another-token"


@pytest.mark.parametrize("results", [[DEAD, SENT], [SENT, DEAD, SENT], [SENT]])
async def test_each_token_that_was_reached_after_all_gets_its_cancel(
    bench: Bench, results: list[PushResult]
) -> None:
    bench.register("a1", OTHER)
    bench.hold()
    bench.carrier.results = list(results)
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    first, second = (target for _, target in bench.carrier.sent)
    bench.waker.call_off("v1", "a1", "answered_elsewhere")
    bench.let_go()
    await bench.settled()

    cancels = [target for order, target in bench.carrier.sent if order.event == "cancel"]
    reached = {"dead": [second], "sent": [first, second] if len(results) == 1 else [first]}
    assert cancels == reached[results[0].outcome]


async def test_a_token_that_is_reached_after_the_cancel_of_another_one_gets_it_too(
    bench: Bench,
) -> None:
    bench.register("a1", OTHER)
    bench.carrier.late = {1}
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.waker.call_off("v1", "a1", "answered_elsewhere")
    await bench.settled()
    sent = len(bench.carrier.sent)
    bench.let_go()
    await bench.settled()

    last, target = bench.carrier.sent[-1]
    assert len(bench.carrier.sent) == sent + 1
    assert (last.event, target) == ("cancel", bench.carrier.sent[1][1])


# -- several phones of one account ------------------------------------------------------------


def cancels(bench: Bench) -> list[PushTarget]:
    """Where cancels went."""
    return [target for order, target in bench.carrier.sent if order.event == "cancel"]


async def two_woken(bench: Bench) -> tuple[PushTarget, PushTarget]:
    """The phone whose token was told, and another one that says its own; both are woken."""
    bench.register("a1", OTHER)
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    told, said = (target for _, target in bench.carrier.sent)
    return told, said


async def test_when_one_phone_has_answered_the_other_one_is_called_off(bench: Bench) -> None:
    told, _ = await two_woken(bench)
    bench.waker.answered("v1", "a1", OTHER.encode())
    bench.waker.call_off("v1", "a1", "answered_elsewhere")
    await bench.settled()

    assert cancels(bench) == [told]
    assert bench.carrier.sent[-1][0].reason == "answered_elsewhere"


async def test_a_phone_that_says_no_token_may_be_the_one_whose_token_was_told(
    bench: Bench,
) -> None:
    _, said = await two_woken(bench)
    bench.waker.answered("v1", "a1", b"sip:a1@192.0.2.10")
    await bench.settled()

    assert cancels(bench) == [said]


async def test_a_visitor_who_leaves_is_told_to_every_phone(bench: Bench) -> None:
    told, said = await two_woken(bench)
    bench.waker.call_off("v1", "a1", "caller_hung_up")
    await bench.settled()

    assert cancels(bench) == [told, said]


async def test_each_phone_is_waited_for_by_itself(bench: Bench) -> None:
    told, said = await two_woken(bench)
    bench.pass_by(2)
    bench.register("a1", OTHER)
    bench.pass_by(3)
    bench.register("a1")
    bench.pass_by(60)

    history = bench.book.history("a1")
    assert history is not None
    assert {name: one.latencies.last for name, one in history.devices.items()} == {
        said.device: 2.0,
        told.device: 5.0,
    }
    assert (bench.failed, bench.waker.counters["silent"]) == ([], 0)


async def test_a_refresh_is_the_phones_whose_token_its_contact_names(bench: Bench) -> None:
    _, said = await two_woken(bench)
    bench.pass_by(2)
    (record,) = bench.location.records("a1")
    bench.waker.refreshed("a1", record)

    assert [w.order.device for w in bench.book.wakes("v1", "a1") if w.registered] == [said.device]


async def test_only_when_every_phone_is_silent_nobody_is_waited_for(bench: Bench) -> None:
    await two_woken(bench)
    bench.pass_by(1)
    bench.register("a1", OTHER)
    bench.pass_by(60)

    assert (bench.failed, bench.waker.counters["silent"]) == ([], 1)


# -- another round of the same call -----------------------------------------------------------


async def test_the_timer_of_an_earlier_round_ends_no_wait_of_the_present_one(
    bench: Bench,
) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.pass_by(5)
    bench.waker.call_off("v1", "a1", "stage_timeout")
    bench.pass_by(1)
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.pass_by(19.9)
    assert bench.failed == []
    bench.pass_by(0.1)

    assert bench.failed == [("v1", "a1", "not_registered_in_time")]


async def test_the_result_of_an_earlier_round_is_not_that_of_the_present_one(
    bench: Bench,
) -> None:
    bench.hold()
    bench.carrier.results = [DOWN, SENT]
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.under_way()
    bench.waker.call_off("v1", "a1", "stage_timeout")
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.let_go()
    await bench.settled()
    bench.pass_by(0)
    bench.waker.call_off("v1", "a1", "caller_hung_up")
    await bench.settled()

    assert bench.failed == []
    assert [event for event, _, _ in bench.carrier.told] == ["wake", "wake", "cancel"]


async def test_a_wake_that_was_called_off_is_not_sent_for_the_sake_of_the_next_round(
    bench: Bench,
) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    bench.waker.call_off("v1", "a1", "stage_timeout")
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()

    assert bench.carrier.told == [("wake", "v1", "a1")]
    assert bench.waker.counters["fcm_withdrawn"] == 1


async def test_a_dead_token_is_reported_and_buried(bench: Bench) -> None:
    bench.carrier.results = [DEAD]
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.pass_by(0)

    assert bench.failed == [("v1", "a1", "dead")]
    assert [target.provider for target in bench.died] == ["fcm"]
    assert bench.waker.counters["fcm_dead"] == 1


async def test_a_provider_that_is_down_is_reported(bench: Bench) -> None:
    bench.carrier.results = [DOWN]
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.pass_by(0)
    bench.waker.call_off("v1", "a1", "caller_hung_up")
    await bench.settled()

    assert bench.failed == [("v1", "a1", "unreachable")]
    assert bench.carrier.told == [("wake", "v1", "a1")]


async def test_an_app_without_a_token_is_reported_after_the_turn(bench: Bench) -> None:
    bench.waker.wake("v1", app("nobody"), DOOR, 30.0)
    assert bench.failed == []
    bench.pass_by(0)

    assert bench.failed == [("v1", "nobody", "no_target")]
    assert (bench.waker.can_wake("a1"), bench.waker.can_wake("nobody")) == (True, False)


async def test_a_binding_that_goes_is_no_registration(bench: Bench) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()
    bench.waker.heard(BindingRemoved(binding(user="a1"), "expired"))

    assert bench.book.awaits("a1")


async def test_a_token_that_cannot_carry_such_a_push_gets_none(bench: Bench) -> None:
    bench.carrier.carries_all = False
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    bench.pass_by(0)

    assert bench.failed == [("v1", "a1", "no_target")]


# -- accounts that travel in the push ---------------------------------------------------------


@pytest.fixture
async def carrying() -> AsyncIterator[Bench]:
    made = Bench(call_accounts=True)
    made.start()
    yield made
    await made.stop()


def accounts_of(bench: Bench) -> list[CallAccount | None]:
    """What the pushes carried."""
    return [order.account for order, _ in bench.carrier.sent]


async def woken_with_accounts(bench: Bench) -> tuple[VisitAccount, VisitAccount]:
    """Two phones of a1 are woken; the accounts that their pushes carried, as the digest finds
    them."""
    await two_woken(bench)
    carried = [account for account in accounts_of(bench) if account is not None]
    found = [bench.visits.find(account.name, bench.utc) for account in carried]
    first, second = (account for account in found if account is not None)
    return first, second


async def test_the_wake_of_each_phone_carries_an_account_and_no_other_push_does(
    carrying: Bench,
) -> None:
    first, second = await woken_with_accounts(carrying)
    told, said = (target for _, target in carrying.carrier.sent)
    carrying.waker.call_off("v1", "a1", "caller_hung_up")
    test = PushOrder(PushEvent.TEST, "test-1", "a2", carrying.utc + 60)
    carrying.waker.push(test, 60.0, 20.0)
    await carrying.settled()

    assert (first.device, second.device) == (told.device, said.device)
    assert [account is None for account in accounts_of(carrying)] == [False, False] + [True] * 3


async def test_without_the_setting_no_push_carries_one(bench: Bench) -> None:
    bench.waker.wake("v1", app("a1"), DOOR, 30.0)
    await bench.settled()

    assert accounts_of(bench) == [None]


async def test_a_register_with_the_account_is_that_phones_answer(carrying: Bench) -> None:
    first, _ = await woken_with_accounts(carrying)
    carrying.pass_by(3)
    carrying.waker.came(first)
    carrying.waker.came(first)

    wakes = carrying.book.wakes("v1", "a1")
    assert [wake.registered for wake in wakes] == [True, False]
    assert carrying.waker.counters["registered"] == 1


async def test_the_phone_that_answers_with_its_account_is_known_by_it(carrying: Bench) -> None:
    first, second = await woken_with_accounts(carrying)
    _, said = (target for _, target in carrying.carrier.sent)
    contact = b"sip:whoever@192.0.2.77"
    carrying.waker.answered("v1", "a1", contact, first.name)
    await carrying.settled()
    carrying.pass_by(GRACE)

    assert cancels(carrying) == [said]
    found = [carrying.visits.find(each.name, carrying.utc) for each in (first, second)]
    assert found == [first, None]


async def test_the_accounts_end_with_the_ringing(carrying: Bench) -> None:
    first, second = await woken_with_accounts(carrying)
    carrying.waker.call_off("v1", "a1", "answered_elsewhere")
    carrying.pass_by(GRACE)

    assert [carrying.visits.find(each.name, carrying.utc) for each in (first, second)] == [None] * 2


async def test_a_wake_that_is_open_already_makes_no_account(carrying: Bench) -> None:
    await woken_with_accounts(carrying)
    carrying.waker.wake("v1", app("a1"), DOOR, 30.0)

    assert len(carrying.visits) == 2


async def test_what_a_push_carries_is_in_no_log(
    carrying: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    carrying.carrier.results = [DOWN]
    await two_woken(carrying)
    carrying.pass_by(0)
    printed = "".join(capsys.readouterr())

    assert "push.failed" in printed
    for account in accounts_of(carrying):
        assert account is not None
        assert account.password.reveal() not in printed
        assert account.name not in printed
