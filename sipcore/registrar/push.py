"""Push parameters of a REGISTER, and what phones that name some are promised (RFC 8599).

The registrar promises no more than its policy says: that somebody wakes phones of that service.
Who does, and how, it does not know.
"""

from typing import ClassVar, Final, final
from urllib.parse import unquote

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.value import Value
from sipcore.message.contact import Contact, Wildcard
from sipcore.message.message import Request
from sipcore.message.uri import Uri
from sipcore.registrar.outcome import Rejected

NOT_SUPPORTED: Final = Rejected(555)
"""§8.1: what somebody asks for is not there."""
PNSREG_SECONDS: Final = 121
"""§5.6.1.1: a phone that wakes by itself is told to register so long before its binding ends, which
is before it would be pushed."""
_NAME: Final = b"pn-provider"


@final
class PushParameters(Value):
    """What a contact URI says of its push service (§9)."""

    __slots__: ClassVar = ("param", "prid", "provider")

    def __init__(self, provider: str, param: str = "", prid: str = "") -> None:
        self.provider = provider
        """`fcm`, `apns`, …; empty where the phone asks what there is."""
        self.param = param
        """The project or the topic, escapes decoded."""
        self.prid = prid
        """The token, escapes decoded; empty where the phone only asks."""

    def __repr__(self) -> str:
        return f"PushParameters({self.provider!r})"


@final
class PushService(Value):
    """One service through which phones of this server are woken."""

    __slots__: ClassVar = ("params", "provider")

    def __init__(self, provider: str, params: tuple[str, ...]) -> None:
        self.provider = provider
        """As `pn-provider` names it."""
        self.params = params
        """Values of `pn-param` that belong to this server."""


def push_parameters(uri: Uri) -> PushParameters | None:
    """The parameters of a contact URI; None when it names no service."""
    provider = uri.param("pn-provider")
    if provider is None:
        return None
    param, prid = uri.param("pn-param") or "", uri.param("pn-prid") or ""
    return PushParameters(provider.lower(), unquote(param), unquote(prid))


def wakes(found: PushParameters, services: tuple[PushService, ...]) -> bool:
    """Whether one of these services reaches the phone."""
    for service in services:
        if service.provider == found.provider and found.param in service.params:
            return True
    return False


def promise(
    request: Request, services: tuple[PushService, ...], default_expires: int
) -> list[bytes] | Rejected:
    """Feature-Caps lines for the 200 of a REGISTER; none where nothing is promised.

    Rejected with 555 is for a phone that asks for a service (§4.1.5) which is not there. A phone
    that registers with a token of such a service is registered all the same, and not promised
    anything: it can be called as long as it is awake.
    """
    if not services or not _speaks_of_push(request):
        return []
    try:
        contacts = request.contacts
        return (
            []
            if isinstance(contacts, Wildcard)
            else _promise(request, contacts, services, default_expires)
        )
    except BadMessage:
        return []  # whoever decides about the bindings says so


def _promise(
    request: Request,
    contacts: tuple[Contact, ...],
    services: tuple[PushService, ...],
    default_expires: int,
) -> list[bytes] | Rejected:
    """As `promise`; raises BadMessage."""
    lines: list[bytes] = []
    for contact in contacts:
        if _seconds(contact, request, default_expires) == 0:
            continue  # §4.1.2: that ends it, and names no token either
        found = push_parameters(contact.uri)
        if found is None:
            continue
        if found.prid:
            if wakes(found, services):
                lines.append(_line(found.provider, contact))
            continue
        known = [s for s in services if found.provider in ("", s.provider)]
        if not known and request.first(b"feature-caps") is None:
            return NOT_SUPPORTED
        lines += [_line(service.provider, contact) for service in known]
    return list(dict.fromkeys(lines))


def _speaks_of_push(request: Request) -> bool:
    return any(_NAME in value.lower() for value in request.every(b"contact"))


def _seconds(contact: Contact, request: Request, default_expires: int) -> int:
    if contact.expires is not None:
        return contact.expires
    expires = request.expires
    return default_expires if expires is None else expires


def _line(provider: str, contact: Contact) -> bytes:
    """`Feature-Caps` of RFC 6809 with the indicators of §5.4."""
    line = b'Feature-Caps: *;+sip.pns="%b"' % provider.encode()
    if contact.param("+sip.pnsreg") is not None:
        line += b';+sip.pnsreg="%d"' % PNSREG_SECONDS
    return line
