"""Pushes over real HTTP: each service on loopback, and the whole server in front of it."""

import asyncio
import hashlib
import hmac
import io
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp.test_utils import TestClient, TestServer

from directory.kinds import AccountKind, ApnsEnvironment, Role
from directory.scope import Scope
from directory.secrets import Secret
from directory.service import accounts, apartments, buildings, operators, sites, tokens
from doorline.compose import compose
from doorline.log import configure
from doorline.push.apns import Apns, ApnsKey
from doorline.push.fcm import Fcm
from doorline.push.order import CallAccount, PushEvent
from doorline.push.result import SENT, PushOutcome
from doorline.push.webhook import Webhook
from doorline.server import DoorlineServer
from doorline.settings import PushSettings, ServerSettings, Settings
from doorline.settings.push_keys import read_service_account
from doorline.settings.tree import WebhookSettings
from sipcore.b2bua.plan import Party
from sipcore.registrar.binding import BindingChanged
from tests.support.certificates import authority
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.push_services import Service, apple, http_service
from tests.support.pushes import (
    APNS_TOKEN,
    FCM,
    NOW,
    TOKEN,
    VOIP,
    ec_key,
    key_files,
    order,
)
from tests.support.registration import binding

KEY = ApnsKey(ec_key(), "ABC123DEFG", "DEF123GHIJ")


async def test_firebase_is_asked_for_a_token_and_takes_the_message(tmp_path: Path) -> None:
    async with http_service() as google:
        account = read_service_account(Path(key_files(tmp_path, f"{google.url}/token")[0]))
        fcm = Fcm(account, google.url, lambda: NOW)
        result = await fcm.send(order(), FCM, 5.0)
        await fcm.close()

    (message,) = google.received
    assert result == SENT
    assert message.path == "/v1/projects/doorline-test/messages:send"
    assert message.headers["authorization"] == "Bearer ya29.granted"
    assert message.json["message"]["token"] == TOKEN


async def test_firebase_says_that_a_token_is_dead(tmp_path: Path) -> None:
    async with http_service() as google:
        fcm_error = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
        details = [{"@type": fcm_error, "errorCode": "UNREGISTERED"}]
        google.answers = [(404, {"error": {"status": "NOT_FOUND", "details": details}})]
        account = read_service_account(Path(key_files(tmp_path, f"{google.url}/token")[0]))
        fcm = Fcm(account, google.url, lambda: NOW)
        result = await fcm.send(order(), FCM, 5.0)
        await fcm.close()

    assert (result.outcome, result.detail) == (PushOutcome.DEAD, "UNREGISTERED")


@asynccontextmanager
async def to_apple(service: Service) -> AsyncIterator[Apns]:
    apns = Apns(KEY, dict.fromkeys(ApnsEnvironment, service.url), lambda: NOW)
    yield apns
    await apns.close()


async def test_apple_is_spoken_to_in_http_2_over_one_connection() -> None:
    async with apple() as service, to_apple(service) as apns:
        results = await asyncio.gather(
            *(apns.send(order(event), VOIP, 5.0) for event in (PushEvent.WAKE, PushEvent.CANCEL))
        )

    wake = service.received[0]
    assert results == [SENT, SENT]
    assert wake.path == f"/3/device/{APNS_TOKEN}"
    assert wake.headers["apns-push-type"] == "voip"
    assert wake.headers["authorization"].startswith("bearer ")
    assert wake.json["doorline"]["event"] == "wake"


