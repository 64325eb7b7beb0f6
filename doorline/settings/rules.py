"""Rules that concern several keys, and keys that this version does not act on yet."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from doorline.settings.address import EVERYWHERE, is_ip
from doorline.settings.places import Key
from doorline.settings.tree import (
    CaptureSettings,
    MediaSettings,
    PushSettings,
    RegistrarSettings,
    Settings,
    SipSessionSettings,
    SipSettings,
    TrunkSettings,
)
from sipcore.calls.incoming import digits_of

_NO_HTTPS = "HTTPS is not part of this version; leave it out"
_NO_CERTIFICATE = "needs a certificate; set sip.tls.certificate and sip.tls.private_key"
_ONLY_DIRECT = 'media passes directly between devices in this version; expected "direct"'
_NO_LIMITS = "sip.limits.trusted covers every address; [sip.limits] has no effect"
_OPEN_ADMIN = (
    "http.admin listens on {address} without TLS: tokens can be read on their way; "
    "listen on 127.0.0.1 or keep it behind a proxy with TLS"
)
_EVERYBODY = ("0.0.0.0/0", "::/0")
MAX_HEP_PASSWORD = 256
"""Octets; packets have to leave room for the message."""


def broken_rules(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Every key that contradicts another one or asks for something that is not there."""
    yield from _not_in_this_version(settings)
    yield from _certificates(settings.sip)
    yield from _expiries(settings.sip.registrar)
    yield from _addresses(settings)
    yield from _taken_twice(settings)
    yield from _session(settings.sip.session)
    yield from _trunks(settings)
    yield from _capture(settings.sip.capture)
    yield from _push(settings.push)


def notices(settings: Settings) -> Iterator[str]:
    """Settings that are good but have no effect; the server says so when it starts."""
    if any(network in settings.sip.limits.trusted for network in _EVERYBODY):
        yield _NO_LIMITS


def exposed(settings: Settings) -> Iterator[str]:
    """Listeners that are good behind a proxy only; the server says so when it starts."""
    for address in settings.http.admin:
        if not address.loopback:
            yield _OPEN_ADMIN.format(address=address)


def _not_in_this_version(settings: Settings) -> Iterator[tuple[Key, str]]:
    """A listener nobody would open stops the start: silence would look like obedience."""
    if settings.http.autop_tls:
        yield ("http", "autop_tls"), _NO_HTTPS
    if settings.media != MediaSettings():
        yield ("media", "mode"), f'got "{settings.media.mode}"; {_ONLY_DIRECT}'


def _certificates(sip: SipSettings) -> Iterator[tuple[Key, str]]:
    """Which of the keys of `[sip.tls]` belong together; the files: `doorline.settings.files`."""
    tls = sip.tls
    if not tls.certificate:
        for name, asked in (("tls", sip.listen.tls), ("wss", sip.listen.wss)):
            if asked:
                yield ("sip", "listen", name), _NO_CERTIFICATE
    if bool(tls.certificate) != bool(tls.private_key):
        missing, given = (
            ("private_key", "certificate") if tls.certificate else ("certificate", "private_key")
        )
        yield ("sip", "tls", missing), f"got nothing, expected a file, because {given} is given"
    if tls.client_certificate != "none" and not tls.client_ca:
        yield (
            ("sip", "tls", "client_ca"),
            "got nothing, expected a file with the authorities that sign the clients' "
            f'certificates, because client_certificate is "{tls.client_certificate}"',
        )
    if tls.client_ca and tls.client_certificate == "none":
        yield (
            ("sip", "tls", "client_certificate"),
            'got "none", expected "optional" or "required", because client_ca is given',
        )


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
    listen = sip.listen
    if not (listen.udp or listen.tcp or listen.tls or listen.ws or listen.wss):
        yield ("sip", "listen"), "expected at least one address in udp, tcp, tls, ws or wss"
    for name, addresses in (("autop", http.autop), ("admin", http.admin)):
        if any(address.advertised_host for address in addresses):
            yield ("http", name), 'got an address with "as", which only SIP listeners have'
    if not http.admin:
        yield ("http", "admin"), "got an empty list, expected at least one address"
    if not http.autop:
        yield ("http", "autop"), "got an empty list, expected at least one address"


