"""The tree of settings: every section, key, type, unit and default (docs/settings.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from directory.secrets import Secret
from directory.tariff import KINDS
from doorline.settings.address import Address
from doorline.settings.checks import (
    ADDRESS_OR_NOTHING,
    AGENTS,
    APPLE_ID,
    CODECS,
    COUNTRIES,
    DATABASE,
    HOOK_ADDRESS,
    HOST,
    HOST_OR_NOTHING,
    IDENTITIES,
    NAME_SERVERS,
    NETWORKS,
    NUMBER_KINDS,
    ONE_LINE,
    ORIGINS,
    TOPICS,
    URL_PATHS,
    USER_PART,
    WEB_ADDRESS,
    Within,
)
from sipcore.defence.policy import DefencePolicy
from sipcore.dialog.session_timer import SESSION_DEFAULTS
from sipcore.endpoint.settings import MAX_CALLS, MAX_CALLS_PER_SOURCE
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.transport.streams import USUAL_LIMITS
from sipcore.transport.websocket import EVERY_PAGE

SECONDS_OF_A_DAY = 86_400

# What the engine does by itself when nothing is set.
_REGISTRAR = RegistrarPolicy()
_DEFENCE = DefencePolicy()


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`[server]`: the process as a whole."""

    data_dir: Path = Path("var")
    """Folder for what the server writes; made at the first start."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""
    log_format: Literal["console", "json"] = "console"
    """Lines for people or for machines; on stderr either way."""
    drain_timeout: Annotated[float, Within(0, 3600, "seconds")] = 30.0
    """Seconds that open calls may go on after SIGTERM."""
    keep_records_days: Annotated[int, Within(1, 3650, "days")] = 30
    """Days that calls, door log and autop ledger are kept (F263)."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """`[database]`: what is stored, and the key that seals the secrets in it."""

    url: Annotated[str, DATABASE] = field(default="", repr=False)
    """SQLAlchemy address; empty means `doorline.db` in `data_dir`."""
    key_file: Path = Path()
    """Key file, mode 0600; empty means `doorline.key` in `data_dir`."""


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """`[sip.listen]`: addresses of the SIP listeners."""

    udp: tuple[Address, ...] = (Address("127.0.0.1", 5060),)
    tcp: tuple[Address, ...] = (Address("127.0.0.1", 5060),)
    tls: tuple[Address, ...] = ()
    ws: tuple[Address, ...] = ()
    wss: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """`[sip.tls]`: certificates, files in PEM; read again at SIGHUP."""

    certificate: str = ""
    """The server's certificate and those between it and its authority, in this order."""
    private_key: str = ""
    """The key of the certificate, not encrypted."""
    client_ca: str = ""
    """Authorities that sign the certificates of those who connect."""
    client_certificate: Literal["none", "optional", "required"] = "none"
    """Whether those who connect have to show one."""
    server_ca: str = ""
    """Authorities that sign the certificates of providers; empty means the system's."""


@dataclass(frozen=True, slots=True)
class WebSocketSettings:
    """`[sip.websocket]`: which handshakes are welcome (RFC 7118, RFC 6455)."""

    paths: Annotated[tuple[str, ...], URL_PATHS] = EVERY_PAGE.paths
    """Paths that are served; any other is answered 404."""
    origins: Annotated[tuple[str, ...], ORIGINS] = EVERY_PAGE.origins
    """Pages whose scripts may connect; empty means all."""


@dataclass(frozen=True, slots=True)
class RegistrarSettings:
    """`[sip.registrar]`: how long and how often an account may register (RFC 3261 §10.3)."""

    min_expires: Annotated[int, Within(1, SECONDS_OF_A_DAY, "seconds")] = _REGISTRAR.min_expires
    """Seconds; a shorter wish is answered 423."""
    default_expires: Annotated[int, Within(1, SECONDS_OF_A_DAY, "seconds")] = (
        _REGISTRAR.default_expires
    )
    """Seconds granted when a device names none."""
    max_expires: Annotated[int, Within(1, SECONDS_OF_A_DAY, "seconds")] = _REGISTRAR.max_expires
    """Seconds granted at most."""
    max_contacts: Annotated[int, Within(1, 100)] = _REGISTRAR.max_contacts
    """Contacts of one account at the same time."""
    contact_limit: Literal["evict", "refuse"] = "evict"
    """What a contact beyond that meets: the one refreshed longest ago makes room, or 403."""
    expires_jitter: Annotated[float, Within(0, 0.5)] = _REGISTRAR.expires_jitter
    """Share by which the granted time may be shortened, so that devices spread out."""
    path_without_support: bool = _REGISTRAR.path_without_support
    """Take registrations with a Path from phones that do not say they support it (RFC 3327)."""
    offer_auth_int: bool = False
    """Offer `qop="auth,auth-int"` in challenges; simple clients understand `auth` alone."""


