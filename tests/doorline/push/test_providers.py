"""From settings to carriers."""

from pathlib import Path

from doorline.push.providers import carriers, named, services
from doorline.settings import PushSettings
from doorline.settings.tree import ApnsSettings, FcmSettings, WebhookSettings
from sipcore.registrar.push import PushService
from tests.support.pushes import NOW, key_files


def settings(folder: Path) -> PushSettings:
    account, key, secret = key_files(folder)
    return PushSettings(
        fcm=FcmSettings(account),
        apns=ApnsSettings(key, "ABC123DEFG", "DEF123GHIJ", ("org.example.app.voip",)),
        webhook=WebhookSettings("https://hook.test/", secret),
    )


async def test_each_provider_that_is_named_has_its_carrier(tmp_path: Path) -> None:
    found = carriers(settings(tmp_path), lambda: NOW)
    for carrier in found.values():
        await carrier.close()

    assert sorted(found) == ["apns", "fcm", "webhook"] == sorted(named(settings(tmp_path)))


def test_registrations_may_ask_for_the_project_and_the_topics(tmp_path: Path) -> None:
    assert services(settings(tmp_path)) == (
        PushService("fcm", ("doorline-test",)),
        PushService("apns", ("DEF123GHIJ.org.example.app.voip",)),
    )


def test_without_settings_there_is_nothing() -> None:
    assert (carriers(PushSettings(), lambda: NOW), services(PushSettings())) == ({}, ())
    assert named(PushSettings()) == frozenset()
