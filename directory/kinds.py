"""Closed sets of words the directory knows: their values are what databases, APIs and files carry.

Sources: the feature list, sections A-H, and its limits block.
"""

from enum import StrEnum


class SiteKind(StrEnum):
    """What sort of place a site is (F004)."""

    COMMUNITY = "community"
    """Buildings, apartments and residents."""
    OFFICE = "office"
    """Departments and staff."""


class DeviceType(StrEnum):
    """What a device is for; `code` is the number that sheets and devices use (F093)."""

    MULTI_TENANT_DOOR = "multi_tenant_door"
    SINGLE_TENANT_DOOR = "single_tenant_door"
    INDOOR_MONITOR = "indoor_monitor"
    GUARD_PHONE = "guard_phone"
    ACCESS_CONTROL = "access_control"

    @property
    def code(self) -> int:
        """The number of this type in sheets: 0, 1, 2, 3 or 50."""
        return _DEVICE_CODES[self]

    @property
    def account_kind(self) -> "AccountKind | None":
        """Kind of SIP account a device of this type speaks with; None when it places no calls."""
        return _ACCOUNT_KINDS.get(self)

    @classmethod
    def from_code(cls, code: int) -> "DeviceType":
        """The type with that number; ValueError for a number outside F093."""
        for device_type, number in _DEVICE_CODES.items():
            if number == code:
                return device_type
        raise ValueError(f"unknown device type code {code}; known: 0, 1, 2, 3, 50")


class AccountKind(StrEnum):
    """What stands behind a SIP account."""

    DOOR = "door"
    INDOOR = "indoor"
    GUARD = "guard"
    APP = "app"

    @property
    def rings_with_flat(self) -> bool:
        """Whether its turn is that of its apartment, so that without one it rings with none."""
        return self in (AccountKind.INDOOR, AccountKind.APP)


class PushProvider(StrEnum):
    """Who carries the push that wakes an app (G03)."""

    FCM = "fcm"
    """Firebase Cloud Messaging."""
    APNS = "apns"
    """Apple Push Notification service."""
    WEBHOOK = "webhook"
    """A server of the app's maker, which the settings name."""


class ApnsEnvironment(StrEnum):
    """Which of Apple's two services knows a token."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


_DEVICE_CODES = {
    DeviceType.MULTI_TENANT_DOOR: 0,
    DeviceType.SINGLE_TENANT_DOOR: 1,
    DeviceType.INDOOR_MONITOR: 2,
    DeviceType.GUARD_PHONE: 3,
    DeviceType.ACCESS_CONTROL: 50,
}
_ACCOUNT_KINDS = {
    DeviceType.MULTI_TENANT_DOOR: AccountKind.DOOR,
    DeviceType.SINGLE_TENANT_DOOR: AccountKind.DOOR,
    DeviceType.INDOOR_MONITOR: AccountKind.INDOOR,
    DeviceType.GUARD_PHONE: AccountKind.GUARD,
}
DOORS = frozenset(one for one, kind in _ACCOUNT_KINDS.items() if kind is AccountKind.DOOR)
"""Types of devices that visitors speak into, whoever they belong to."""


class DeviceScope(StrEnum):
    """Whom a device serves (F105)."""

    SITE = "site"
    """Public area of the whole site: a gate, the guard's desk."""
    BUILDING = "building"
    """Public area of one building."""
    DEPARTMENT = "department"
    """Public device of one department of an office."""
    APARTMENT = "apartment"
    """Private device of one apartment."""
    PERSON = "person"
    """Private device of one person of an office."""


class PersonKind(StrEnum):
    """What a person is to the site: resident kinds (F154) or office identities (F054)."""

    MASTER = "master"
    """First resident of an apartment; code 0."""
    MEMBER = "member"
    """Family member; code 1; needs a master (F155)."""
    BASIC = "basic"
    """Office user with access to the own department."""
    ADVANCED = "advanced"
    """Office user with access to every department."""


class CallType(StrEnum):
    """Order in which an apartment or person is rung (F077)."""

    APP_AND_INDOOR = "app_and_indoor"
    PHONE_AND_INDOOR = "phone_and_indoor"
    APP_AND_INDOOR_THEN_PHONE = "app_and_indoor_then_phone"
    INDOOR_THEN_APP = "indoor_then_app"
    INDOOR_THEN_PHONE = "indoor_then_phone"
    INDOOR_THEN_APP_THEN_PHONE = "indoor_then_app_then_phone"
    INDOOR_ONLY = "indoor_only"
    """The only type left when the app feature is off (F071)."""


class GuardStage(StrEnum):
    """Where the guard phones ring in an apartment's chain."""

    WITH_INDOOR = "with_indoor"
    AFTER_INDOOR = "after_indoor"
    NEVER = "never"
    """Guard phones take no part (F085)."""


class FailureScope(StrEnum):
    """How far the word of one phone goes (G02)."""

    LEG = "leg"
    """The others ring on."""
    STAGE = "stage"
    """The next stage begins at once."""
    VISIT = "visit"
    """The whole call ends."""


class Ringer(StrEnum):
    """Kinds of parties that a stage rings, each with a ring time and a delay of its own (G01)."""

    APP = "app"
    INDOOR = "indoor"
    GUARD = "guard"
    LANDLINE = "landline"


class GuardOrder(StrEnum):
    """How the guard phones of a site ring."""

    ALL = "all"
    """All at the same time."""
    IN_ORDER = "in_order"
    """One after the other, in the order in which they were made."""


class ChainGuards(StrEnum):
    """Who says where guard phones ring in a custom chain."""

    SITE = "site"
    """The `guard_stage` of the site or apartment, as in the built-in call types."""
    LISTED = "listed"
    """The chain alone."""


class CallMode(StrEnum):
    """Whether devices call through the server or straight to the peer's address (F067)."""

    SIP = "sip"
    IP = "ip"


class ContactDisplay(StrEnum):
    """What the contact list of a door shows (F099)."""

    ONLY_PEOPLE = "only_people"
    ENDPOINTS = "endpoints"
    PEOPLE_AND_ENDPOINTS = "people_and_endpoints"


class Role(StrEnum):
    """What an operator is (F001, as far as this version goes)."""

    ROOT = "root"
    INSTALLER = "installer"
    PROPERTY_MANAGER = "property_manager"


class Transport(StrEnum):
    """How a device reaches the SIP server (F249)."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Plan(StrEnum):
    """Feature plan of a site; never changes after creation (F035)."""

    BASIC = "basic"
    PREMIUM = "premium"


class TimeFormat(StrEnum):
    """Clock shown by devices (F042)."""

    HOURS_12 = "12"
    HOURS_24 = "24"


class DateFormat(StrEnum):
    """Date shown by devices (F043)."""

    YMD = "Y/M/D"
    MDY = "M/D/Y"
    DMY = "D/M/Y"


class QuietAction(StrEnum):
    """What becomes of a visit while an apartment or person is not to be disturbed (G09)."""

    SKIP = "skip"
    """Its monitors and apps stay silent; telephones and guards of the call type ring."""
    GUARD = "guard"
    """Its telephones stay silent too: the visit goes straight to the guard phones."""


class AccountStatus(StrEnum):
    """What an apartment, a person or an account is worth at this moment (F169)."""

    NORMAL = "normal"
    INACTIVATED = "inactivated"
    """Not activated yet."""
    BLOCKED = "blocked"
    EXPIRED = "expired"
