"""Refresh: the short way for a phone that sends what it sent before.

Nearly every REGISTER is a phone's last one over again, with another branch, another CSeq number and
other credentials. Those three are cut out (`_cut`); what is left, together with the flow it came
over, gives a fingerprint, which stands in the record of the account's only binding. A message that
fits the fingerprint has, octet by octet, been parsed, checked and accepted before, so only the
three cuttings need a look: the branch and the number here, the credentials in
`DigestAuthenticator.confirms`. Whatever is not entirely ordinary gets None from here and goes the
general way, which decides alone; nothing has been changed then.

`Fingerprints` are of keyed hashes (60 bits), are learned from requests that were accepted, and do
not outlive the process.
"""

from collections.abc import Callable
from typing import Final

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from sipcore.registrar.answer import OK, UNAUTHORIZED, to_tag
from sipcore.registrar.binding import Binding
from sipcore.registrar.decision import grant
from sipcore.registrar.digest import WEB, DigestAuthenticator
from sipcore.registrar.location import Location
from sipcore.registrar.nonce import nonce_scope
from sipcore.registrar.outcome import Accepted
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.record import HEAD, IS_MD5_ONLY, IS_OUTBOUND, LAYOUT
from sipcore.registrar.wish import wanted

START: Final = b"REGISTER "
"""How a message begins that may be given to `KnownPhones.answer`."""

_MASK: Final = (1 << 60) - 1
_RPORT: Final = b";rport"
_CONTACT: Final = b"\r\nContact: "
_COOKIE: Final = b"z9hG4bK"
_PLAIN: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~!*+"
"""Octets of an ordinary branch; fewer than a token may have."""
_CSEQ_LIMIT: Final = 2**32
_MAX_PLACE: Final = 1 << 16


_Cut = tuple[bytes, bytes, bytes, bytes, bytes, bytes]
"""A REGISTER in pieces. Three that do not change from refresh to refresh: from the start line up
to `;branch=`, from the end of the Via line up to CSeq, what follows CSeq, the last two without
credentials. Three that do: the value of branch and what follows it in the Via line, the number of
CSeq, the credentials or b"". A bare tuple: this is the hottest line of the server."""


def _cut(raw: bytes) -> _Cut | None:
    """Cut out what differs between the refreshes of one phone; None for an unusual layout."""
    find = raw.find
    branch = find(b";branch=")
    via_end = find(b"\r\n", branch)
    cseq = find(b"\r\nCSeq: ", via_end)
    cseq_end = find(b" REGISTER\r\n", cseq)
    if branch < 0 or cseq < 0 or not cseq + 8 < cseq_end < cseq + 19:
        return None
    auth = find(b"\r\nAuthorization: Digest ", via_end)
    if auth < 0:
        middle, bottom, credentials = raw[via_end:cseq], raw[cseq_end:], b""
    else:
        auth_end = find(b"\r\n", auth + 2)
        credentials = raw[auth + 17 : auth_end]
        if auth > cseq:
            middle, bottom = raw[via_end:cseq], raw[cseq_end:auth] + raw[auth_end:]
        else:
            middle, bottom = raw[via_end:auth] + raw[auth_end:cseq], raw[cseq_end:]
    tail, number = raw[branch + 8 : via_end], raw[cseq + 8 : cseq_end]
    return raw[:branch], middle, bottom, tail, number, credentials


