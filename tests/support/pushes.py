"""Pushes without a network: orders, targets, keys, a carrier that says what it is told to say."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from directory.kinds import PushProvider
from directory.secrets import Secret
from doorline.push.http import HttpAnswer, HttpFailed
from doorline.push.order import PushEvent, PushOrder
from doorline.push.result import SENT, PushResult
from doorline.push.target import PushTarget

OAUTH = "https://oauth2.test/token"
NOW = 1_800_000_000.0
TOKEN = "fcm-token-of-a-telephone-5aFe"
APNS_TOKEN = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"
VOIP = PushTarget(PushProvider.APNS, Secret(APNS_TOKEN), "org.example.app.voip")
ALERT = PushTarget(PushProvider.APNS, Secret(APNS_TOKEN), "org.example.app")
FCM = PushTarget(PushProvider.FCM, Secret(TOKEN))


@cache
def order(event: PushEvent = PushEvent.WAKE, visit: str = "v1", user: str = "a1") -> PushOrder:
    """A push about a visitor at the main gate, of use for 30 seconds; the same one each time."""
    return PushOrder(event, visit, user, NOW + 30, "Main gate", 1, "Linden Court")


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """The key of a service account."""
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    """A key as Apple issues them."""
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """PKCS #8 without a password."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account(oauth: str = OAUTH) -> dict[str, str]:
    """What the Firebase console puts into its file."""
    return {
        "type": "service_account",
        "project_id": "doorline-test",
        "private_key_id": "key-7",
        "private_key": pem(rsa_key()),
        "client_email": "push@doorline-test.iam.gserviceaccount.com",
        "token_uri": oauth,
    }


def key_files(folder: Path, oauth: str = OAUTH) -> tuple[str, str, str]:
    """Paths of a service account, a key of Apple's and a webhook's secret."""
    account, apple, secret = folder / "fcm.json", folder / "apns.p8", folder / "hook.secret"
    account.write_text(json.dumps(service_account(oauth)))
    apple.write_text(pem(ec_key()))
    secret.write_text("0123456789abcdef0123456789abcdef\n")
    return str(account), str(apple), str(secret)


class Posts:
    """HttpPoster that answers from a list, one after the other; the last one stays."""

    def __init__(self, *answers: HttpAnswer | str) -> None:
        """A text stands for a request that gets no answer."""
        self.answers = list(answers) or [HttpAnswer(200, {})]
        self.sent: list[tuple[str, dict[str, str], bytes]] = []

    async def post(self, url: str, headers: object, body: bytes, seconds: float) -> HttpAnswer:
        """The next answer."""
        assert seconds > 0
        self.sent.append((url, dict(headers), body))  # type: ignore[call-overload]
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            raise HttpFailed(answer)
        return answer

    async def close(self) -> None:
        """Nothing is open."""


class Carrier:
    """PushCarrier that answers from a list; what it carried can be read."""

    def __init__(self, *results: PushResult) -> None:
        self.results = list(results) or [SENT]
        self.sent: list[tuple[PushOrder, PushTarget]] = []
        self.closed = False
        self.carries_all = True

    def carries(self, _order: PushOrder, _target: PushTarget) -> bool:
        """As the test says."""
        return self.carries_all

    async def send(self, order: PushOrder, target: PushTarget, seconds: float) -> PushResult:
        """The next result."""
        assert seconds > 0
        self.sent.append((order, target))
        return self.results.pop(0) if len(self.results) > 1 else self.results[0]

    async def close(self) -> None:
        """Remember it."""
        self.closed = True

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """Event, visit and user of each push."""
        return [(str(order.event), order.visit, order.user) for order, _ in self.sent]


class ManualLater:
    """`call_later` of a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self._calls: list[tuple[float, int, Callable[[], None]]] = []

    def __call__(self, delay: float, callback: Callable[[], None], /) -> object:
        self._calls.append((self.now + delay, len(self._calls), callback))
        return None

    def pass_by(self, seconds: float) -> None:
        """Call what is due within that time, in order."""
        self.now += seconds
        due = sorted(call for call in self._calls if call[0] <= self.now)
        self._calls = [call for call in self._calls if call[0] > self.now]
        for _, _, callback in due:
            callback()