@dataclass(frozen=True, slots=True)
class SipSessionSettings:
    """`[sip.session]`: session timers (RFC 4028)."""

    min_se: Annotated[int, Within(90, SECONDS_OF_A_DAY, "seconds")] = SESSION_DEFAULTS.min_se
    default_expires: Annotated[int, Within(90, SECONDS_OF_A_DAY, "seconds")] = (
        SESSION_DEFAULTS.default_expires
    )


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`[sip.limits]`: what one source may ask for, and who is exempt."""

    requests_per_second_per_source: Annotated[int, Within(1, 1_000_000)] = int(
        _DEFENCE.requests_per_second
    )
    """Requests of one address that do not prove who sent them; much more is allowed where phones
    authenticate."""
    ban_after_failures: Annotated[int, Within(1, 1_000_000)] = _DEFENCE.ban_after_failures
    """Weight of failures within ten minutes that bans an address."""
    ban_time: Annotated[int, Within(1, SECONDS_OF_A_DAY, "seconds")] = int(_DEFENCE.ban_time)
    """Seconds a ban lasts."""
    trusted: Annotated[tuple[str, ...], NETWORKS] = _DEFENCE.trusted
    """Addresses and networks exempt from every limit and ban."""
    drop_user_agents: Annotated[tuple[str, ...], AGENTS] = _DEFENCE.drop_user_agents
    """Parts of User-Agent values whose requests get no answer."""
    calls: Annotated[int, Within(1, 1_000_000)] = MAX_CALLS
    """Calls at the same time; further ones are answered 503."""
    calls_per_source: Annotated[int, Within(1, 1_000_000)] = MAX_CALLS_PER_SOURCE
    """Calls at the same time from one address, unless it is trusted."""
    connections: Annotated[int, Within(1, 1_000_000)] = USUAL_LIMITS.connections
    """Stream connections (TCP, TLS, WebSocket) at the same time."""
    connections_per_source: Annotated[int, Within(1, 1_000_000)] = (
        USUAL_LIMITS.connections_per_source
    )
    """Of these from one IPv4 address or one IPv6 network of 64 bits."""


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """`[sip.capture]`: seeing what goes over the wire."""

    keep: Annotated[int, Within(0, 100_000, "messages")] = 2000
    """Messages kept in memory for `doorline sniff`; 0 keeps none and lets nobody follow."""
    hep: Annotated[str, ADDRESS_OR_NOTHING] = ""
    """`host:port` of a HEP collector such as Homer, by UDP; empty sends nothing."""
    hep_id: Annotated[int, Within(0, 2**32 - 1)] = 2001
    """Number by which the collector tells this server from others."""
    hep_password: Secret = field(default=Secret(""))
    """Key the collector asks for; it crosses the network as it is."""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """`[sip.trunk.NAME.incoming.number.NUMBER]`: where one number of yours leads."""

    site: Annotated[str, ONE_LINE]
    """Name of the site."""
    to: Annotated[str, ONE_LINE] = "guard"
    """What it reaches there, as a door phone at the gate would dial it."""


@dataclass(frozen=True, slots=True)
class IncomingSettings:
    """`[sip.trunk.NAME.incoming]`: calls that come in over the trunk."""

    at_once: Annotated[int, Within(0, 100_000)] = 10
    """Incoming calls at the same time."""
    sources: Annotated[tuple[str, ...], NETWORKS] = ()
    """Networks the provider's calls come from; empty means where it was located."""
    number_in: Literal["request", "to"] = "request"
    """Which header names the number of yours that is called."""
    number: Mapping[str, LineSettings] = field(default_factory=lambda: MappingProxyType({}))
    """Numbers of yours; without any, no call comes in."""


