"""Requests that repeat another one: ACK for a failure (§17.1.1.3) and CANCEL (§9.1).

Both go to where the INVITE went and carry its Request-URI, its top Via, From, Call-ID, CSeq number
and Route, so that every hop finds the INVITE's transaction. The lines are cut out of the INVITE
as it was sent: no parsing, and never an error.
"""

from typing import Final

from sipcore.message import build
from sipcore.message.grammar import HEADER_NAMES, split_commas
from sipcore.message.message import Response

_REPEATED: Final = frozenset((b"via", b"route", b"from", b"to", b"call-id", b"cseq"))


def ack_for(invite: bytes, response: Response) -> bytes:
    """The ACK for a 300-699 response to `invite`; its To is that of the response (§17.1.1.3)."""
    return _derive(b"ACK", invite, response.first(b"to"), ())


def cancel_for(invite: bytes, *extra: bytes) -> bytes:
    """The CANCEL for `invite`; `extra` are header lines such as Reason (RFC 3326 §2).

    To is that of the INVITE, even when a provisional response brought a tag (§9.1).
    """
    return _derive(b"CANCEL", invite, None, extra)


def _derive(method: bytes, invite: bytes, to: bytes | None, extra: tuple[bytes, ...]) -> bytes:
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