@pytest.mark.parametrize("is_known", [True, False])
async def test_apple_must_show_a_certificate_of_a_known_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    certificate, key = authority().sign().files(tmp_path, "apple")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    tls.set_alpn_protocols(["h2"])
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", authority().file(tmp_path))
    async with apple(tls) as service, to_apple(service) as apns:
        result = await apns.send(order(), VOIP, 5.0)

    wanted = PushOutcome.SENT if is_known else PushOutcome.UNREACHABLE
    assert (result.outcome, len(service.received)) == (wanted, is_known)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a server that logs everything has written."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    configure("debug", "json", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_no_log_says_what_is_sent_to_whom(log: io.StringIO) -> None:
    account = CallAccount("visit-7", Secret("once-and-never-again"), "court.example")
    wake = replace(order(), account=account)
    async with apple() as service, to_apple(service) as apns, http_service() as maker:
        hook = Webhook(maker.url, Secret("0123456789abcdef"), lambda: NOW)
        logging.getLogger("doorline").debug("it is written")
        results = [await apns.send(wake, VOIP, 5.0), await hook.send(wake, FCM, 5.0)]
        await hook.close()

    assert results == [SENT, SENT]
    assert maker.received[0].json["auth_password"] == "once-and-never-again"
    assert "it is written" in log.getvalue()
    for secret in (APNS_TOKEN, TOKEN, "visit-7", "once-and-never-again", "0123456789abcdef"):
        assert secret not in log.getvalue()
    assert "/3/device/" not in log.getvalue()


async def test_apple_says_that_a_token_is_dead() -> None:
    async with apple() as service, to_apple(service) as apns:
        service.answers = [(410, {"reason": "Unregistered"})]
        result = await apns.send(order(), VOIP, 5.0)

    assert (result.outcome, result.detail) == (PushOutcome.DEAD, "Unregistered")


async def test_a_provider_that_is_not_there_is_unreachable() -> None:
    async with http_service() as gone:
        url = gone.url
    hook = Webhook(url, Secret("0123456789abcdef"), lambda: NOW)
    result = await hook.send(order(), FCM, 5.0)
    await hook.close()

    assert (result.outcome, result.may_retry) == (PushOutcome.UNREACHABLE, True)


@dataclass
class House:
    """A whole server with one flat, whose app is woken through a webhook."""

    server: DoorlineServer
    clock: ManualClock
    hook: Service
    client: "TestClient[Any, Any]"
    headers: dict[str, str]
    site_id: int
    app_id: int
    failed: list[tuple[str, str, str]]

    async def planned(self) -> list[dict[str, Any]]:
        """Whom a visitor who presses 1001 would ring."""
        path = f"/api/v1/sites/{self.site_id}/call-plan?apartment=1001"
        async with self.client.get(path, headers=self.headers) as answer:
            plan = await answer.json()
        return [target for stage in plan["stages"] for target in stage["targets"]]

    async def tell(self, token: str = TOKEN) -> int:
        """The app tells its token."""
        body = {"provider": "webhook", "token": token}
        path = f"/api/v1/accounts/{self.app_id}/push"
        async with self.client.put(path, json=body, headers=self.headers) as answer:
            return answer.status

    async def shown(self) -> Any:
        """What the API shows of the app."""
        path = f"/api/v1/accounts/{self.app_id}/push"
        async with self.client.get(path, headers=self.headers) as answer:
            return await answer.json()

    async def settled(self) -> None:
        """Until no push is under way and what it changed is stored."""
        for sender in self.server.push.senders.values():
            await sender.idle()
        await self.server.push.burial.finish()


