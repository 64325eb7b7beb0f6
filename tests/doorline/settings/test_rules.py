"""Rules between keys, and what this version does not do."""

from dataclasses import replace

import pytest

from directory.secrets import Secret
from doorline.settings import Address, IncomingSettings, LineSettings, Settings, TrunkSettings
from doorline.settings.places import Key
from doorline.settings.rules import broken_rules, exposed, notices
from doorline.settings.tree import (
    ApnsSettings,
    CaptureSettings,
    FcmSettings,
    HttpSettings,
    LimitSettings,
    ListenSettings,
    MediaSettings,
    PushSettings,
    RegistrarSettings,
    SipSessionSettings,
    SipSettings,
    TlsSettings,
    WebhookSettings,
)

SOMEWHERE = Address("127.0.0.1", 5061)


def keys(settings: Settings) -> list[Key]:
    return [key for key, _ in broken_rules(settings)]


def sip(**changes: object) -> Settings:
    return Settings(sip=replace(SipSettings(), **changes))  # type: ignore[arg-type]


def test_the_defaults_break_no_rule() -> None:
    assert keys(Settings()) == []


def test_what_this_version_does_not_do_is_refused_when_asked_for() -> None:
    assert keys(
        Settings(
            media=MediaSettings(mode="relay"),
            http=HttpSettings(autop_tls=(SOMEWHERE,)),
        )
    ) == [
        ("http", "autop_tls"),
        ("media", "mode"),
    ]


def test_a_secure_listener_needs_a_certificate() -> None:
    plain, secure = Address("127.0.0.1", 5080), Address("127.0.0.1", 5443)
    bare = ListenSettings(tls=(SOMEWHERE,), ws=(plain,), wss=(secure,))
    certified = TlsSettings(certificate="a.pem", private_key="a.key")

    assert list(broken_rules(sip(listen=bare))) == [
        (
            ("sip", "listen", name),
            "needs a certificate; set sip.tls.certificate and sip.tls.private_key",
        )
        for name in ("tls", "wss")
    ]
    assert keys(sip(listen=bare, tls=certified)) == []


@pytest.mark.parametrize(
    ("tls", "key"),
    [
        (TlsSettings(certificate="a.pem"), "private_key"),
        (TlsSettings(private_key="a.key"), "certificate"),
        (TlsSettings(client_certificate="optional"), "client_ca"),
        (TlsSettings(client_ca="ca.pem"), "client_certificate"),
    ],
)
def test_what_belongs_together_in_tls_is_asked_for(tls: TlsSettings, key: str) -> None:
    assert keys(sip(tls=tls)) == [("sip", "tls", key)]


def test_a_server_may_listen_on_one_transport_only() -> None:
    only = ListenSettings(udp=(), tcp=(), ws=(SOMEWHERE,))

    assert keys(sip(listen=only)) == []


def test_an_advertised_address_is_for_sip_listeners() -> None:
    told = Address("127.0.0.1", 8080, "www.example.org")

    assert keys(Settings(http=HttpSettings(autop=(told,)))) == [("http", "autop")]
    assert keys(sip(listen=ListenSettings(udp=(told,)))) == []


def test_limits_on_connections_have_their_effect_and_need_no_notice() -> None:
    assert list(notices(sip(limits=LimitSettings(connections=5)))) == []


def test_what_has_no_effect_is_told_without_stopping_the_server() -> None:
    settings = Settings(sip=SipSettings(limits=LimitSettings(trusted=("10.0.0.0/8", "0.0.0.0/0"))))

    assert keys(settings) == []
    assert list(notices(settings)) == [
        "sip.limits.trusted covers every address; [sip.limits] has no effect",
    ]
    assert list(notices(Settings())) == []