@dataclass(frozen=True, slots=True)
class TrunkSettings:
    """`[sip.trunk.NAME]`: one telephone provider."""

    host: Annotated[str, HOST]
    """Where calls to landlines are sent."""
    port: Annotated[int, Within(0, 65535)] = 0
    """0: what the SRV records say, else 5060, or 5061 for TLS."""
    transport: Literal["auto", "udp", "tcp", "tls"] = "auto"
    """`auto`: what NAPTR and SRV records say, else UDP."""
    kind: Literal["static", "digest", "register"] = "static"
    """Known to the provider by address, by user and password, or by a registration of ours."""
    expires: Annotated[int, Within(60, 86_400, "seconds")] = 600
    """How long a registration is asked for."""
    user: Annotated[str, USER_PART] = ""
    """User of the digest credential."""
    password: Secret = field(default=Secret(""))
    """Password of the digest credential."""
    caller_id: Annotated[str, USER_PART] = ""
    """Number of ours that calls show; empty means `from_user`, or `user`."""
    from_user: Annotated[str, USER_PART] = ""
    """User part of From; empty means `caller_id`, or `user`."""
    identity: Annotated[tuple[str, ...], IDENTITIES] = ()
    """Where `caller_id` stands besides From."""
    display: Annotated[str, ONE_LINE] = ""
    """Name in From; `{caller}` in it is the name of the door or phone that calls."""
    domain: Annotated[str, HOST_OR_NOTHING] = ""
    """Domain in From and To; empty means `host`."""
    prefix: Annotated[str, USER_PART] = ""
    """Put before the number, for instance `00` for providers that want no `+`."""
    codecs: Annotated[tuple[str, ...], CODECS] = ()
    """Audio codecs that a call offers the provider; empty means all that the caller has."""
    priority: Annotated[int, Within(0, 65535)] = 0
    """Of several trunks of a site the one with the lowest number is tried first."""
    next_server: Literal["503", "5xx"] = "503"
    """Which answers of a server send a call to the provider's next one."""
    sites: Annotated[tuple[str, ...], ONE_LINE] = ()
    """Names of the sites that use this trunk first; empty means every site, behind those."""
    incoming: IncomingSettings = IncomingSettings()


@dataclass(frozen=True, slots=True)
class SiteLandlineSettings:
    """`[sip.landlines.site.NAME]`: what is different in the site of that name."""

    at_once: Annotated[int, Within(0, 100_000)] = 0
    """0 means that of `[sip.landlines]`; so does what is empty below."""
    per_day: Annotated[int, Within(0, 10_000_000)] = 0
    kinds: Annotated[tuple[str, ...], NUMBER_KINDS] = ()
    countries: Annotated[tuple[str, ...], COUNTRIES] = ()


@dataclass(frozen=True, slots=True)
class LandlineSettings:
    """`[sip.landlines]`: how much each site may telephone, whatever its accounts do."""

    at_once: Annotated[int, Within(1, 100_000)] = 30
    """Telephones of one site that ring or talk at the same time."""
    per_day: Annotated[int, Within(1, 10_000_000)] = 1000
    """Telephones of one site that are rung on a day of its time zone."""
    kinds: Annotated[tuple[str, ...], NUMBER_KINDS] = KINDS
    """Kinds of number that are rung; premium-rate and short numbers never are."""
    countries: Annotated[tuple[str, ...], COUNTRIES] = ()
    """Countries whose numbers are rung; empty means all of them."""
    site: Mapping[str, SiteLandlineSettings] = field(default_factory=lambda: MappingProxyType({}))
    """Sites with limits of their own, by name."""


