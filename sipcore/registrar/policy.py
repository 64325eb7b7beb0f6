"""What the operator decides about registrations."""

from dataclasses import dataclass

from sipcore.registrar.push import PushService


@dataclass(frozen=True, slots=True)
class RegistrarPolicy:
    """Limits and preferences of the registrar; times in seconds."""

    min_expires: int = 60
    """Shorter wishes are answered 423 with Min-Expires (RFC 3261 §10.3 step 7)."""
    default_expires: int = 300
    """Granted when the request names no interval."""
    max_expires: int = 3600
    """Longer wishes are cut to this."""
    max_contacts: int = 10
    """Bindings of one AOR. A request with more is refused; otherwise (but see `refuses_surplus`)
    the bindings that were refreshed longest ago make room, so that a phone behind a changing port
    mapping is not locked out by its own past."""
    refuses_surplus: bool = False
    """Refuse a contact beyond `max_contacts` with 403 instead of letting an old one go. For sites
    that would rather have a new phone not work than an old one fall silent."""
    expires_jitter: float = 0.1
    """Largest part by which a granted interval is shortened, different at each refresh, so that
    phones that came back together after a power cut do not stay together."""
    max_contact_length: int = 2048
    """Octets of one Contact value; push parameters (RFC 8599) need several hundred."""
    max_path_length: int = 2048
    """Octets of all Path values together."""
    path_without_support: bool = False
    """Accept Path although the user agent does not announce `path`. RFC 3327 §5.3 recommends 420;
    behind an edge proxy that adds Path for simple phones this must be True."""
    push_services: tuple[PushService, ...] = ()
    """Services through which sleeping phones are woken; phones that ask are told of them
    (RFC 8599). Empty: push parameters mean nothing here."""
