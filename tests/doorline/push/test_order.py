from dataclasses import replace

from directory.secrets import Secret
from doorline.push.order import CallAccount, PushEvent, PushOrder
from tests.support.pushes import NOW, order


def test_every_payload_tells_the_same_as_texts() -> None:
    assert order().values() == {
        "event": "wake",
        "visit": "v1",
        "user": "a1",
        "caller": "Main gate",
        "site": "Linden Court",
        "expires": "1800000030",
    }


def test_a_cancel_says_why() -> None:
    cancel = PushOrder(PushEvent.CANCEL, "v1", "a1", NOW, reason="answered_elsewhere")

    assert cancel.values()["reason"] == "answered_elsewhere"


def test_nobody_sees_tests_and_refreshes() -> None:
    assert [event for event in PushEvent if event.silent] == [PushEvent.TEST, PushEvent.REFRESH]


def test_a_wake_may_carry_the_account_of_its_visit() -> None:
    account = CallAccount("visit-7", Secret("once"), "doorline.test")
    wake = replace(order(), account=account)

    assert wake.values() == order().values() | {
        "domain": "doorline.test",
        "auth_user": "visit-7",
        "auth_password": "once",
    }
    assert "once" not in repr(wake)