@dataclass(frozen=True, slots=True)
class SipSettings:
    """`[sip]`: the signalling server."""

    domain: Annotated[str, HOST] = "doorline.local"
    """Domain of every account's address, and the digest realm."""
    advertised_host: Annotated[str, HOST_OR_NOTHING] = ""
    """What goes into Via, Contact and the devices' files; empty means the listener's address."""
    dns: Annotated[tuple[str, ...], NAME_SERVERS] = ()
    """Name servers that locate trunks; empty means those of /etc/resolv.conf."""
    large_requests: Literal["tcp", "udp"] = "tcp"
    """How a request over 1300 octets goes to who is reached over UDP (RFC 3261 §18.1.1)."""
    listen: ListenSettings = ListenSettings()
    tls: TlsSettings = TlsSettings()
    websocket: WebSocketSettings = WebSocketSettings()
    registrar: RegistrarSettings = RegistrarSettings()
    session: SipSessionSettings = SipSessionSettings()
    limits: LimitSettings = LimitSettings()
    capture: CaptureSettings = CaptureSettings()
    trunk: Mapping[str, TrunkSettings] = field(default_factory=lambda: MappingProxyType({}))
    """Telephone providers by name."""
    landlines: LandlineSettings = LandlineSettings()


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """`[media]`: whether sound and pictures pass through the server."""

    mode: Literal["direct", "relay", "rtpengine"] = "direct"


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`[http]`: the two HTTP listeners, for devices and for operators."""

    autop: tuple[Address, ...] = (Address("127.0.0.1", 8080),)
    """Where devices fetch their files."""
    autop_tls: tuple[Address, ...] = ()
    admin: tuple[Address, ...] = (Address("127.0.0.1", 8081),)
    """Where operators and other systems work."""
    public_url: Annotated[str, WEB_ADDRESS] = ""
    """Address devices reach the autop listener at; empty means the listener's own."""


@dataclass(frozen=True, slots=True)
class FcmSettings:
    """`[push.fcm]`: Firebase Cloud Messaging."""

    service_account: str = ""
    """File of the service account, JSON; empty switches it off."""
    url: Annotated[str, WEB_ADDRESS] = "https://fcm.googleapis.com"
    """Where messages are sent."""


@dataclass(frozen=True, slots=True)
class ApnsSettings:
    """`[push.apns]`: Apple Push Notification service."""

    key_file: str = ""
    """File of the signing key, `.p8`; empty switches it off."""
    key_id: Annotated[str, APPLE_ID] = ""
    """Id of that key."""
    team_id: Annotated[str, APPLE_ID] = ""
    """Id of the developer's team."""
    topics: Annotated[tuple[str, ...], TOPICS] = ()
    """Bundle ids, with `.voip` for PushKit, that may ask for pushes when they register."""
    url: Annotated[str, WEB_ADDRESS] = "https://api.push.apple.com"
    """Where pushes are sent."""
    sandbox_url: Annotated[str, WEB_ADDRESS] = "https://api.sandbox.push.apple.com"
    """Where pushes for apps under development are sent."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`[push.webhook]`: a server of the app's maker."""

    url: Annotated[str, HOOK_ADDRESS] = ""
    """Where pushes are posted; empty switches it off."""
    secret_file: str = ""
    """File of the secret that signs them."""


@dataclass(frozen=True, slots=True)
class PushSettings:
    """`[push]`: waking apps that sleep."""

    wake_timeout: Annotated[float, Within(1, 120, "seconds")] = 20.0
    """Seconds a woken app may take to register before it is given up."""
    test_hour: Annotated[int, Within(-1, 23)] = -1
    """Hour of the site's local time at which every app gets a silent test; -1 for never."""
    call_accounts: bool = False
    """Whether a push carries an account that is good for its visit alone."""
    fcm: FcmSettings = FcmSettings()
    apns: ApnsSettings = ApnsSettings()
    webhook: WebhookSettings = WebhookSettings()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set."""

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    sip: SipSettings = SipSettings()
    media: MediaSettings = MediaSettings()
    http: HttpSettings = HttpSettings()
    push: PushSettings = PushSettings()

    @property
    def database_url(self) -> str:
        """The database's address with the default filled in."""
        default = self.server.data_dir / "doorline.db"
        return self.database.url or f"sqlite+aiosqlite:///{default}"

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.database_url.removeprefix("sqlite+aiosqlite:///").partition("?")[0])

    @property
    def key_file(self) -> Path:
        """The key file with the default filled in."""
        if self.database.key_file == Path():
            return self.server.data_dir / "doorline.key"
        return self.database.key_file
