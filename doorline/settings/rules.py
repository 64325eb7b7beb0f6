"""Rules that concern several keys, and keys that this version does not act on yet."""

from collections.abc import Iterator

from doorline.settings.places import Key
from doorline.settings.tree import (
    CaptureSettings,
    LimitSettings,
    MediaSettings,
    RegistrarSettings,
    Settings,
    SipSessionSettings,
    TlsSettings,
)

_NO_TLS = "TLS is not part of this version; leave it out"
_NO_WEB = "SIP over WebSocket is not part of this version; leave it empty"
_ONLY_DIRECT = 'media passes directly between devices in this version; expected "direct"'
MAX_HEP_PASSWORD = 256
"""Octets; packets have to leave room for the message."""

_NO_LIMITS = "limits per source are not part of this version; [sip.limits] has no effect yet"


def broken_rules(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Every key that contradicts another one or asks for something that is not there."""
    yield from _not_in_this_version(settings)
    yield from _expiries(settings.sip.registrar)
    yield from _addresses(settings)
    yield from _session(settings.sip.session)
    yield from _trunks(settings)
    yield from _capture(settings.sip.capture)


def notices(settings: Settings) -> Iterator[str]:
    """Settings that are good but have no effect yet; the server says so when it starts."""
    if settings.sip.limits != LimitSettings():
        yield _NO_LIMITS


def _not_in_this_version(settings: Settings) -> Iterator[tuple[Key, str]]:
    """A listener nobody would open stops the start: silence would look like obedience."""
    listen, tls, http = settings.sip.listen, settings.sip.tls, settings.http
    for name, asked, message in (
        ("tls", listen.tls, _NO_TLS),
        ("ws", listen.ws, _NO_WEB),
        ("wss", listen.wss, _NO_WEB),
    ):
        if asked:
            yield ("sip", "listen", name), message
    if tls != TlsSettings():
        yield ("sip", "tls"), _NO_TLS
    if http.autop_tls:
        yield ("http", "autop_tls"), _NO_TLS
    if settings.media != MediaSettings():
        yield ("media", "mode"), f'got "{settings.media.mode}"; {_ONLY_DIRECT}'


def _expiries(registrar: RegistrarSettings) -> Iterator[tuple[Key, str]]:
    if registrar.default_expires < registrar.min_expires:
        yield (
            ("sip", "registrar", "default_expires"),
            f"got {registrar.default_expires}, expected at least min_expires, "
            f"{registrar.min_expires}",
        )
    if registrar.max_expires < registrar.default_expires:
        yield (
            ("sip", "registrar", "max_expires"),
            f"got {registrar.max_expires}, expected at least default_expires, "
            f"{registrar.default_expires}",
        )


def _session(session: SipSessionSettings) -> Iterator[tuple[Key, str]]:
    if session.default_expires < session.min_se:
        yield (
            ("sip", "session", "default_expires"),
            f"got {session.default_expires}, expected at least min_se, {session.min_se}",
        )


def _addresses(settings: Settings) -> Iterator[tuple[Key, str]]:
    sip, http = settings.sip, settings.http
    if not (sip.listen.udp or sip.listen.tcp):
        yield ("sip", "listen"), "expected at least one address in udp or tcp"
    if not http.admin:
        yield ("http", "admin"), "got an empty list, expected at least one address"
    if not http.autop:
        yield ("http", "autop"), "got an empty list, expected at least one address"


def _capture(capture: CaptureSettings) -> Iterator[tuple[Key, str]]:
    if capture.hep_password and not capture.hep:
        yield (
            ("sip", "capture", "hep"),
            "got nothing, expected a collector, because hep_password is given",
        )
    if len(capture.hep_password.reveal().encode()) > MAX_HEP_PASSWORD:
        yield (
            ("sip", "capture", "hep_password"),
            f"expected at most {MAX_HEP_PASSWORD} octets",
        )


def _trunks(settings: Settings) -> Iterator[tuple[Key, str]]:
    for name, trunk in settings.sip.trunk.items():
        place = ("sip", "trunk", name)
        if trunk.kind == "digest":
            if not trunk.user:
                yield (*place, "user"), 'got nothing, expected a user, because kind is "digest"'
            if not trunk.password:
                yield (
                    (*place, "password"),
                    'got nothing, expected a password, because kind is "digest"',
                )
        elif trunk.password:
            yield (*place, "kind"), 'got "static", expected "digest", because a password is given'