def test_an_admin_listener_that_others_reach_is_told_without_stopping_the_server() -> None:
    hosts = ("127.0.0.1", "::1", "localhost")
    everywhere = Address("0.0.0.0", 8083)  # noqa: S104 - what is to be told
    admin = (*(Address(host, 8081) for host in hosts), everywhere)
    settings = Settings(http=HttpSettings(admin=admin))

    assert keys(settings) == []
    assert list(exposed(settings)) == [
        "http.admin listens on 0.0.0.0:8083 without TLS: tokens can be read on their way; "
        "listen on 127.0.0.1 or keep it behind a proxy with TLS"
    ]


def test_a_session_is_not_asked_for_below_its_own_minimum() -> None:
    session = SipSessionSettings(min_se=600, default_expires=300)

    assert list(broken_rules(sip(session=session))) == [
        (("sip", "session", "default_expires"), "got 300, expected at least min_se, 600")
    ]


def test_a_trunk_over_udp_is_refused_where_nobody_listens_on_it() -> None:
    trunks = {
        name: TrunkSettings(host="sip.example", transport=name)
        for name in ("auto", "udp", "tcp", "tls")
    }
    only_tcp = ListenSettings(udp=())

    assert list(broken_rules(sip(trunk=trunks, listen=only_tcp))) == [
        (("sip", "trunk", "udp", "transport"), 'got "udp", but sip.listen.udp has no address')
    ]


def test_expiries_are_in_order() -> None:
    registrar = RegistrarSettings(min_expires=600, default_expires=300, max_expires=200)

    assert list(broken_rules(sip(registrar=registrar))) == [
        (
            ("sip", "registrar", "default_expires"),
            "got 300, expected at least min_expires, 600",
        ),
        (
            ("sip", "registrar", "max_expires"),
            "got 200, expected at least default_expires, 300",
        ),
    ]


def test_a_server_without_a_listener_is_refused() -> None:
    settings = Settings(
        sip=SipSettings(listen=ListenSettings(udp=(), tcp=())),
        http=HttpSettings(autop=(), admin=()),
    )

    assert keys(settings) == [("sip", "listen"), ("http", "admin"), ("http", "autop")]


def test_one_address_is_not_for_two_listeners() -> None:
    web = Address("127.0.0.1", 8080)
    six = (Address("::1", 5060), Address("0:0::1", 5060))
    settings = Settings(
        sip=SipSettings(listen=ListenSettings(udp=six, tcp=(SOMEWHERE,), ws=(SOMEWHERE,))),
        http=HttpSettings(autop=(web,), admin=(web,)),
    )

    assert list(broken_rules(settings)) == [
        (
            ("sip", "listen", "udp"),
            'got "[0:0::1]:5060", which sip.listen.udp has already; expected another one',
        ),
        (
            ("sip", "listen", "ws"),
            'got "127.0.0.1:5061", which sip.listen.tcp has already; expected another one',
        ),
        (
            ("http", "admin"),
            'got "127.0.0.1:8080", which http.autop has already; expected another one',
        ),
    ]


def test_a_port_taken_everywhere_is_taken_at_each_address_of_its_family() -> None:
    web, four, six = (Address(host, 8080) for host in ("127.0.0.1", "0.0.0.0", "::"))  # noqa: S104
    listen = ListenSettings(udp=(Address("::1", 8080), six), tcp=())

    assert list(broken_rules(Settings(sip=SipSettings(listen=listen)))) == [
        (
            ("sip", "listen", "udp"),
            'got "[::]:8080", which sip.listen.udp has already; expected another one',
        )
    ]
    assert list(broken_rules(Settings(http=HttpSettings(autop=(four,), admin=(web, six))))) == [
        (
            ("http", "admin"),
            'got "127.0.0.1:8080", which http.autop has already; expected another one',
        )
    ]


def test_free_ports_and_a_udp_port_beside_a_tcp_port_are_different_addresses() -> None:
    free = (Address("127.0.0.1", 0), Address("127.0.0.1", 0))
    listen = ListenSettings(udp=(*free, SOMEWHERE), tcp=(*free, SOMEWHERE))

    assert keys(Settings(sip=SipSettings(listen=listen), http=HttpSettings(free, admin=free))) == []


