"""Telephone providers of the settings."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest

from directory.queries.dial import DialSite
from directory.secrets import Secret
from doorline import trunks as module
from doorline.settings import (
    Address,
    LandlineSettings,
    ListenSettings,
    SipSettings,
    SiteLandlineSettings,
    TrunkSettings,
)
from doorline.trunks import (
    Locate,
    Trunks,
    locator,
    look_up_all,
    servers,
    toll_limits,
    wanted,
)
from sipcore.calls.toll import TollLimits
from sipcore.endpoint.trunk import Trunk
from sipcore.transport.locating import Candidate, Located, Wanted
from tests.support.clock import ManualClock
from tests.support.name_server import NameServer

ZONE = """
_sip._udp 5 SRV 1 0 5070 one
_sip._tcp SRV 1 0 5080 one
one A 192.0.2.1
six AAAA 2001:db8::1
"""
NOWHERE = Located((), 15.0, ("A of unknown.example: nothing",))
NAMES = ("North", "South")
GERMANY, FIXED = frozenset({"DE"}), frozenset({"fixed"})
NONE: Callable[[str], bool] = ().__contains__
"""No name is that of several sites."""


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer("sip.example", ZONE) as running:
        yield running


def site(name: str) -> DialSite:
    return DialSite(1, name, "community", "UTC", "GB")


def at(address: str, port: int = 5060, transport: str = "UDP") -> Candidate:
    return Candidate(transport, "s.example", port, (address,))


async def resolved(
    settings: Mapping[str, TrunkSettings],
    names: Mapping[str, Candidate],
    repeated: tuple[str, ...] = (),
) -> Trunks:
    async def locate(wanted: Wanted) -> Located:
        if wanted.host not in names:
            return NOWHERE
        return Located((names[wanted.host],), 60.0, ())

    trunks = Trunks(settings, locate, repeated.__contains__)
    await trunks.start()
    await trunks.stop()
    return trunks


async def test_a_digest_trunk_has_its_credential_and_a_static_one_has_none() -> None:
    there = at("192.0.2.9", 5070, "TCP")
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
            "static": TrunkSettings(
                host="192.0.2.9", transport="udp", user="ours", from_user="4930"
            ),
        },
        {"192.0.2.9": there},
    )

    assert trunks.known == {
        "digest": Trunk(
            "digest",
            "d.example",
            (there,),
            user="u",
            password="p",
            from_user="u",
            prefix="00",
        ),
        "static": Trunk("static", "192.0.2.9", (there,), only_udp=True, from_user="4930"),
    }


async def test_a_name_is_located_and_stays_in_the_uris() -> None:
    trunks = await resolved(
        {
            "plain": TrunkSettings(host="sip.example"),
            "port": TrunkSettings(host="sip.example", port=5070),
            "domain": TrunkSettings(host="sip.example", domain="example"),
        },
        {"sip.example": at("192.0.2.7", 5070)},
    )

    assert [(t.servers, t.uri("1")) for t in trunks.known.values()] == [
        ((at("192.0.2.7", 5070),), b"sip:1@sip.example"),
        ((at("192.0.2.7", 5070),), b"sip:1@sip.example:5070"),
        ((at("192.0.2.7", 5070),), b"sip:1@example"),
    ]


async def test_over_tls_the_name_of_the_settings_is_the_one_to_be_proved() -> None:
    trunks = await resolved(
        {
            "name": TrunkSettings(host="sip.example", domain="example"),
            "address": TrunkSettings(host="192.0.2.7", domain="example"),
            "plain": TrunkSettings(host="udp.example"),
        },
        {
            "sip.example": at("192.0.2.7", 5061, "TLS"),
            "192.0.2.7": at("192.0.2.7", 5061, "TLS"),
            "udp.example": at("192.0.2.8"),
        },
    )

    assert [t.server_name for t in trunks.known.values()] == ["sip.example", "example", ""]


async def test_a_provider_without_address_is_left_out_and_the_next_one_serves() -> None:
    trunks = await resolved(
        {
            "first": TrunkSettings(host="unknown.example"),
            "second": TrunkSettings(host="192.0.2.1"),
        },
        {"192.0.2.1": at("192.0.2.1")},
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
        {f"192.0.2.{n}": at(f"192.0.2.{n}") for n in range(1, 5)},
    )

    assert [trunks.of_site(site(name)) for name in ("North", "South", "Both", "Elsewhere")] == [
        "north",
        "south",
        "north",
        "general",
    ]


async def test_further_trunks_take_over_by_priority_those_that_name_the_site_before_others() -> (
    None
):
    trunks = await resolved(
        {
            "general": TrunkSettings(host="192.0.2.3"),
            "cheap": TrunkSettings(host="192.0.2.1", sites=("North",), priority=20),
            "good": TrunkSettings(host="192.0.2.2", sites=("North",), priority=10),
            "dead": TrunkSettings(host="192.0.2.9", sites=("North",)),
        },
        {f"192.0.2.{n}": at(f"192.0.2.{n}") for n in range(1, 4)},
    )

    assert trunks.of_site(site("North")) == "good"
    assert trunks.after(site("North")) == ("cheap", "general")
    assert (trunks.of_site(site("South")), trunks.after(site("South"))) == ("general", ())


def test_a_site_has_limits_of_its_own_where_they_are_set() -> None:
    limits = toll_limits(
        LandlineSettings(
            at_once=5,
            countries=("DE",),
            site={"North": SiteLandlineSettings(per_day=20, kinds=("fixed",))},
        ),
        NONE,
    )

    kinds = frozenset(("fixed",))
    assert limits("North") == TollLimits(5, 20, kinds, frozenset(("DE",)))
    assert limits("South") == TollLimits(5, 1000, countries=frozenset(("DE",)))


async def test_a_name_that_several_sites_have_means_none_of_them() -> None:
    trunks = await resolved(
        {
            "north": TrunkSettings(host="192.0.2.1", sites=("North",)),
            "south": TrunkSettings(host="192.0.2.2", sites=("South",)),
            "general": TrunkSettings(host="192.0.2.3"),
        },
        {f"192.0.2.{n}": at(f"192.0.2.{n}") for n in range(1, 4)},
        repeated=("North",),
    )

    assert [(trunks.of_site(site(name)), trunks.after(site(name))) for name in NAMES] == [
        ("general", ()),
        ("south", ("general",)),
    ]


@pytest.mark.parametrize(
    ("special", "expected"),
    [
        (SiteLandlineSettings(at_once=9, per_day=20), TollLimits(5, 20, countries=GERMANY)),
        (SiteLandlineSettings(kinds=("fixed",)), TollLimits(5, 1000, FIXED, GERMANY)),
        (SiteLandlineSettings(countries=("FR", "DE")), TollLimits(5, 1000, countries=GERMANY)),
        (SiteLandlineSettings(countries=("FR",)), TollLimits(5, 1000, frozenset())),
    ],
)
def test_limits_of_a_repeated_name_allow_what_both_allow(
    special: SiteLandlineSettings, expected: TollLimits
) -> None:
    """Neither is a limit evaded by a second site of the name, nor are wider ones given to it."""
    settings = LandlineSettings(at_once=5, countries=("DE",), site={"North": special})
    limits = toll_limits(settings, frozenset({"North", "South"}).__contains__)

    assert limits("North") == expected
    assert limits("South") == TollLimits(5, 1000, countries=GERMANY)


async def test_without_a_trunk_for_it_a_site_has_none() -> None:
    nothing = await resolved({}, {})
    other = await resolved(
        {"n": TrunkSettings(host="192.0.2.1", sites=("North",))}, {"192.0.2.1": at("192.0.2.1")}
    )

    assert (nothing.of_site(site("North")), other.of_site(site("South"))) == (None, None)


class Scripted:
    """Locates what the test has written down, one entry a time; the last one stays."""

    def __init__(self, *results: Located | Exception) -> None:
        self.results = list(results)
        self.asked = 0
        self.changed = asyncio.Event()

    async def __call__(self, wanted: Wanted) -> Located:
        self.asked += 1
        if len(self.results) == 1:
            self.changed.set()
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, Exception):
            raise result
        return result


async def run_through(script: Scripted, monkeypatch: pytest.MonkeyPatch) -> Trunks:
    """Trunks that have gone through the whole script."""
    for name in ("RETRY_INTERVAL", "LEAST_INTERVAL", "LONGEST_INTERVAL"):
        monkeypatch.setattr(module, name, 0.001)
    trunks = Trunks({"t": TrunkSettings(host="sip.example")}, script, NONE)
    await trunks.start()
    await asyncio.wait_for(script.changed.wait(), 5)
    for _ in range(3):
        await asyncio.sleep(0)
    await trunks.stop()
    return trunks


async def test_what_expired_is_looked_up_again_in_the_background(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Scripted(Located((at("192.0.2.1"),), 1.0, ()), Located((at("192.0.2.2"),), 1.0, ()))
    trunks = await run_through(script, monkeypatch)

    assert trunks.known["t"].servers == (at("192.0.2.2"),)


def test_only_other_servers_are_news() -> None:
    trunks = Trunks({"t": TrunkSettings(host="sip.example")}, Scripted(NOWHERE), NONE)
    one = Candidate("UDP", "s.example", 5060, ("192.0.2.1", "192.0.2.2"))
    turned = one._replace(addresses=one.addresses[::-1])
    results = [Located((one,), 1.0, ()), Located((turned,), 1.0, ()), NOWHERE]

    assert [trunks.put("t", found) for found in results] == [True, False, False]
    assert trunks.known["t"].servers == (turned,)
    assert trunks.put("t", Located((one._replace(port=5070),), 1.0, ()))


@pytest.mark.parametrize("failure", [NOWHERE, ValueError("odd")])
async def test_what_was_found_once_stays_in_use_while_nothing_newer_is_found(
    failure: Located | Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Scripted(Located((at("192.0.2.1"),), 1.0, ()), failure)
    trunks = await run_through(script, monkeypatch)

    assert trunks.known["t"].servers == (at("192.0.2.1"),)


async def test_an_address_is_looked_up_once() -> None:
    script = Scripted(Located((at("192.0.2.1"),), float("inf"), ()))
    trunks = Trunks({"t": TrunkSettings(host="192.0.2.1")}, script, NONE)
    await trunks.start()
    for _ in range(3):
        await asyncio.sleep(0)
    await trunks.stop()

    assert script.asked == 1


async def test_the_start_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_PATIENCE", 0.01)

    async def never(wanted: Wanted) -> Located:
        await asyncio.Event().wait()
        return NOWHERE

    locate: Locate = never
    trunks = Trunks({"t": TrunkSettings(host="sip.example")}, locate, NONE)
    await trunks.start()
    known = dict(trunks.known)
    await trunks.stop()

    assert known == {}


def test_settings_say_what_is_wanted() -> None:
    assert [
        wanted(TrunkSettings(host="sip.example")),
        wanted(TrunkSettings(host="sip.example", port=5070, transport="tcp")),
    ] == [Wanted("sip.example"), Wanted("sip.example", 5070, "TCP")]


async def test_trunks_are_located_for_the_transports_and_families_that_are_listened_on(
    server: NameServer,
) -> None:
    sip = SipSettings(
        dns=(server.address,),
        listen=ListenSettings(udp=(), tcp=(Address("127.0.0.1", 0), Address("::1", 0))),
        trunk={
            "srv": TrunkSettings(host="sip.example"),
            "six": TrunkSettings(host="six.sip.example", port=5099),
            "udp": TrunkSettings(host="sip.example", transport="udp"),
            "tls": TrunkSettings(host="192.0.2.9", transport="tls"),
        },
    )
    found = await look_up_all(sip, ManualClock())

    assert {name: servers(one) for name, one in found.items()} == {
        "srv": ("tcp 192.0.2.1:5080",),
        "six": ("tcp [2001:db8::1]:5099",),
        "udp": (),
        "tls": ("tls 192.0.2.9:5061",),
    }


async def test_one_name_server_serves_every_search(server: NameServer) -> None:
    find = locator(SipSettings(dns=(server.address,)), ManualClock())
    first = await find(Wanted("sip.example"))
    asked = len(server.asked)
    again = await find(Wanted("sip.example"))

    assert servers(first) == servers(again) == ("udp 192.0.2.1:5070",)
    assert first.ttl == 5.0
    assert len(server.asked) == asked
