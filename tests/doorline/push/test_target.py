from tests.support.pushes import ALERT, APNS_TOKEN, VOIP


def test_a_topic_tells_whether_the_token_brings_calls() -> None:
    assert (VOIP.is_voip, ALERT.is_voip) == (True, False)


def test_a_token_is_not_printed() -> None:
    assert APNS_TOKEN not in repr(VOIP)
