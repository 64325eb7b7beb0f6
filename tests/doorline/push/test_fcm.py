import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from doorline.push.fcm import Fcm
from doorline.push.http import HttpAnswer
from doorline.push.order import PushEvent
from doorline.push.result import PushOutcome
from doorline.settings.push_keys import ServiceAccount, read_service_account
from tests.support.clock import ManualClock
from tests.support.pushes import FCM, NOW, TOKEN, Posts, key_files, order

GRANTED = HttpAnswer(200, {}, b'{"access_token": "ya29.first", "expires_in": 3599}')
TAKEN = HttpAnswer(200, {}, b'{"name": "projects/doorline-test/messages/1"}')


@pytest.fixture
def account(tmp_path: Path) -> ServiceAccount:
    return read_service_account(Path(key_files(tmp_path)[0]))


def refused(status: int, word: str, **detail: object) -> HttpAnswer:
    error = {"code": status, "status": word, "message": "m", "details": [detail] if detail else []}
    return HttpAnswer(status, {}, json.dumps({"error": error}).encode())


def fcm_error(code: str) -> dict[str, object]:
    return {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}


async def test_a_message_is_sent_with_an_access_token(account: ServiceAccount) -> None:
    posts = Posts(GRANTED, TAKEN)
    fcm = Fcm(account, "https://fcm.test/", lambda: NOW, posts)

    result = await fcm.send(order(), FCM, 5.0)

    (asked_url, _, asked), (url, headers, body) = posts.sent
    form = parse_qs(asked.decode())
    assert result.outcome is PushOutcome.SENT
    assert asked_url == "https://oauth2.test/token"
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert len(form["assertion"][0].split(".")) == 3
    assert url == "https://fcm.test/v1/projects/doorline-test/messages:send"
    assert headers["Authorization"] == "Bearer ya29.first"
    message = json.loads(body)["message"]
    assert (message["token"], message["data"]) == (TOKEN, order().values())
    assert message["android"] == {"priority": "HIGH", "ttl": "30s", "collapse_key": "v1"}
    assert fcm.carries(order(PushEvent.TEST), FCM)
    await fcm.close()


async def test_the_access_token_is_kept_until_a_minute_before_its_end(
    account: ServiceAccount,
) -> None:
    clock, posts = ManualClock(), Posts(GRANTED, TAKEN, TAKEN, GRANTED, TAKEN)
    fcm = Fcm(account, "https://fcm.test", clock.utc, posts)
    for seconds in (0.0, 3530.0, 20.0):
        clock.advance(seconds)
        await fcm.send(order(), FCM, 5.0)

    asked = [url for url, _, _ in posts.sent if "oauth2" in url]
    assert (len(asked), len(posts.sent)) == (2, 5)


async def test_a_token_withdrawn_before_its_end_is_asked_for_anew(account: ServiceAccount) -> None:
    posts = Posts(GRANTED, HttpAnswer(401, {}), GRANTED, TAKEN)
    fcm = Fcm(account, "https://fcm.test", lambda: NOW, posts)

    first, second = await fcm.send(order(), FCM, 5.0), await fcm.send(order(), FCM, 5.0)

    assert (first.may_retry, second.outcome) == (True, PushOutcome.SENT)


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (refused(404, "NOT_FOUND", **fcm_error("UNREGISTERED")), PushOutcome.DEAD, "UNREGISTERED"),
        (
            refused(403, "PERMISSION_DENIED", **fcm_error("SENDER_ID_MISMATCH")),
            PushOutcome.DEAD,
            "SENDER_ID_MISMATCH",
        ),
        # What may be the fault of the settings, of the payload or of whoever stands between.
        (refused(404, "NOT_FOUND"), PushOutcome.REFUSED, "NOT_FOUND"),
        (refused(404, "NOT_FOUND", errorCode="UNREGISTERED"), PushOutcome.REFUSED, "NOT_FOUND"),
        (
            refused(403, "PERMISSION_DENIED", **fcm_error("UNREGISTERED")),
            PushOutcome.REFUSED,
            "UNREGISTERED",
        ),
        (
            refused(401, "UNAUTHENTICATED", **fcm_error("THIRD_PARTY_AUTH_ERROR")),
            PushOutcome.REFUSED,
            "UNAUTHENTICATED",
        ),
        (
            refused(400, "INVALID_ARGUMENT", fieldViolations=[{"field": "message.token"}]),
            PushOutcome.REFUSED,
            "INVALID_ARGUMENT",
        ),
        (
            refused(400, "INVALID_ARGUMENT", **fcm_error("INVALID_ARGUMENT")),
            PushOutcome.REFUSED,
            "INVALID_ARGUMENT",
        ),
        (HttpAnswer(404, {}, b'{"error": {"details": 7}}'), PushOutcome.REFUSED, "404"),
        (HttpAnswer(404, {}, b"<html>404</html>"), PushOutcome.REFUSED, "404"),
        (HttpAnswer(404, {}), PushOutcome.REFUSED, "404"),
        (HttpAnswer(404, {}, b'{"error": "not found"}'), PushOutcome.REFUSED, "404"),
        (refused(503, "UNAVAILABLE"), PushOutcome.UNREACHABLE, "UNAVAILABLE"),
        (HttpAnswer(500, {}, b"<html>"), PushOutcome.UNREACHABLE, "500"),
        (HttpAnswer(400, {}, b'{"error": "text"}'), PushOutcome.REFUSED, "400"),
        ("ReadTimeout", PushOutcome.UNREACHABLE, "ReadTimeout"),
    ],
)
async def test_what_google_says(
    account: ServiceAccount, answer: HttpAnswer | str, outcome: PushOutcome, detail: str
) -> None:
    fcm = Fcm(account, "https://fcm.test", lambda: NOW, Posts(GRANTED, answer))

    result = await fcm.send(order(), FCM, 5.0)

    assert (result.outcome, result.detail) == (outcome, detail)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (HttpAnswer(400, {}, b'{"error": "invalid_grant"}'), PushOutcome.REFUSED),
        (HttpAnswer(200, {}, b"{}"), PushOutcome.REFUSED),
        (HttpAnswer(200, {}, b"no json"), PushOutcome.REFUSED),
        (HttpAnswer(503, {}), PushOutcome.UNREACHABLE),
        ("ConnectError", PushOutcome.UNREACHABLE),
    ],
)
async def test_without_an_access_token_nothing_is_sent(
    account: ServiceAccount, answer: HttpAnswer | str, outcome: PushOutcome
) -> None:
    posts = Posts(answer)
    fcm = Fcm(account, "https://fcm.test", lambda: NOW, posts)

    assert (await fcm.send(order(), FCM, 5.0)).outcome is outcome
    assert len(posts.sent) == 1
