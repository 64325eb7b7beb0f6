"""From the settings: who carries pushes, and what phones may ask for when they register."""

from collections.abc import Callable
from pathlib import Path

from directory.kinds import ApnsEnvironment, PushProvider
from doorline.push.apns import Apns, ApnsKey
from doorline.push.carrier import PushCarrier
from doorline.push.fcm import Fcm
from doorline.push.webhook import Webhook
from doorline.settings import PushSettings
from doorline.settings.push_keys import read_apns_key, read_push_secret, read_service_account
from sipcore.registrar.push import PushService


def named(push: PushSettings) -> frozenset[PushProvider]:
    """The providers that the settings name, whether or not their files can be read."""
    found = {
        PushProvider.FCM: push.fcm.service_account,
        PushProvider.APNS: push.apns.key_file,
        PushProvider.WEBHOOK: push.webhook.url,
    }
    return frozenset(provider for provider, given in found.items() if given)


def carriers(push: PushSettings, utc: Callable[[], float]) -> dict[PushProvider, PushCarrier]:
    """One for each provider that the settings name; UnusableFileError when a file is no good."""
    found: dict[PushProvider, PushCarrier] = {}
    if push.fcm.service_account:
        account = read_service_account(Path(push.fcm.service_account))
        found[PushProvider.FCM] = Fcm(account, push.fcm.url, utc)
    if push.apns.key_file:
        apns = push.apns
        key = ApnsKey(read_apns_key(Path(apns.key_file)), apns.key_id, apns.team_id)
        urls = {
            ApnsEnvironment.PRODUCTION: apns.url,
            ApnsEnvironment.SANDBOX: apns.sandbox_url,
        }
        found[PushProvider.APNS] = Apns(key, urls, utc)
    if push.webhook.url:
        secret = read_push_secret(Path(push.webhook.secret_file))
        found[PushProvider.WEBHOOK] = Webhook(push.webhook.url, secret, utc)
    return found


def services(push: PushSettings) -> tuple[PushService, ...]:
    """What registrations may ask for (RFC 8599 §10, §11); UnusableFileError as above."""
    found: list[PushService] = []
    if push.fcm.service_account:
        project = read_service_account(Path(push.fcm.service_account)).project_id
        found.append(PushService("fcm", (project,)))
    if push.apns.key_file and push.apns.topics:
        team = push.apns.team_id
        found.append(PushService("apns", tuple(f"{team}.{topic}" for topic in push.apns.topics)))
    return tuple(found)
