"""What the operator decided, as the endpoint has it."""

from pathlib import Path

from doorline.compose import compose
from doorline.settings import LimitSettings, SipSettings, TrunkSettings
from doorline.settings.tree import SipSessionSettings, WebSocketSettings
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.rooms import settings


async def test_limits_and_names_of_the_settings_are_those_of_the_endpoint(tmp_path: Path) -> None:
    sip = SipSettings(
        domain="court.example",
        advertised_host="sip.example",
        session=SipSessionSettings(min_se=120, default_expires=600),
        limits=LimitSettings(
            requests_per_second_per_source=7,
            ban_after_failures=8,
            ban_time=9,
            trusted=("192.0.2.0/24",),
            drop_user_agents=("scanner",),
            calls=10,
            calls_per_source=11,
            connections=12,
            connections_per_source=13,
        ),
        websocket=WebSocketSettings(paths=("/ws",), origins=("https://court.example",)),
    )
    server = await compose(settings(tmp_path, sip), clock=ManualClock(), entropy=SequenceEntropy())
    await server.stop()
    made = server.endpoint.settings
    defence, streams = made.defence, made.streams

    assert (made.domain, made.advertised_host) == ("court.example", "sip.example")
    assert (made.session.min_se, made.session.default_expires) == (120, 600)
    assert (defence.requests_per_second, defence.ban_after_failures, defence.ban_time) == (7, 8, 9)
    assert (defence.trusted, defence.drop_user_agents) == (("192.0.2.0/24",), ("scanner",))
    assert (made.max_calls, made.max_calls_per_source) == (10, 11)
    assert (streams.connections, streams.connections_per_source) == (12, 13)
    assert (made.web.paths, made.web.origins) == (("/ws",), ("https://court.example",))


async def test_only_providers_that_want_a_registration_get_one(tmp_path: Path) -> None:
    trunk = {
        "known": TrunkSettings(host="192.0.2.50"),
        "asked": TrunkSettings(host="192.0.2.51", kind="register", user="u", expires=300),
    }
    configured = settings(tmp_path, SipSettings(trunk=trunk))
    server = await compose(configured, clock=ManualClock(), entropy=SequenceEntropy())
    await server.stop()

    assert list(server.endpoint.registrants.by_trunk) == ["asked"]
