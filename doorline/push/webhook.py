"""Pushes through a server of the app's maker: a signed POST (docs/push.md tells the other side).

`X-Doorline-Signature` is HMAC-SHA256 over the timestamp, a full stop and the body, so that nobody
can send a body of his own, or an old one again later.
"""

import hashlib
import hmac
import json
from collections.abc import Callable

from directory.secrets import Secret
from doorline.push.http import HttpAnswer, HttpClient, HttpFailed, HttpPoster
from doorline.push.order import PushOrder
from doorline.push.result import PushOutcome, PushResult, of_status
from doorline.push.target import PushTarget


def body_of(order: PushOrder, target: PushTarget) -> bytes:
    """The JSON that is posted."""
    told: dict[str, object] = dict(order.values())
    told["expires"] = int(order.expires_at)
    return json.dumps({**told, "site_id": order.site_id, "token": target.token.reveal()}).encode()


def signature(secret: Secret, timestamp: str, body: bytes) -> str:
    """`sha256=` and the HMAC in hexadecimal."""
    signed = timestamp.encode() + b"." + body
    return f"sha256={hmac.new(secret.reveal().encode(), signed, hashlib.sha256).hexdigest()}"


def result_of(answer: HttpAnswer) -> PushResult:
    """410, or 404 with `{"token": "unknown"}`, says that the token means nothing any more.

    Any other 404 is a wrong address or a server that is being changed: no token dies of that.
    """
    if answer.status == 410 or (answer.status == 404 and _knows_no_token(answer.body)):
        return PushResult(PushOutcome.DEAD, str(answer.status))
    return of_status(answer.status, "", answer.headers.get("retry-after", ""))


def _knows_no_token(body: bytes) -> bool:
    """Whether the other side says in as many words that it is the token it does not know."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("token") == "unknown"


class Webhook:
    """PushCarrier to one address."""

    def __init__(
        self, url: str, secret: Secret, utc: Callable[[], float], http: HttpPoster | None = None
    ) -> None:
        """`utc` reads the clock, seconds since the epoch."""
        self._url = url
        self._secret = secret
        self._utc = utc
        self._http = http or HttpClient()

    def carries(self, _order: PushOrder, _target: PushTarget) -> bool:
        """Everything: the other side decides what to make of it."""
        return True

    async def send(self, order: PushOrder, target: PushTarget, seconds: float) -> PushResult:
        """One attempt."""
        body, timestamp = body_of(order, target), str(int(self._utc()))
        headers = {
            "Content-Type": "application/json",
            "X-Doorline-Timestamp": timestamp,
            "X-Doorline-Signature": signature(self._secret, timestamp, body),
        }
        try:
            return result_of(await self._http.post(self._url, headers, body, seconds))
        except HttpFailed as error:
            return PushResult(PushOutcome.UNREACHABLE, str(error), may_retry=True)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()