@asynccontextmanager
async def house(folder: Path, hook: Service) -> AsyncIterator[House]:
    secret = key_files(folder)[2]
    settings = Settings(
        server=ServerSettings(data_dir=folder / "var"),
        push=PushSettings(webhook=WebhookSettings(f"{hook.url}/push", secret)),
    )
    clock = ManualClock()
    server = await compose(settings, clock=clock, entropy=SequenceEntropy())
    failed: list[tuple[str, str, str]] = []
    server.push.waker.failed = lambda *told: failed.append(told)
    async with server.stores.directory.unit(Scope.system()) as unit:
        site = await sites.create(unit, name="Court")
        building = await buildings.create(unit, site_id=site.id, name="1")
        flat = await apartments.create(
            unit, building_id=building.id, number="1001", app_enabled=True
        )
        app = await accounts.create(
            unit, site_id=site.id, kind=AccountKind.APP, user="a1", apartment_id=flat.id
        )
        await accounts.create(unit, site_id=site.id, kind=AccountKind.DOOR, user="door1")
        operator = await operators.create(unit, name="root", role=Role.ROOT)
        issued = await tokens.create(unit, operator_id=operator.id)
    await server.memory.estate.start()
    server.push.start()
    async with TestClient(TestServer(server.operators.app)) as client:
        headers = {"Authorization": f"Bearer {issued.secret.reveal()}"}
        yield House(server, clock, hook, client, headers, site.id, app.id, failed)
    await server.stop()


@pytest.fixture
async def at_home(tmp_path: Path) -> AsyncIterator[House]:
    async with http_service() as hook, house(tmp_path, hook) as found:
        yield found


DOOR = Party("door", "door1", "Main gate", site_id=1)
APP = Party("app", "a1", "Ann", site_id=1)


async def test_an_app_is_planned_woken_registered_and_called_off(at_home: House) -> None:
    before = await at_home.planned()
    assert await at_home.tell() == 200
    planned = await at_home.planned()
    waker = at_home.server.push.waker
    waker.wake("visit-1", APP, DOOR, 30.0)
    (wake,) = await at_home.hook.until(1)
    await at_home.settled()
    at_home.clock.advance(1.25)
    waker.heard(BindingChanged(binding(user="a1")))
    waker.call_off("visit-1", "a1", "answered_elsewhere")
    _, cancel = await at_home.hook.until(2)
    health = (await at_home.shown())["health"]

    signed = wake.headers["x-doorline-timestamp"].encode() + b"." + wake.body
    assert (before, [(target["user"], target["wakes"]) for target in planned]) == (
        [],
        [("a1", True)],
    )
    key = b"0123456789abcdef0123456789abcdef"
    assert wake.headers["x-doorline-signature"] == (
        f"sha256={hmac.new(key, signed, hashlib.sha256).hexdigest()}"
    )
    assert (wake.json["event"], wake.json["visit"], wake.json["caller"], wake.json["site"]) == (
        "wake", "visit-1", "Main gate", "Court",
    )  # fmt: skip
    assert (cancel.json["event"], cancel.json["reason"]) == ("cancel", "answered_elsewhere")
    assert (health["can_wake"], health["last_latency"], health["wakes"]) == (True, 1.25, 1)
    assert at_home.failed == []


async def test_a_dead_token_leaves_the_plan_and_is_shown(at_home: House) -> None:
    await at_home.tell()
    at_home.hook.answers = [(410, {})]
    at_home.server.push.waker.wake("visit-1", APP, DOOR, 30.0)
    await at_home.hook.until(1)
    await at_home.settled()
    await asyncio.sleep(0)
    shown = await at_home.shown()

    assert await at_home.planned() == []
    assert at_home.failed == [("visit-1", "a1", "dead")]
    assert (shown["health"]["can_wake"], shown["health"]["last_outcome"]) == (False, "dead")
    assert shown["target"]["dead_at"] is not None
    assert await at_home.tell("a-token-of-a-new-telephone") == 200
    assert (await at_home.shown())["health"]["can_wake"]


async def test_figures_tell_what_became_of_pushes(at_home: House) -> None:
    await at_home.tell()
    at_home.server.push.waker.wake("visit-1", APP, DOOR, 30.0)
    await at_home.hook.until(1)
    await at_home.settled()
    async with at_home.client.get("/metrics") as answer:
        text = await answer.text()

    assert "doorline_push_webhook_sent_total 1.0" in text
    assert "doorline_push_dead_tokens 0.0" in text
    assert 'doorline_push_wake_seconds_bucket{le="+Inf"} 0.0' in text
    assert TOKEN not in text
