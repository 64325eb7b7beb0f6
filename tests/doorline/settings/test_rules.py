"""Rules between keys, and what this version does not do."""

from dataclasses import replace

from directory.secrets import Secret
from doorline.settings import Address, Settings, TrunkSettings
from doorline.settings.places import Key
from doorline.settings.rules import broken_rules, notices
from doorline.settings.tree import (
    CaptureSettings,
    HttpSettings,
    LimitSettings,
    ListenSettings,
    MediaSettings,
    RegistrarSettings,
    SipSessionSettings,
    SipSettings,
    TlsSettings,
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
            sip=SipSettings(
                listen=ListenSettings(tls=(SOMEWHERE,), ws=(SOMEWHERE,), wss=(SOMEWHERE,)),
                tls=TlsSettings(certificate="cert.pem"),
            ),
            media=MediaSettings(mode="relay"),
            http=HttpSettings(autop_tls=(SOMEWHERE,)),
        )
    ) == [
        ("sip", "listen", "tls"),
        ("sip", "listen", "ws"),
        ("sip", "listen", "wss"),
        ("sip", "tls"),
        ("http", "autop_tls"),
        ("media", "mode"),
    ]


def test_what_has_no_effect_yet_is_told_without_stopping_the_server() -> None:
    settings = Settings(sip=SipSettings(limits=LimitSettings(trusted=("10.0.0.0/8",))))

    assert keys(settings) == []
    assert list(notices(settings)) == [
        "limits per source are not part of this version; [sip.limits] has no effect yet",
    ]
    assert list(notices(Settings())) == []


def test_a_session_is_not_asked_for_below_its_own_minimum() -> None:
    session = SipSessionSettings(min_se=600, default_expires=300)

    assert list(broken_rules(sip(session=session))) == [
        (("sip", "session", "default_expires"), "got 300, expected at least min_se, 600")
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


def test_a_key_for_no_collector_and_a_key_too_long_for_a_packet_are_refused() -> None:
    for_nobody = CaptureSettings(hep_password=Secret("key"))
    too_long = CaptureSettings(hep="127.0.0.1:9060", hep_password=Secret("ä" * 129))
    good = CaptureSettings(hep="127.0.0.1:9060", hep_password=Secret("ä" * 128))

    assert keys(sip(capture=for_nobody)) == [("sip", "capture", "hep")]
    assert keys(sip(capture=too_long)) == [("sip", "capture", "hep_password")]
    assert keys(sip(capture=good)) == []
