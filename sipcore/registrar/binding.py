"""Binding: one place where an account can be reached, and what may happen to bindings."""

from typing import ClassVar, NamedTuple, final

from sipcore.kernel.flow import Flow
from sipcore.kernel.value import Value


@final
class Binding(Value):
    """A contact of an AOR (RFC 3261 §10) with all that is needed to reach it.

    Never changed after it was made: a refresh makes a new one.
    """

    __slots__: ClassVar = (
        "asked",
        "call_id",
        "contact",
        "cseq",
        "expires_at",
        "flow",
        "instance",
        "params",
        "path",
        "q",
        "raw",
        "reg_id",
        "updated_at",
        "user",
        "user_agent",
    )

    user: str
    """User part of the AOR, which is the account."""
    contact: str
    """Contact URI as registered, with its URI parameters (push parameters among them). Of any
    scheme (RFC 3261 §10.2.1); only SIP URIs can be called."""
    call_id: bytes
    """Call-ID of the REGISTER that made or refreshed it."""
    cseq: int
    """CSeq number of that REGISTER."""
    expires_at: float
    """Seconds since the epoch, UTC."""
    q: float
    """Preference from 0 to 1; 1 when the contact names none (RFC 3261 §20.10)."""
    path: tuple[str, ...]
    """Path values from the one nearest to us to the one nearest to the phone (RFC 3327 §5.3)."""
    flow: Flow
    """Where the REGISTER came from: requests for the phone go there, whatever its contact says
    (RFC 5626 §5.3; phones that do not know rport write private addresses)."""
    user_agent: str
    """User-Agent header, cut to a readable length; empty when there was none."""
    instance: str
    """`+sip.instance` without quotes and angle brackets; empty when absent (RFC 5626 §4.1)."""
    reg_id: int
    """`reg-id` when outbound rules applied to the registration, else 0 (RFC 5626 §4.2)."""
    params: str
    """Contact header parameters as received, except expires; each begins with a semicolon."""
    updated_at: float
    """Time of the last refresh, seconds since the epoch, UTC."""
    raw: bytes
    """The Contact value as received, by which an unchanged refresh is recognised; empty when it
    is the URI in angle brackets and nothing else, because there are so many of them."""
    asked: int
    """Seconds in the contact's own expires parameter; -1 when it has none."""

    def __init__(
        self,
        user: str,
        contact: str,
        call_id: bytes,
        cseq: int,
        expires_at: float,
        q: float,
        path: tuple[str, ...],
        flow: Flow,
        user_agent: str,
        instance: str,
        reg_id: int,
        params: str,
        updated_at: float,
        raw: bytes,
        asked: int,
    ) -> None:
        self.user = user
        self.contact = contact
        self.call_id = call_id
        self.cseq = cseq
        self.expires_at = expires_at
        self.q = q
        self.path = path
        self.flow = flow
        self.user_agent = user_agent
        self.instance = instance
        self.reg_id = reg_id
        self.params = params
        self.updated_at = updated_at
        self.raw = raw
        self.asked = asked

    def is_written(self, value: bytes | None) -> bool:
        """Whether a Contact value is, octet by octet, the one that made this binding."""
        return value == (self.raw or b"<%b>" % self.contact.encode())

    def until(self, end: float) -> "Binding":
        """The same, but over at that moment at the latest, UTC seconds."""
        if self.expires_at <= end:
            return self
        return Binding(
            self.user, self.contact, self.call_id, self.cseq, end, self.q, self.path, self.flow,
            self.user_agent, self.instance, self.reg_id, self.params, self.updated_at, self.raw,
            self.asked,
        )  # fmt: skip

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it one binding and not another: account, contact, and its flow if outbound
        rules applied (two flows of a phone may name the same contact, RFC 5626 §4.2)."""
        flow = f"{self.reg_id} {self.instance}" if self.reg_id else ""
        return (self.user, self.contact, flow)

    @property
    def echo(self) -> bytes:
        """The contact as a 200 lists it, up to the expires parameter (RFC 3261 §10.3 step 8)."""
        if self.raw and self.asked < 0:
            return self.raw
        return f"<{self.contact}>{self.params}".encode()


class BindingChanged(NamedTuple):
    """A binding was made or refreshed."""

    binding: Binding


class BindingRemoved(NamedTuple):
    """A binding is gone.

    `reason` is `unregistered`, `replaced` (the same flow of the same phone has a new contact,
    RFC 5626 §6), `displaced` (made room for a newer one), `expired`, `flow_lost`, or whatever
    the caller of `Location.remove_user` says.
    """

    binding: Binding
    reason: str


BindingFact = BindingChanged | BindingRemoved


class Changes(NamedTuple):
    """Staged outcome of one REGISTER: all of it is committed, or nothing (RFC 3261 §10.3)."""

    after: tuple[Binding, ...]
    """Every binding the AOR will have."""
    facts: tuple[BindingFact, ...] = ()
    """What that changes."""
