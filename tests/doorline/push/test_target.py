"""A push token, opened."""

from dataclasses import replace

from directory.kinds import PushProvider
from directory.queries.push_targets import StoredPushTarget
from tests.support.pushes import ALERT, APNS_TOKEN, FCM, VOIP


def test_a_topic_tells_whether_the_token_brings_calls() -> None:
    assert (VOIP.is_voip, ALERT.is_voip) == (True, False)


def test_a_token_is_not_printed() -> None:
    assert APNS_TOKEN not in repr(VOIP)


def test_a_phone_is_told_by_its_token_which_does_not_show() -> None:
    assert VOIP.device == ALERT.device != FCM.device
    assert VOIP.device not in VOIP.token.reveal()
    assert len(VOIP.device) == 16


def test_a_token_told_through_the_api_is_not_named_by_a_registration() -> None:
    stored = StoredPushTarget(1, 1, "a1", PushProvider.FCM, b"sealed")

    assert (FCM.is_named, replace(FCM, stored=stored).is_named) == (True, False)