def test_a_trunk_states_how_it_is_known() -> None:
    trunk = {
        "bare": TrunkSettings(host="h", kind="digest"),
        "mixed": TrunkSettings(host="h", user="u", password=Secret("p")),
        "good": TrunkSettings(host="h", kind="digest", user="u", password=Secret("p")),
        "static": TrunkSettings(host="h"),
    }

    assert keys(sip(trunk=trunk)) == [
        ("sip", "trunk", "bare", "user"),
        ("sip", "trunk", "bare", "password"),
        ("sip", "trunk", "mixed", "kind"),
    ]


def test_what_a_trunk_shows_needs_a_number_and_one_header_for_the_network() -> None:
    trunk = {
        "named": TrunkSettings(host="h", display="{caller}"),
        "asserted": TrunkSettings(host="h", identity=("pai",)),
        "both": TrunkSettings(host="h", caller_id="4930", identity=("pai", "ppi")),
        "good": TrunkSettings(host="h", caller_id="4930", identity=("pai", "diversion")),
    }

    assert keys(sip(trunk=trunk)) == [
        ("sip", "trunk", "named", "caller_id"),
        ("sip", "trunk", "asserted", "caller_id"),
        ("sip", "trunk", "both", "identity"),
    ]


def test_each_incoming_number_is_written_once_and_leads_somewhere() -> None:
    numbers = {
        "+49301": LineSettings(site="North"),
        "0049301": LineSettings(site="South"),
        "-": LineSettings(site="North"),
        "+49302": LineSettings(site="North", to=" "),
    }
    trunk = {"city": TrunkSettings(host="h", incoming=IncomingSettings(number=numbers))}
    place = ("sip", "trunk", "city", "incoming", "number")

    assert keys(sip(trunk=trunk)) == [
        (*place, "0049301"),
        (*place, "-"),
        (*place, "+49302", "to"),
    ]


def test_a_key_for_no_collector_and_a_key_too_long_for_a_packet_are_refused() -> None:
    for_nobody = CaptureSettings(hep_password=Secret("key"))
    too_long = CaptureSettings(hep="127.0.0.1:9060", hep_password=Secret("ä" * 129))
    good = CaptureSettings(hep="127.0.0.1:9060", hep_password=Secret("ä" * 128))

    assert keys(sip(capture=for_nobody)) == [("sip", "capture", "hep")]
    assert keys(sip(capture=too_long)) == [("sip", "capture", "hep_password")]
    assert keys(sip(capture=good)) == []


def push(**changes: object) -> Settings:
    return Settings(push=replace(PushSettings(), **changes))  # type: ignore[arg-type]


def test_a_key_of_apples_needs_its_ids_and_ids_need_the_key() -> None:
    assert keys(push(apns=ApnsSettings("k.p8"))) == [
        ("push", "apns", "key_id"),
        ("push", "apns", "team_id"),
    ]
    assert keys(push(apns=ApnsSettings(topics=("org.example",)))) == [("push", "apns", "key_file")]
    assert keys(push(apns=ApnsSettings("k.p8", "ABC123DEFG", "DEF123GHIJ"))) == []


def test_a_webhook_is_signed() -> None:
    assert keys(push(webhook=WebhookSettings("https://hook.test/?a=b"))) == [
        ("push", "webhook", "secret_file")
    ]
    assert keys(push(webhook=WebhookSettings(secret_file="s"))) == [("push", "webhook", "url")]


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]", "localhost"])
def test_tokens_cross_no_network_in_clear(host: str) -> None:
    assert keys(push(webhook=WebhookSettings(f"http://{host}/", "s"))) == []
    assert keys(push(fcm=FcmSettings(url="http://192.0.2.1"))) == [("push", "fcm", "url")]


def test_a_provider_has_an_address() -> None:
    assert keys(push(fcm=FcmSettings(url=""), apns=ApnsSettings(url=""))) == [
        ("push", "fcm"),
        ("push", "apns"),
    ]
