"""What this server is called, and how long it believes a nonce."""

from pathlib import Path

from doorline.assembly.registration import NONCE_REFRESHES, registration
from doorline.settings import RegistrarSettings, SipSettings
from sipcore.endpoint.settings import ListenAddress
from sipcore.registrar.push import PushService
from tests.support.entropy import SequenceEntropy
from tests.support.rooms import opened

BEHIND = ListenAddress("UDP", "10.0.0.1", 5060, "edge.example")


async def test_the_domain_and_every_advertised_name_are_ours(tmp_path: Path) -> None:
    sip = SipSettings(domain="court.example", advertised_host="sip.example")
    async with opened(tmp_path, sip=sip) as (_, memory):
        names = registration(sip, (BEHIND,), (), memory, SequenceEntropy()).names

    hosts = ("court.example", "sip.example", "edge.example", "other.example")
    assert [names.covers(host) for host in hosts] == [True, True, True, False]


async def test_a_phone_that_refreshes_in_time_never_meets_a_nonce_that_has_ended(
    tmp_path: Path,
) -> None:
    left = []
    async with opened(tmp_path) as (_, memory):
        for max_expires in (60, 7200):
            sip = SipSettings(registrar=RegistrarSettings(max_expires=max_expires))
            made = registration(sip, (), (), memory, SequenceEntropy())
            nonces = made.authenticator._nonces
            left.append(nonces.time_left(nonces.make(0.0), 0.0))

    assert left == [3600.0, NONCE_REFRESHES * 7200]


async def test_what_the_operator_decided_reaches_the_registrar(tmp_path: Path) -> None:
    sip = SipSettings(registrar=RegistrarSettings(max_contacts=3, contact_limit="refuse"))
    wakes = PushService("fcm", ("project",))
    async with opened(tmp_path) as (_, memory):
        policy = registration(sip, (), (wakes,), memory, SequenceEntropy()).registrar._policy

    assert (policy.max_contacts, policy.refuses_surplus, policy.push_services) == (
        3,
        True,
        (wakes,),
    )
