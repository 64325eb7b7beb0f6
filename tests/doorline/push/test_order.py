from doorline.push.order import PushEvent, PushOrder
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
