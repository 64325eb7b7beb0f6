"""Requests that repeat another one: ACK for a failure (§17.1.1.3) and CANCEL (§9.1).

Both go to where the INVITE went and carry its Request-URI, its top Via, From, Call-ID, CSeq number
and Route, so that every hop finds the INVITE's transaction. The lines are cut out of the INVITE
as it was sent: no parsing, and never an error.
"""

from collections.abc import Sequence
from typing import Final

from sipcore.message import build
from sipcore.message.grammar import HEADER_NAMES, split_commas
from sipcore.message.message import Response

_HOPS: Final = b"Max-Forwards: 70"
_REPEATED: Final = frozenset((b"via", b"route", b"from", b"to", b"call-id", b"cseq"))


def ack_for(invite: bytes, response: Response) -> bytes:
    """The ACK for a 300-699 response to `invite`; its To is that of the response (§17.1.1.3)."""
    return _derive(b"ACK", invite, response.index.get(b"to"), ())


def cancel_for(invite: bytes, extra: Sequence[bytes] = ()) -> bytes:
    """The CANCEL for `invite`; `extra` are header lines such as Reason (RFC 3326 §2).

    To is that of the INVITE, even when a provisional response brought a tag (§9.1).
    """
    return _derive(b"CANCEL", invite, None, extra)


def _derive(method: bytes, invite: bytes, to: bytes | None, extra: Sequence[bytes]) -> bytes:
    # As `b2bua.requests.send_invite` writes the INVITE of a leg, unless there are Route lines.
    lines = invite.split(b"\r\n", 8)
    if len(lines) < 9:
        return _derive_from_any(method, invite, to, extra)
    start, via, from_, to_line = lines[0], lines[1], lines[4], lines[5]
    call_id, cseq = lines[6], lines[7]
    if (
        start[:7] != b"INVITE "
        or via[:5] != b"Via: "
        or lines[2][:14] != b"Max-Forwards: "
        or lines[3][:13] != b"Max-Breadth: "
        or from_[:6] != b"From: "
        or to_line[:4] != b"To: "
        or call_id[:9] != b"Call-ID: "
        or cseq[:6] != b"CSeq: "
        or cseq[-7:] != b" INVITE"
    ):
        return _derive_from_any(method, invite, to, extra)
    added = b""
    for line in extra:
        added += b"\r\n" + line
    if to is not None:
        to_line = b"To: " + to
    request_line, number = start[6:], cseq[:-6]
    return b"%b%b\r\n%b\r\n%b\r\n%b\r\n%b\r\n%b\r\n%b%b%b\r\nContent-Length: 0\r\n\r\n" % (
        method,
        request_line,
        via,
        _HOPS,
        from_,
        to_line,
        call_id,
        number,
        method,
        added,
    )


def _derive_from_any(
    method: bytes, invite: bytes, to: bytes | None, extra: Sequence[bytes]
) -> bytes:
    start, *head = invite.partition(b"\r\n\r\n")[0].split(b"\r\n")
    uri = start.partition(b" ")[2].partition(b" ")[0]
    via = b""
    lines: list[bytes] = []
    for line in head:
        written, _, value = line.partition(b":")
        name = HEADER_NAMES.get(written)
        if name not in _REPEATED:
            continue
        if name == b"via":
            if not via:  # the top one alone (§17.1.1.3, §9.1)
                via = b"Via: " + b"".join(split_commas(value.strip())[:1])
        elif name == b"to" and to is not None:
            lines.append(b"To: " + to)
        elif name == b"cseq":
            lines.append(b"CSeq: %b %b" % (value.strip().partition(b" ")[0], method))
        else:
            lines.append(line)
    return build.request(method, uri, [via, _HOPS, *lines, *extra])
