"""What a REGISTER changes: RFC 3261 §10.3 steps 6 to 8 as a pure function.

The request comes in authenticated and allowed to act for its AOR (steps 1 to 5 are the
registrar's). Everything is staged first; a Rejected leaves no trace. The common case, a refresh
of one contact that is written as before, is recognised by comparing octets (`_refresh`) and costs
a fraction of the general one.
"""

from sys import intern
from typing import Final
from zlib import crc32

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.contact import Wildcard
from sipcore.message.grammar import format_params, text, wire
from sipcore.message.message import Request
from sipcore.registrar.binding import Binding, BindingChanged, Changes
from sipcore.registrar.outcome import Accepted, Decision, Refused, Rejected
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.staging import Staging
from sipcore.registrar.wish import read_wishes

_MAX_AGENT: Final = 128
_MAX_CALL_ID: Final = 256
_CSEQ_LIMIT: Final = 2**32


def decide(
    request: Request,
    user: str,
    existing: tuple[Binding, ...],
    flow: Flow,
    now_utc: float,
    policy: RegistrarPolicy,
) -> Decision:
    """Decide about one authenticated REGISTER; total, never raises.

    `existing` are the bindings of the AOR, expired ones allowed; `flow` is where the request came
    from; times are UTC seconds.
    """
    refreshed = _refresh(request, existing, flow, now_utc, policy)
    if refreshed is not None:
        return refreshed
    try:
        return _decide(request, user, existing, flow, now_utc, policy)
    except Refused as refused:
        return refused.answer
    except BadMessage as error:
        return Rejected(400, error.reason.encode("utf-8", "replace"))


def grant(wanted: int, policy: RegistrarPolicy, call_id: bytes, cseq: int) -> int:
    """Seconds granted for a wish above zero: at most the maximum, a little less by chance.

    The chance is drawn from Call-ID and CSeq, so that it differs between phones and between
    refreshes and needs no random source. It takes nothing below the minimum.
    """
    seconds = wanted if wanted < policy.max_expires else policy.max_expires
    spread = int(seconds * policy.expires_jitter)
    if spread and seconds > policy.min_expires:
        seconds -= crc32(call_id, cseq) % (spread + 1)
        if seconds < policy.min_expires:
            return policy.min_expires
    return seconds


def _refresh(
    request: Request,
    existing: tuple[Binding, ...],
    flow: Flow,
    now_utc: float,
    policy: RegistrarPolicy,
) -> Accepted | None:
    """The fast way for one contact that is written as before; None sends it the general way."""
    raw = request.first(b"contact")
    for index, old in enumerate(existing):  # noqa: B007 - index is used after the loop
        if old.is_written(raw):
            break
    else:
        return None
    call_id = request.first(b"call-id")
    if call_id != old.call_id or call_id is None or old.expires_at <= now_utc:
        return None
    if len(request.every(b"contact")) != 1:
        return None
    is_outbound = False
    if old.path or old.instance or request.first(b"path") is not None:
        same_way = _same_way(request, old, policy)
        if same_way is None:
            return None
        is_outbound = same_way
    digits, _, method = (request.first(b"cseq") or b"").partition(b" ")
    if method != b"REGISTER" or not digits.isdigit() or len(digits) > 10:
        return None
    cseq = int(digits)
    seconds = old.asked
    if seconds < 0:
        expires = request.first(b"expires")
        if expires is None:
            seconds = policy.default_expires
        elif expires.isdigit() and len(expires) < 10:
            seconds = int(expires)
        else:
            return None
    if not old.cseq < cseq < _CSEQ_LIMIT or seconds < policy.min_expires:
        return None
    new = Binding(
        old.user,
        old.contact,
        old.call_id,
        cseq,
        now_utc + grant(seconds, policy, call_id, cseq),
        old.q,
        old.path,
        old.flow if flow == old.flow else flow,
        old.user_agent,  # a Call-ID belongs to one start of one phone
        old.instance,
        old.reg_id,
        old.params,
        now_utc,
        old.raw,
        old.asked,
    )
    after: tuple[Binding, ...] = (new,)
    if len(existing) > 1:
        if any(binding.expires_at <= now_utc for binding in existing):
            return None
        after = (*existing[:index], new, *existing[index + 1 :])
    return Accepted(Changes(after, (BindingChanged(new),)), old.path, is_outbound)


def _same_way(request: Request, old: Binding, policy: RegistrarPolicy) -> bool | None:
    """For phones with outbound, or behind an edge proxy: True when outbound may be promised,
    False when not, None when anything differs from the request that made the binding."""
    if old.path or request.first(b"path") is not None:
        if old.reg_id or tuple(map(text, request.values(b"path"))) != old.path:
            return None
        if not policy.path_without_support and not request.has_option(b"supported", b"path"):
            return None
    if old.instance and b"reg-id" in old.raw.lower():
        if not old.reg_id or len(request.values(b"via")) != 1:
            return None
        return request.has_option(b"supported", b"outbound")
    return False


def _user_agent(request: Request) -> str:
    """User-Agent cut to a readable length; one string for all phones that say the same."""
    agent = request.first(b"user-agent")
    return "" if agent is None else intern(agent[:_MAX_AGENT].decode("utf-8", "replace"))


def _decide(
    request: Request,
    user: str,
    existing: tuple[Binding, ...],
    flow: Flow,
    now_utc: float,
    policy: RegistrarPolicy,
) -> Decision:
    """The general way; raises Refused or BadMessage."""
    call_id, cseq = request.call_id, request.cseq.number
    if len(call_id) > _MAX_CALL_ID:
        return Rejected(400, b"Call-ID Too Long")
    staging = Staging(existing, call_id, cseq, now_utc)
    contacts = request.contacts
    if isinstance(contacts, Wildcard):
        if request.expires != 0:
            return Rejected(400, b"Contact * Without Expires 0")
        staging.remove_all()
        return Accepted(staging.changes())
    if not contacts:
        return Accepted(staging.changes())  # step 6: without Contact it is a query
    wishes = read_wishes(request, contacts, policy)
    # Behind one NAT are many phones, which then share one string.
    flow = flow._replace(host=intern(flow.host))
    for wish in wishes.contacts:
        if wish.seconds == 0:
            staging.remove(wish)
            continue
        contact = wish.contact
        others = tuple(pair for pair in contact.params if pair[0].lower() != "expires")
        new = Binding(
            user,
            str(contact.uri),
            call_id,
            cseq,
            now_utc + grant(wish.seconds, policy, call_id, cseq),
            contact.q,
            wishes.path,
            flow,
            _user_agent(request),
            wish.instance,
            wish.reg_id,
            format_params(others),
            now_utc,
            b"" if wish.raw == b"<%b>" % wire(str(contact.uri)) else wish.raw,
            -1 if contact.expires is None else contact.expires,
        )
        staging.put(wish, new)
    staging.limit(policy.max_contacts, refuse=policy.refuses_surplus)
    # On UDP as well: its port answers the STUN probes of RFC 5626 §4.4.2.
    return Accepted(staging.changes(), wishes.path, wishes.is_outbound)
