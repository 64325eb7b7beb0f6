"""Invitation: what the INVITEs of all B-legs of a call have in common.

Who calls is what the directory knows of the account that proved itself, never what the caller
says: P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID and Identity of a client are not
believed and do not cross (RFC 3325 §5, RFC 8224 §6).
"""

from collections.abc import Sequence
from typing import ClassVar, Final, final

from sipcore.b2bua import header_policy
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.originating import DEFAULT_MAX_FORWARDS, hops_left, identity, is_anonymous
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.b2bua.trunk_identity import ANONYMOUS
from sipcore.dialog.session_timer import initial_lines
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.value import Value
from sipcore.message import build
from sipcore.message.grammar import text
from sipcore.message.message import Request
from sipcore.message.sdp import resumed

_HIDING: Final = frozenset((b"user", b"header", b"id"))
"""Kinds of privacy that hide who calls (RFC 3323 §4.2, RFC 3325 §9.3)."""
_ALWAYS: Final = frozenset((b"critical", b"header", b"history", b"none"))
"""Kinds that every caller gets: Via, Contact and History-Info do not cross (RFC 7044 §10.1)."""
_NO_KINDS: Final[frozenset[bytes]] = frozenset()


@final
class Invitation(Value):
    """What the INVITEs of all B-legs have in common."""

    __slots__: ClassVar = (
        "_rest",
        "body",
        "breadth",
        "caller",
        "content_type",
        "from_",
        "is_private",
        "is_reliable",
        "lines",
        "max_forwards",
    )

    def __init__(
        self,
        from_: bytes,
        max_forwards: int,
        lines: Sequence[bytes],
        body: bytes,
        content_type: bytes,
        breadth: int = header_policy.MOST_BREADTH,
        is_reliable: bool = False,
        is_private: bool = False,
        caller: str = "",
    ) -> None:
        self.from_ = from_
        """From without its tag."""
        self.max_forwards = max_forwards
        self.lines = lines
        self.body = body
        self.content_type = content_type
        self.breadth = breadth
        """Legs that may ring at the same time, all together (RFC 5393)."""
        self.is_reliable = is_reliable
        """Whether reliable provisional responses are asked for: the caller can acknowledge them."""
        self.is_private = is_private
        """Whether the caller wants to stay unnamed: a trunk is told so (RFC 3325 §7)."""
        self.caller = caller
        """Name of whoever calls, for trunks that show it."""
        self._rest = build.ending(lines, body, content_type)

    @property
    def unreliable(self) -> tuple[bytes, ...]:
        """The lines without the wish for reliable provisional responses.

        A telephone that has to confirm tells its tones to nobody, so nobody could acknowledge them;
        and its answer has to stand in its 2xx, which is kept.
        """
        plain, reliable = header_policy.SUPPORTED, header_policy.SUPPORTED_RELIABLE
        return tuple([plain if line == reliable else line for line in self.lines])

    @property
    def rest(self) -> bytes:
        """What every INVITE ends with: its lines, what tells of its body, and its body."""
        return self._rest


def invitation_of(
    frame: CallFrame, plan: RingPlan, request: Request, *, is_reliable: bool
) -> Invitation:
    """The invitation that follows from the caller's INVITE `request` and its plan.

    Raises BadMessage with status 500 when the caller insists on a privacy that it would not get
    (RFC 3323 §5).
    """
    ports, may_hide, kinds = frame.ports, plan.caller.may_hide, _privacy(request)
    if b"critical" in kinds:
        missing = kinds - _ALWAYS - (_HIDING if may_hide else _NO_KINDS)
        if missing:
            names = text(b", ".join(sorted(missing)))
            raise BadMessage(f"Privacy Failure: {names}", 500)
    is_private = may_hide and (is_anonymous(request) or not kinds.isdisjoint(_HIDING))
    return Invitation(
        from_=ANONYMOUS if is_private else identity(plan.caller, ports.addressing.domain),
        max_forwards=hops_left(request),
        lines=(
            header_policy.allowed_across(request),
            header_policy.SUPPORTED_RELIABLE if is_reliable else header_policy.SUPPORTED,
            *initial_lines(ports.session),
            header_policy.visit(frame.call_id),
            *header_policy.crossing(request),
        ),
        body=request.body,
        content_type=header_policy.raw_content_type(request),
        breadth=header_policy.max_breadth(request),
        is_reliable=is_reliable,
        is_private=is_private,
        caller=plan.caller.display,
    )


def transferred(
    frame: CallFrame, caller: Party, by: Party, description: tuple[bytes, bytes]
) -> Invitation:
    """The invitation of a call that is passed on: `caller` is who will talk, `by` who refers.

    `description` is the session description that the caller is known by.
    """
    ports = frame.ports
    body, content_type = description
    referred = b"Referred-By: <sip:%b@%b>" % (by.user.encode(), ports.addressing.domain)
    return Invitation(
        from_=identity(caller, ports.addressing.domain),
        max_forwards=DEFAULT_MAX_FORWARDS,
        lines=(
            header_policy.ALLOW,
            header_policy.SUPPORTED,
            *initial_lines(ports.session),
            header_policy.visit(frame.call_id),
            referred,
        ),
        body=resumed(body, content_type),
        content_type=content_type,
        caller=caller.display,
    )


def _privacy(request: Request) -> frozenset[bytes]:
    """The kinds of privacy that a request asks for, in lower case."""
    if request.index.get(b"privacy") is None:
        return _NO_KINDS
    return frozenset(
        [
            kind.strip().lower()
            for value in request.every(b"privacy")
            for kind in value.replace(b",", b";").split(b";")
        ]
    )
