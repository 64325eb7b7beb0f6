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
    # As every INVITE of ours is written: all that is repeated stands before CSeq, in this order.
    via = invite.find(b"\r\n")
    hops = invite.find(b"\r\n", via + 2)
    from_ = invite.find(b"\r\nFrom: ", hops)
    to_ = invite.find(b"\r\n", from_ + 2)
    call_id = invite.find(b"\r\n", to_ + 2)
    cseq = invite.find(b"\r\n", call_id + 2)
    if (
        from_ < hops
        or invite[:7] != b"INVITE "
        or invite[via : via + 7] != b"\r\nVia: "
        or invite[hops : hops + 16] != b"\r\nMax-Forwards: "
        or invite[to_ : to_ + 6] != b"\r\nTo: "
        or invite[call_id : call_id + 11] != b"\r\nCall-ID: "
        or invite[cseq : cseq + 8] != b"\r\nCSeq: "
    ):
        return _derive_from_any(method, invite, to, extra)
    routes = added = b""
    if invite.find(b"\r\nRoute: ", hops, from_) >= 0:  # beside Max-Forwards and Max-Breadth
        for line in invite[hops + 2 : from_].split(b"\r\n"):
            if line[:7] == b"Route: ":
                routes += b"\r\n" + line
    if to is None:
        dialog = invite[from_:cseq]
    else:
        dialog = b"%b\r\nTo: %b%b" % (invite[from_:to_], to, invite[call_id:cseq])
    number = invite[cseq + 8 : invite.find(b" ", cseq + 8)]
    for line in extra:
        added += b"\r\n" + line
    start = invite[6:hops]
    return b"%b%b\r\nMax-Forwards: 70%b%b\r\nCSeq: %b %b%b\r\nContent-Length: 0\r\n\r\n" % (
        method,
        start,
        routes,
        dialog,
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
    return build.request(method, uri, [via, b"Max-Forwards: 70", *lines, *extra])
