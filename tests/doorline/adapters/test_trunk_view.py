"""Trunks as operators see them."""

from admin_api.resources.trunks import LandlineUse, Trunk
from admin_api.rows import LandlineUseRow
from directory.secrets import Secret
from doorline.adapters.trunk_view import TrunkView
from doorline.settings import IncomingSettings, LineSettings, TrunkSettings
from sipcore.calls.incoming import IncomingCalls
from sipcore.calls.toll import TollGuard, TollLimits
from tests.sipcore.endpoint.test_registrant import Provider
from tests.support.dial_site import directory_of, residence
from tests.support.planning import reach

SETTINGS = {
    "spare": TrunkSettings(host="spare.test", priority=9, sites=("Riverside",)),
    "city": TrunkSettings(
        host="city.test",
        kind="register",
        user="4930",
        password=Secret("s3cret"),
        incoming=IncomingSettings(at_once=4, number={"+49301": LineSettings(site="Riverside")}),
    ),
}


def view(provider: Provider) -> TrunkView:
    """Two providers; at one of them we register."""
    directory = directory_of(residence())
    incoming = IncomingCalls({}, directory, reach())
    incoming.began("a", "city")
    tolls = TollGuard(lambda _site: TollLimits(), directory, provider.wire.clock.utc)
    tolls.restore([(1, provider.wire.clock.utc())])
    return TrunkView(
        SETTINGS, provider.trunks, provider.registrants, incoming, tolls, provider.wire.clock
    )


def test_a_provider_shows_servers_registration_and_use_but_no_secret() -> None:
    provider = Provider()
    provider.registered()
    city, spare = view(provider).trunks()

    assert (city.name, city.kind, city.servers) == (
        "city",
        "register",
        ("udp 192.0.2.51:5060", "udp 192.0.2.52:5060"),
    )
    assert (city.registered, city.status, city.incoming, city.incoming_limit) == (True, 200, 1, 4)
    assert city.registered_until is not None
    assert 0 < city.registered_until - provider.wire.clock.utc() <= 600
    assert "s3cret" not in repr(city)
    assert (spare.name, spare.servers, spare.registered, spare.status, spare.incoming_limit) == (
        "spare",
        (),
        None,
        None,
        0,
    )


def test_before_an_answer_a_registration_has_no_status() -> None:
    city, _ = view(Provider()).trunks()

    assert (city.registered, city.registered_until, city.status) == (False, None, None)


def test_what_a_site_telephones_is_shown() -> None:
    assert view(Provider()).sites() == (LandlineUseRow(1, 0, 1),)


def test_rows_are_what_the_api_shows() -> None:
    shown = view(Provider())

    assert [Trunk.model_validate(row).name for row in shown.trunks()] == ["city", "spare"]
    assert [LandlineUse.model_validate(row).today for row in shown.sites()] == [1]
