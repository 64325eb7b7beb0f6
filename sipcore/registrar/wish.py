"""What a REGISTER asks for: its contacts, intervals, path and outbound rules, checked."""

from dataclasses import dataclass

from sipcore.kernel.errors import BadMessage
from sipcore.message.address import Address
from sipcore.message.contact import Contact
from sipcore.message.grammar import wire
from sipcore.message.message import Request
from sipcore.message.route import parse_route
from sipcore.registrar.outcome import TOO_MANY, Refused, Rejected
from sipcore.registrar.policy import RegistrarPolicy

_HOUR = 3600
_MAX_PATHS = 16
_UUID = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Wish:
    """One contact of a REGISTER."""

    contact: Contact
    raw: bytes
    """The value as received."""
    seconds: int
    """Requested interval; 0 asks for removal."""
    instance: str
    """`+sip.instance` without angle brackets, a UUID in lower case; empty when absent."""
    reg_id: int
    """0 when absent or not to be applied."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything one REGISTER asks for."""

    contacts: tuple[Wish, ...]
    path: tuple[str, ...] = ()
    is_outbound: bool = False
    """The phone supports outbound, named a reg-id, and it is applied (RFC 5626 §6)."""


def wanted(asked: int, request: Request, policy: RegistrarPolicy) -> int:
    """The requested interval of a contact, whose own expires is `asked` or -1 (§10.3 step 7)."""
    if asked >= 0:
        return asked
    expires = request.expires
    return policy.default_expires if expires is None else expires


def read_wishes(request: Request, contacts: tuple[Contact, ...], policy: RegistrarPolicy) -> Wishes:
    """Check the contacts of a REGISTER that has some; raises Refused or BadMessage."""
    if len(contacts) > policy.max_contacts:
        raise Refused(TOO_MANY)
    path = _read_path(request, policy)
    wishes = tuple(_read_contact(contact, request, policy) for contact in contacts)
    if not any(wish.reg_id for wish in wishes):
        return Wishes(wishes, tuple(str(hop) for hop in path))
    supports = request.has_option(b"supported", b"outbound")
    if not _is_outbound_way(request, path):
        if supports:
            raise Refused(Rejected(439, b"First Hop Lacks Outbound Support"))
        wishes = tuple(_without_reg_id(wish) for wish in wishes)
        return Wishes(wishes, tuple(str(hop) for hop in path))
    if sum(wish.seconds > 0 for wish in wishes) > 1:
        # RFC 5626 §6: one flow registers one contact
        raise Refused(Rejected(400, b"Several Contacts With reg-id"))
    return Wishes(wishes, tuple(str(hop) for hop in path), supports)


def _read_contact(contact: Contact, request: Request, policy: RegistrarPolicy) -> Wish:
    raw = wire(str(contact))
    if len(raw) > policy.max_contact_length:
        raise Refused(Rejected(400, b"Contact Too Long"))
    if not _is_utf8(raw):
        raise Refused(Rejected(400, b"Contact Is Not UTF-8"))
    seconds = wanted(-1 if contact.expires is None else contact.expires, request, policy)
    if 0 < seconds < min(policy.min_expires, _HOUR):
        line = b"Min-Expires: %d" % policy.min_expires
        raise Refused(Rejected(423, extra=(line,)))
    instance = (contact.param("+sip.instance") or "").strip("<>")
    if instance[:9].lower() == _UUID:  # equal whatever their case (RFC 5626 §4.1, RFC 8141 §3.1)
        instance = instance.lower()
    reg_id = contact.param("reg-id") if instance else None  # alone it means nothing, §6
    return Wish(contact, raw, seconds, instance, _read_reg_id(reg_id))


def _read_reg_id(written: str | None) -> int:
    """`reg-id = 1*DIGIT`, 1 to 2^31 - 1 (RFC 5626 §11.1)."""
    if written is None:
        return 0
    if not (written.isascii() and written.isdigit()) or len(written) > 10:
        raise BadMessage("malformed reg-id in Contact")
    number = int(written)
    if not 0 < number < 2**31:
        raise BadMessage("reg-id out of range in Contact")
    return number


def _is_utf8(octets: bytes) -> bool:
    """RFC 3261 §7: SIP is UTF-8. What is stored and shown has to be."""
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without_reg_id(wish: Wish) -> Wish:
    return Wish(wish.contact, wish.raw, wish.seconds, wish.instance, 0)


def _read_path(request: Request, policy: RegistrarPolicy) -> tuple[Address, ...]:
    lines = request.every(b"path")
    if not lines:
        return ()
    if not policy.path_without_support and not request.has_option(b"supported", b"path"):
        raise Refused(Rejected(420, extra=(b"Unsupported: path",)))
    if sum(map(len, lines)) > policy.max_path_length:
        raise Refused(Rejected(400, b"Path Too Long"))
    if not all(map(_is_utf8, lines)):
        raise Refused(Rejected(400, b"Path Is Not UTF-8"))
    path = parse_route(lines, "Path")
    if len(path) > _MAX_PATHS:
        raise Refused(Rejected(400, b"Path Too Long"))
    if any(hop.uri.scheme not in ("sip", "sips") for hop in path):
        raise Refused(Rejected(400, b"Path Is Not A SIP URI"))
    return path


def _is_outbound_way(request: Request, path: tuple[Address, ...]) -> bool:
    """Whether outbound rules may be applied: we are the first hop, or the edge proxy takes part.

    RFC 5626 §6 looks at "the first URI" of Path; edge proxies in the field mark the one they
    added, which is the last when another proxy follows.
    """
    if len(request.values(b"via")) == 1:
        return True
    return bool(path) and any(hop.uri.param("ob") is not None for hop in (path[0], path[-1]))
