"""Telephone providers of the settings."""

from collections.abc import Mapping

from directory.queries.dial import DialSite
from directory.secrets import Secret
from doorline.settings import TrunkSettings
from doorline.trunks import Trunks, system_look_up
from sipcore.endpoint.trunk import Trunk


def site(name: str) -> DialSite:
    return DialSite(1, name, "community", "UTC", "GB")


async def resolved(settings: Mapping[str, TrunkSettings], names: Mapping[str, str]) -> Trunks:
    async def look_up(host: str) -> str:
        if host not in names:
            raise OSError("Name or service not known")
        return names[host]

    trunks = Trunks(settings, look_up)
    await trunks.start()
    await trunks.stop()
    return trunks


async def test_a_digest_trunk_has_its_credential_and_a_static_one_has_none() -> None:
    trunks = await resolved(
        {
            "digest": TrunkSettings(
                host="192.0.2.9",
                port=5070,
                transport="tcp",
                kind="digest",
                user="u",
                password=Secret("p"),
                domain="d.example",
                prefix="00",
            ),
            "static": TrunkSettings(host="192.0.2.1", user="ours", from_user="4930"),
        },
        {},
    )

    assert trunks.known == {
        "digest": Trunk(
            "digest",
            "192.0.2.9",
            5070,
            "TCP",
            user="u",
            password="p",
            from_user="u",
            domain="d.example",
            prefix="00",
        ),
        "static": Trunk("static", "192.0.2.1", from_user="4930"),
    }


async def test_a_name_becomes_an_address_and_stays_in_the_uris() -> None:
    trunks = await resolved(
        {
            "plain": TrunkSettings(host="sip.example"),
            "port": TrunkSettings(host="sip.example", port=5070),
            "domain": TrunkSettings(host="sip.example", domain="example"),
        },
        {"sip.example": "192.0.2.7"},
    )

    assert [(t.host, t.port, t.domain) for t in trunks.known.values()] == [
        ("192.0.2.7", 5060, "sip.example"),
        ("192.0.2.7", 5070, "sip.example:5070"),
        ("192.0.2.7", 5060, "example"),
    ]


async def test_a_provider_without_address_is_left_out_and_the_next_one_serves() -> None:
    trunks = await resolved(
        {
            "first": TrunkSettings(host="unknown.example"),
            "second": TrunkSettings(host="192.0.2.1"),
        },
        {},
    )

    assert list(trunks.known) == ["second"]
    assert trunks.of_site(site("Anywhere")) == "second"


async def test_a_site_uses_the_trunk_that_names_it_or_the_first_general_one() -> None:
    trunks = await resolved(
        {
            "north": TrunkSettings(host="192.0.2.1", sites=("North", "Both")),
            "south": TrunkSettings(host="192.0.2.2", sites=("South", "Both")),
            "general": TrunkSettings(host="192.0.2.3"),
            "spare": TrunkSettings(host="192.0.2.4"),
        },
        {},
    )

    assert [trunks.of_site(site(name)) for name in ("North", "South", "Both", "Elsewhere")] == [
        "north",
        "south",
        "north",
        "general",
    ]


async def test_without_a_trunk_for_it_a_site_has_none() -> None:
    nothing = await resolved({}, {})
    other = await resolved({"n": TrunkSettings(host="192.0.2.1", sites=("North",))}, {})

    assert (nothing.of_site(site("North")), other.of_site(site("South"))) == (None, None)


async def test_the_system_looks_names_up() -> None:
    assert await system_look_up(ipv6=False)("localhost") == "127.0.0.1"
