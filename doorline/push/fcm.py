"""Pushes through Firebase Cloud Messaging, HTTP v1.

The server shows an access token that it gets for a JWT signed with the key of a service account
(RFC 7523); it is kept until a minute before it ends. Messages are data messages of high priority:
the app decides what to show.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from doorline.push.http import HttpAnswer, HttpClient, HttpFailed, HttpPoster
from doorline.push.jwt import rs256
from doorline.push.order import PushEvent, PushOrder
from doorline.push.result import PushOutcome, PushResult, of_status
from doorline.push.target import PushTarget
from doorline.settings.push_keys import ServiceAccount

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASKED_FOR = 3600
"""Seconds an access token is asked for; Google grants no more."""
_BEFORE_END = 60.0
"""Seconds before its end at which an access token is replaced."""
_FCM_ERROR = "/google.firebase.fcm.v1.FcmError"
"""End of the type of the detail that names the error."""
_DEAD = {404: "UNREGISTERED", 403: "SENDER_ID_MISMATCH"}
"""Error codes that are the end of a token, by the status that belongs to each."""
_WORD = 64
"""Characters of Google's words that are kept."""


def message_of(order: PushOrder, target: PushTarget, now: float) -> bytes:
    """The JSON of `messages:send`."""
    left = max(int(order.expires_at - now), 0)
    android: dict[str, object] = {"priority": "HIGH", "ttl": f"{left}s"}
    if order.event in (PushEvent.WAKE, PushEvent.CANCEL):
        # Only the newest of one key waits for a phone that is off: a cancel takes the wake's place.
        android["collapse_key"] = order.visit[:64]
    message = {"token": target.token.reveal(), "data": order.values(), "android": android}
    return json.dumps({"message": message}).encode()


def assertion(account: ServiceAccount, now: float) -> bytes:
    """The body that asks for an access token."""
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": int(now),
        "exp": int(now) + _ASKED_FOR,
    }
    token = rs256(account.key, {"kid": account.key_id}, claims)
    return urlencode({"grant_type": _GRANT, "assertion": token}).encode()


def result_of(answer: HttpAnswer) -> PushResult:
    """What Google's answer means: a token dies of what Google documents, and of nothing else.

    https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode: the FcmError among the
    details says 404 `UNREGISTERED`, or 403 `SENDER_ID_MISMATCH` for a token of another project. A
    bare 404 may be a wrong project, path or proxy, and INVALID_ARGUMENT a payload that is wrong
    for every phone: those are reported.
    """
    error = _error(answer.body)
    details = error.get("details", ())
    codes = {
        str(detail.get("errorCode"))[:_WORD]
        for detail in (details if isinstance(details, list) else ())
        if isinstance(detail, Mapping) and str(detail.get("@type", "")).endswith(_FCM_ERROR)
    } - {"None"}
    word = min(codes, default="") or str(error.get("status", ""))[:_WORD]
    if _DEAD.get(answer.status) in codes:
        return PushResult(PushOutcome.DEAD, _DEAD[answer.status])
    return of_status(answer.status, word, answer.headers.get("retry-after", ""))


def _error(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, Mapping) else {}


class Fcm:
    """PushCarrier to Google for one project."""

    def __init__(
        self,
        account: ServiceAccount,
        url: str,
        utc: Callable[[], float],
        http: HttpPoster | None = None,
    ) -> None:
        """`url` is Google's address without a path; `utc` reads the clock."""
        self._account = account
        self._url = f"{url.rstrip('/')}/v1/projects/{account.project_id}/messages:send"
        self._utc = utc
        self._http = http or HttpClient()
        self._access = ""
        self._access_ends = 0.0
        self._asking = asyncio.Lock()

    def carries(self, _order: PushOrder, _target: PushTarget) -> bool:
        """Everything."""
        return True

    async def send(self, order: PushOrder, target: PushTarget, seconds: float) -> PushResult:
        """One attempt."""
        try:
            async with asyncio.timeout(seconds):
                access = await self._access_token(seconds)
                if isinstance(access, PushResult):
                    return access
                answer = await self._http.post(
                    self._url,
                    {"Authorization": f"Bearer {access}", "Content-Type": "application/json"},
                    message_of(order, target, self._utc()),
                    seconds,
                )
        except (HttpFailed, TimeoutError) as error:
            detail = str(error) or "TimeoutError"
            return PushResult(PushOutcome.UNREACHABLE, detail, may_retry=True)
        if answer.status == 401:
            self._access = ""  # it was withdrawn before its time: ask for another one
            return PushResult(PushOutcome.REFUSED, "UNAUTHENTICATED", may_retry=True)
        return result_of(answer)

    async def _access_token(self, seconds: float) -> str | PushResult:
        """The access token; asked for by one at a time."""
        async with self._asking:
            now = self._utc()
            if self._access and now < self._access_ends - _BEFORE_END:
                return self._access
            answer = await self._http.post(
                self._account.token_uri,
                {"Content-Type": "application/x-www-form-urlencoded"},
                assertion(self._account, now),
                seconds,
            )
            if answer.status != 200:
                return of_status(answer.status, f"no access token: {answer.status}")
            try:
                granted = json.loads(answer.body)
                self._access = str(granted["access_token"])
                self._access_ends = now + float(granted.get("expires_in", _ASKED_FOR))
            except (ValueError, KeyError, TypeError):
                return PushResult(PushOutcome.REFUSED, "the access token cannot be read")
            return self._access

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()
