import json

import pytest

from directory.kinds import ApnsEnvironment, PushProvider
from directory.secrets import Secret
from doorline.push.apns import Apns, ApnsKey, body_of, headers_of
from doorline.push.http import HttpAnswer
from doorline.push.order import PushEvent
from doorline.push.result import PushOutcome
from doorline.push.target import PushTarget
from tests.support.clock import ManualClock
from tests.support.pushes import ALERT, APNS_TOKEN, NOW, VOIP, Posts, ec_key, order

URLS = {
    ApnsEnvironment.PRODUCTION: "https://apns.test/",
    ApnsEnvironment.SANDBOX: "https://sandbox.apns.test",
}
KEY = ApnsKey(ec_key(), "ABC123DEFG", "DEF123GHIJ")
SANDBOX = PushTarget(
    PushProvider.APNS, Secret(APNS_TOKEN), "org.example.app", ApnsEnvironment.SANDBOX
)


def reason(status: int, word: str) -> HttpAnswer:
    return HttpAnswer(status, {}, json.dumps({"reason": word}).encode())


def test_a_call_goes_to_pushkit_and_ends_with_the_stage() -> None:
    assert headers_of(order(), VOIP) == {
        "apns-topic": "org.example.app.voip",
        "apns-push-type": "voip",
        "apns-priority": "10",
        "apns-expiration": "1800000030",
        "apns-collapse-id": "v1",
        "content-type": "application/json",
    }
    assert json.loads(body_of(order(), VOIP)) == {"aps": {}, "doorline": order().values()}


def test_a_cancel_takes_the_place_of_its_wake() -> None:
    cancel = headers_of(order(PushEvent.CANCEL), VOIP)

    assert (cancel["apns-collapse-id"], cancel["apns-push-type"]) == ("v1", "voip")


def test_an_app_without_pushkit_is_shown_an_alert_and_told_the_rest_in_the_background() -> None:
    shown = json.loads(body_of(order(), ALERT))["aps"]
    silent = headers_of(order(PushEvent.TEST), ALERT)

    assert shown["alert"] == {"title": "Main gate", "body": "Linden Court"}
    assert (silent["apns-push-type"], silent["apns-priority"]) == ("background", "5")
    assert json.loads(body_of(order(PushEvent.TEST), ALERT))["aps"] == {"content-available": 1}


def test_pushkit_gets_no_silent_test() -> None:
    apns = Apns(KEY, URLS, lambda: NOW, Posts())

    assert [
        apns.carries(order(event), target) for event in PushEvent for target in (VOIP, ALERT)
    ] == [True, True, True, True, False, True, True, True]


async def test_each_environment_has_its_address() -> None:
    posts = Posts()
    apns = Apns(KEY, URLS, lambda: NOW, posts)
    for target in (VOIP, SANDBOX):
        assert (await apns.send(order(), target, 5.0)).outcome is PushOutcome.SENT

    assert [url for url, _, _ in posts.sent] == [
        f"https://apns.test/3/device/{APNS_TOKEN}",
        f"https://sandbox.apns.test/3/device/{APNS_TOKEN}",
    ]
    await apns.close()


async def test_the_signed_token_is_used_for_forty_minutes() -> None:
    clock, posts = ManualClock(), Posts()
    apns = Apns(KEY, URLS, clock.utc, posts)
    for seconds in (0, 1200, 1199, 1):
        clock.advance(seconds)
        await apns.send(order(), VOIP, 5.0)

    tokens = [headers["authorization"] for _, headers, _ in posts.sent]
    assert tokens[0].startswith("bearer ")
    assert [tokens.index(token) for token in tokens] == [0, 0, 0, 3]


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (reason(410, "Unregistered"), PushOutcome.DEAD, "Unregistered"),
        (reason(400, "BadDeviceToken"), PushOutcome.DEAD, "BadDeviceToken"),
        (reason(400, "DeviceTokenNotForTopic"), PushOutcome.DEAD, "DeviceTokenNotForTopic"),
        (reason(410, "ExpiredToken"), PushOutcome.DEAD, "ExpiredToken"),
        (reason(403, "BadDeviceToken"), PushOutcome.REFUSED, "BadDeviceToken"),
        (reason(400, "TopicDisallowed"), PushOutcome.REFUSED, "TopicDisallowed"),
        (reason(410, ""), PushOutcome.REFUSED, "410"),
        (HttpAnswer(410, {}, b"<html>gone</html>"), PushOutcome.REFUSED, "410"),
        (reason(403, "InvalidProviderToken"), PushOutcome.REFUSED, "InvalidProviderToken"),
        (reason(429, "TooManyRequests"), PushOutcome.UNREACHABLE, "TooManyRequests"),
        (HttpAnswer(503, {}, b"[]"), PushOutcome.UNREACHABLE, "503"),
        (HttpAnswer(500, {}, b"<html>"), PushOutcome.UNREACHABLE, "500"),
        ("RemoteProtocolError", PushOutcome.UNREACHABLE, "RemoteProtocolError"),
    ],
)
async def test_what_apple_says(answer: HttpAnswer | str, outcome: PushOutcome, detail: str) -> None:
    apns = Apns(KEY, URLS, lambda: NOW, Posts(answer))

    result = await apns.send(order(), VOIP, 5.0)

    assert (result.outcome, result.detail) == (outcome, detail)


async def test_an_expired_signed_token_is_made_anew() -> None:
    clock, posts = ManualClock(), Posts(reason(403, "ExpiredProviderToken"), HttpAnswer(200, {}))
    apns = Apns(KEY, URLS, clock.utc, posts)

    first, second = await apns.send(order(), VOIP, 5.0), await apns.send(order(), VOIP, 5.0)

    assert (first.may_retry, second.outcome) == (True, PushOutcome.SENT)
    assert posts.sent[0][1]["authorization"] != posts.sent[1][1]["authorization"]
