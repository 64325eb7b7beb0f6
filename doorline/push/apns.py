"""Pushes through Apple's service: HTTP/2, with a token signed by the operator's key.

A token of PushKit (topic with `.voip`) brings calls and nothing else: iOS stops apps that get such
a push and show no call. So it is sent no silent test; a refresh goes out all the same, for the
app asked for it by registering with it (RFC 8599 §10).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from directory.kinds import ApnsEnvironment
from doorline.push.http import HttpAnswer, HttpClient, HttpFailed, HttpPoster
from doorline.push.jwt import es256
from doorline.push.order import PushEvent, PushOrder
from doorline.push.result import PushOutcome, PushResult, of_status
from doorline.push.target import PushTarget

TOKEN_AGE = 2400.0
"""Seconds after which the signed token is made anew: Apple wants 20 to 60 minutes."""
_DEAD = frozenset(
    {
        (410, "Unregistered"),
        (410, "ExpiredToken"),
        (400, "BadDeviceToken"),
        (400, "DeviceTokenNotForTopic"),
    }
)
"""Status and reason that are the end of a token."""
_ID_LENGTH = 64
"""Octets that `apns-collapse-id` may have."""


@dataclass(frozen=True, slots=True)
class ApnsKey:
    """The key that Apple issued to the developer's team."""

    key: EllipticCurvePrivateKey
    key_id: str
    team_id: str


def headers_of(order: PushOrder, target: PushTarget) -> dict[str, str]:
    """Headers of one push, without authorization."""
    kind = push_type(order, target)
    headers = {
        "apns-topic": target.topic,
        "apns-push-type": kind,
        # 10: at once; a background push may not ask for that.
        "apns-priority": "5" if kind == "background" else "10",
        "apns-expiration": str(int(order.expires_at)),
        "content-type": "application/json",
    }
    if kind != "background" and not order.event.silent:
        # Of one id only the newest is delivered: a cancel takes the place of its wake.
        headers["apns-collapse-id"] = order.visit[:_ID_LENGTH]
    return headers


def push_type(order: PushOrder, target: PushTarget) -> str:
    """`voip`, `alert` or `background`."""
    if target.is_voip:
        return "voip"
    return "alert" if order.event is PushEvent.WAKE else "background"


def body_of(order: PushOrder, target: PushTarget) -> bytes:
    """The JSON of one push."""
    aps: dict[str, object] = {}
    kind = push_type(order, target)
    if kind == "alert":
        alert = {"title": order.caller or order.site, "body": order.site}
        aps = {"alert": alert, "sound": "default", "mutable-content": 1, "content-available": 1}
    elif kind == "background":
        aps = {"content-available": 1}
    return json.dumps({"aps": aps, "doorline": order.values()}).encode()


def result_of(answer: HttpAnswer) -> PushResult:
    """What Apple's answer means: a token dies of what Apple documents, and of nothing else.

    "Handling notification responses from APNs", table of error codes. A 410 without Apple's reason
    is a proxy's or a wrong address's.
    """
    reason = _reason(answer.body)
    if (answer.status, reason) in _DEAD:
        return PushResult(PushOutcome.DEAD, reason)
    return of_status(answer.status, reason, answer.headers.get("retry-after", ""))


def _reason(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("reason", ""))[:64] if isinstance(found, Mapping) else ""


class Apns:
    """PushCarrier to Apple for one team."""

    def __init__(
        self,
        key: ApnsKey,
        urls: Mapping[ApnsEnvironment, str],
        utc: Callable[[], float],
        http: HttpPoster | None = None,
    ) -> None:
        """`urls` are the addresses of both environments; `utc` reads the clock."""
        self._key = key
        self._urls = {name: url.rstrip("/") for name, url in urls.items()}
        self._utc = utc
        self._http = http or HttpClient(http2=True)
        self._token = ""
        self._made_at = 0.0

    def carries(self, order: PushOrder, target: PushTarget) -> bool:
        """No silent test to a token of PushKit."""
        return order.event is not PushEvent.TEST or not target.is_voip

    async def send(self, order: PushOrder, target: PushTarget, seconds: float) -> PushResult:
        """One attempt."""
        url = f"{self._urls[target.environment]}/3/device/{target.token.reveal()}"
        headers = headers_of(order, target) | {"authorization": f"bearer {self._signed()}"}
        try:
            answer = await self._http.post(url, headers, body_of(order, target), seconds)
        except HttpFailed as error:
            return PushResult(PushOutcome.UNREACHABLE, str(error), may_retry=True)
        result = result_of(answer)
        if result.detail == "ExpiredProviderToken":
            self._token = ""
            return PushResult(PushOutcome.REFUSED, result.detail, may_retry=True)
        return result

    def _signed(self) -> str:
        """The token that says who sends."""
        now = self._utc()
        if not self._token or not 0 <= now - self._made_at < TOKEN_AGE:
            key = self._key
            claims = {"iss": key.team_id, "iat": int(now)}
            self._token, self._made_at = es256(key.key, {"kid": key.key_id}, claims), now
        return self._token

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()
