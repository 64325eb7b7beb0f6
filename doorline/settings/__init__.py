"""Settings: one typed tree, read from a TOML file and the environment, checked as a whole."""

from doorline.settings.address import Address
from doorline.settings.load import load
from doorline.settings.problem import Problem, SettingsError
from doorline.settings.tree import (
    CaptureSettings,
    DatabaseSettings,
    HttpSettings,
    IncomingSettings,
    LandlineSettings,
    LimitSettings,
    LineSettings,
    ListenSettings,
    PushSettings,
    RegistrarSettings,
    ServerSettings,
    Settings,
    SipSettings,
    SiteLandlineSettings,
    TlsSettings,
    TrunkSettings,
)

__all__ = [
    "Address",
    "CaptureSettings",
    "DatabaseSettings",
    "HttpSettings",
    "IncomingSettings",
    "LandlineSettings",
    "LimitSettings",
    "LineSettings",
    "ListenSettings",
    "Problem",
    "PushSettings",
    "RegistrarSettings",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "SipSettings",
    "SiteLandlineSettings",
    "TlsSettings",
    "TrunkSettings",
    "load",
]