class KnownPhones:
    """Answers the refreshes of phones whose fingerprints are in the location."""

    def __init__(
        self,
        location: Location,
        authenticator: DigestAuthenticator,
        policy: RegistrarPolicy,
        counters: dict[str, int],
        date_line: Callable[[float], bytes],
    ) -> None:
        self._location = location
        self._authenticator = authenticator
        self._policy = policy
        self._counters = counters
        self._date_line = date_line

    def answer(self, raw: bytes, flow: Flow, now_utc: float) -> tuple[bytes, bool] | None:
        """The complete response to a REGISTER, and whether that proved who sent it.

        None for the general way; never raises.
        """
        cut = _cut(raw)
        if cut is None:
            return None
        top, middle, bottom, branch, number, credentials = cut
        # A slice whose end lies before its begin is an error where this is compiled.
        begin = middle.find(b"sip:", middle.find(b"\r\nTo: ")) + 4
        end = middle.find(b"@", begin)
        if end < 0:
            return None
        name = middle[begin:end]
        user = name.decode("latin-1")
        record = self._location.only(user)
        if record is None:
            return None
        fingerprint, last, due, ends, _, flags = HEAD.unpack_from(record)
        if hash((top, middle, bottom, flow)) & _MASK != fingerprint or ends <= now_utc:
            return None
        seconds, start, to_end, contact, contact_end = LAYOUT.unpack_from(record, HEAD.size)
        via = _via(top, branch, flow)
        if via is None or not number.isdigit():
            return None
        authenticator = self._authenticator
        if not credentials:
            self._counters["challenged"] += 1
            challenges = authenticator.challenge(
                now_utc,
                md5_only=bool(flags & IS_MD5_ONLY),
                is_web=flow.transport in WEB,
                source=nonce_scope(flow),
            )
            status, lines = UNAUTHORIZED, b"\r\n".join(challenges)
        else:
            cseq = int(number)
            if not last < cseq < _CSEQ_LIMIT:
                return None
            end = top.find(b" ", len(START))
            if end < 0:
                return None
            uri = top[len(START) : end]
            left = authenticator.confirms(credentials, user, name, uri, raw, now_utc, flow)
            if left is None:
                return None
            if self._policy.expires_jitter:
                seconds = grant(seconds, self._policy, _call_id(middle), cseq)
            head = (fingerprint, cseq, due, now_utc + seconds, now_utc, flags)
            self._location.refresh(user, record, head)
            self._counters["accepted"] += 1
            status, lines = OK, self._date_line(now_utc)
            if left < seconds:
                lines = b"%b\r\n%b" % (authenticator.next_nonce(now_utc, flow), lines)
            if flags & IS_OUTBOUND:
                lines = b"Require: outbound\r\n" + lines
            lines = b"Contact: %b;expires=%d\r\n%b" % (bottom[contact:contact_end], seconds, lines)
        tag = to_tag(branch.removesuffix(_RPORT), number)
        reply = b"%b%b%b;tag=%b%b\r\nCSeq: %b REGISTER\r\n%b\r\nContent-Length: 0\r\n\r\n" % (
            status, via, middle[start:to_end], tag, middle[to_end:], number, lines,
        )  # fmt: skip
        return reply, credentials != b""

    def learn(self, request: Request, flow: Flow, user: str, outcome: Accepted) -> None:
        """Remember the fingerprint of a REGISTER that was accepted the general way.

        Only where a repetition would do the same again, and where `answer` finds every piece in
        its place.
        """
        after = outcome.changes.after
        if len(after) != 1 or outcome.path or not _made_by(after[0], request):
            return
        cut = _cut(request.raw)
        # Credentials that cannot be read by their spelling would lead back here each time.
        if cut is None or self._authenticator.spellings.read(cut[5]) is None:
            return
        if not _is_orderly(cut, request, after[0], flow):
            return
        top, middle, bottom, *_ = cut
        fingerprint = hash((top, middle, bottom, flow)) & _MASK
        is_md5_only = self._authenticator.is_md5_only(request.first(b"user-agent") or b"")
        flags = IS_OUTBOUND * outcome.is_outbound | IS_MD5_ONLY * is_md5_only
        seconds = min(wanted(after[0].asked, request, self._policy), self._policy.max_expires)
        to_end = middle.find(b"\r\n", middle.find(b"\r\nTo: ") + 2)
        places = (
            len(middle) - sum(map(len, middle.rsplit(b"\r\n", 3)[1:])) - 6,
            to_end if to_end >= 0 else len(middle),
            (contact := bottom.find(_CONTACT) + len(_CONTACT)),
            contact + len(after[0].echo),
        )
        if max(places) < _MAX_PLACE:
            self._location.mark(user, fingerprint, flags, LAYOUT.pack(seconds, *places))


def _made_by(binding: Binding, request: Request) -> bool:
    """Whether the request made or refreshed this binding, and named no other contact."""
    return (
        binding.is_written(request.first(b"contact"))
        and binding.cseq == request.cseq.number
        and binding.call_id == request.call_id
    )


def _is_orderly(cut: _Cut, request: Request, binding: Binding, flow: Flow) -> bool:
    """Whether all that `answer` looks for stands once and where it looks."""
    raw = request.raw
    top, middle, bottom, branch, _, credentials = cut
    user = binding.user.encode()
    to = request.first(b"to") or b""
    names = [line.partition(b":")[0] for line in middle.split(b"\r\n")[-3:]]
    return (
        not request.is_repeated
        and not request.body
        and raw.startswith(START)
        and raw.endswith(b"\r\n\r\n")
        and b"\r\n " not in raw
        and b"\r\n\t" not in raw
        and top.rpartition(b"\r\n")[2].startswith(b"Via: SIP/2.0/")
        and top.count(b"\r\n") == 1
        and b"," not in top
        and b'"' not in top
        and b";keep" not in top  # the answer would differ from one status to the next (RFC 6223)
        and (not credentials) == (request.first(b"authorization") is None)
        and sorted(names) == [b"Call-ID", b"From", b"To"]
        and to.partition(b"sip:")[2].partition(b"@")[0] == user
        and b"tag" not in to
        and bottom.partition(_CONTACT)[2].startswith(binding.echo)
        and _call_id(middle) == binding.call_id
        and _via(top, branch, flow) is not None
    )


def _via(top: bytes, branch: bytes, flow: Flow) -> bytes | None:
    """The Via line of the answer with the source filled in (RFC 3581 §4); None if unusual."""
    start, host = top.find(b"\r\n"), flow.host.encode()
    if top.endswith(_RPORT):
        via = b"%b;received=%b;rport=%d;branch=%b" % (top[start:-6], host, flow.port, branch)
    elif branch.endswith(_RPORT):
        branch = branch[:-6]
        via = b"%b;branch=%b;received=%b;rport=%d" % (top[start:], branch, host, flow.port)
    else:
        return None
    return None if branch.translate(None, _PLAIN) or branch in (b"", _COOKIE) else via


def _call_id(middle: bytes) -> bytes:
    return middle.partition(b"\r\nCall-ID: ")[2].partition(b"\r\n")[0]