def _taken_twice(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Addresses that are named for two listeners; a port in use is found out at the start only."""
    listen, http = settings.sip.listen, settings.http
    streams = (
        (("sip", "listen", "tcp"), listen.tcp),
        (("sip", "listen", "tls"), listen.tls),
        (("sip", "listen", "ws"), listen.ws),
        (("sip", "listen", "wss"), listen.wss),
        (("http", "autop"), http.autop),
        (("http", "admin"), http.admin),
    )
    # A UDP port is another one than the TCP port of the same number.
    for listeners in (((("sip", "listen", "udp"), listen.udp),), streams):
        taken: dict[int, list[tuple[str, Key]]] = {}
        for key, addresses in listeners:
            for address in addresses:
                if address.port == 0:
                    continue
                host = _one_spelling(address.host)
                there = taken.setdefault(address.port, [])
                owner = next((key for other, key in there if _clash(host, other)), None)
                if owner is None:
                    there.append((host, key))
                else:
                    owned = f"which {'.'.join(owner)} has already"
                    yield key, f'got "{address}", {owned}; expected another one'


def _one_spelling(host: str) -> str:
    """Hosts that are the same in other letters or digits, made equal."""
    return str(ipaddress.ip_address(host)) if is_ip(host) else host.lower()


def _clash(host: str, other: str) -> bool:
    """Whether one port cannot be had at both: `*` takes it at every address of its family."""
    if host == other:
        return True
    everywhere = host in EVERYWHERE or other in EVERYWHERE
    return everywhere and is_ip(host) and is_ip(other) and (":" in host) == (":" in other)


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
        if trunk.transport == "udp" and not settings.sip.listen.udp:
            yield (*place, "transport"), 'got "udp", but sip.listen.udp has no address'
        yield from _identity(place, trunk)
        yield from _numbers(place, trunk)
        if trunk.kind != "static":
            because = f'because kind is "{trunk.kind}"'
            if not trunk.user:
                yield (*place, "user"), f"got nothing, expected a user, {because}"
            if not trunk.password:
                yield (*place, "password"), f"got nothing, expected a password, {because}"
        elif trunk.password:
            yield (*place, "kind"), 'got "static", expected "digest", because a password is given'


def _identity(place: Key, trunk: TrunkSettings) -> Iterator[tuple[Key, str]]:
    """What a trunk shows needs a number, and the network is told it in one header."""
    if not (trunk.caller_id or trunk.from_user or trunk.user):
        for key, value in (("identity", trunk.identity), ("display", trunk.display)):
            if value:
                yield (
                    (*place, "caller_id"),
                    f"got nothing, expected a number, because {key} is given",
                )
                return
    if "pai" in trunk.identity and "ppi" in trunk.identity:
        yield (
            (*place, "identity"),
            'got "pai" and "ppi", expected one of them: a provider reads P-Asserted-Identity '
            "or P-Preferred-Identity",
        )


def _numbers(place: Key, trunk: TrunkSettings) -> Iterator[tuple[Key, str]]:
    """Each number of ours is written once, and leads somewhere."""
    seen: dict[str, str] = {}
    for number, line in trunk.incoming.number.items():
        key = (*place, "incoming", "number", number)
        digits = digits_of(number)
        if not digits:
            yield key, "expected a telephone number such as +49301234567"
        elif digits in seen:
            yield key, f"is the same number as {seen[digits]}; expected each number once"
        seen.setdefault(digits, number)
        if not line.to.strip():
            yield (*key, "to"), 'got nothing, expected "guard" or an apartment such as "1*1001"'


def _push(push: PushSettings) -> Iterator[tuple[Key, str]]:
    """Keys that belong together, and tokens that would cross a network in clear."""
    apns, webhook = push.apns, push.webhook
    if apns.key_file:
        for name in ("key_id", "team_id"):
            if not getattr(apns, name):
                yield (
                    ("push", "apns", name),
                    "got nothing, expected an id, because key_file is given",
                )
    elif apns.key_id or apns.team_id or apns.topics:
        yield ("push", "apns", "key_file"), "got nothing, expected the .p8 file of the key"
    if webhook.url and not webhook.secret_file:
        yield (
            ("push", "webhook", "secret_file"),
            "got nothing, expected a file with the secret that signs, because url is given",
        )
    if webhook.secret_file and not webhook.url:
        yield (
            ("push", "webhook", "url"),
            "got nothing, expected an address, because a secret is given",
        )
    for key, url in (
        (("push", "fcm", "url"), push.fcm.url),
        (("push", "apns", "url"), apns.url),
        (("push", "apns", "sandbox_url"), apns.sandbox_url),
        (("push", "webhook", "url"), webhook.url),
    ):
        if url.startswith("http://") and not _is_loopback(urlsplit(url).hostname or ""):
            yield key, "tokens would cross the network in clear; expected an https:// address"
    for name, url in (("fcm", push.fcm.url), ("apns", apns.url), ("apns", apns.sandbox_url)):
        if not url:
            yield ("push", name), "got an empty url; leave it out for the provider's own"


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (is_ip(host) and ipaddress.ip_address(host).is_loopback)
