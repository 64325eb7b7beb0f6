import hashlib
import hmac
import json

import pytest

from directory.secrets import Secret
from doorline.push.http import HttpAnswer
from doorline.push.order import PushEvent
from doorline.push.result import PushOutcome
from doorline.push.webhook import Webhook
from tests.support.pushes import FCM, NOW, TOKEN, Posts, order

SECRET = Secret("0123456789abcdef")


async def test_the_body_is_signed_together_with_the_time() -> None:
    posts = Posts()
    hook = Webhook("https://hook.test/push", SECRET, lambda: NOW, posts)

    result = await hook.send(order(), FCM, 5.0)

    ((url, headers, body),) = posts.sent
    wanted = hmac.new(b"0123456789abcdef", b"1800000000." + body, hashlib.sha256).hexdigest()
    assert result.outcome is PushOutcome.SENT
    assert (url, headers["X-Doorline-Timestamp"]) == ("https://hook.test/push", "1800000000")
    assert headers["X-Doorline-Signature"] == f"sha256={wanted}"
    assert json.loads(body) == {
        "event": "wake",
        "visit": "v1",
        "user": "a1",
        "caller": "Main gate",
        "site": "Linden Court",
        "site_id": 1,
        "expires": 1800000030,
        "token": TOKEN,
    }
    assert hook.carries(order(PushEvent.TEST), FCM)
    await hook.close()


@pytest.mark.parametrize(
    ("answer", "outcome", "may_retry"),
    [
        (HttpAnswer(410, {}), PushOutcome.DEAD, False),
        (HttpAnswer(404, {}, b'{"token": "unknown"}'), PushOutcome.DEAD, False),
        (HttpAnswer(404, {}), PushOutcome.REFUSED, False),
        (HttpAnswer(404, {}, b"<html>404 Not Found</html>"), PushOutcome.REFUSED, False),
        (HttpAnswer(404, {}, b'{"token": "none of yours"}'), PushOutcome.REFUSED, False),
        (HttpAnswer(404, {}, b'["token"]'), PushOutcome.REFUSED, False),
        (HttpAnswer(404, {}, b"[" * 60_000), PushOutcome.REFUSED, False),
        (HttpAnswer(403, {}), PushOutcome.REFUSED, False),
        (HttpAnswer(502, {}), PushOutcome.UNREACHABLE, True),
        ("ConnectError", PushOutcome.UNREACHABLE, True),
    ],
)
async def test_what_the_other_side_says(
    answer: HttpAnswer | str, outcome: PushOutcome, may_retry: bool
) -> None:
    hook = Webhook("https://hook.test/", SECRET, lambda: NOW, Posts(answer))

    result = await hook.send(order(), FCM, 5.0)

    assert (result.outcome, result.may_retry) == (outcome, may_retry)
