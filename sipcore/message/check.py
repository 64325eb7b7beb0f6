"""The rules a received message must keep before anything is done with it.

Parsing only cuts a message into headers; here are the checks of RFC 3261 §8.1.1, §8.2.2.1 and
§16.3 in the order of RFC 4475, and what is left to answer when even parsing failed.
"""

import re
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.memo import remember
from sipcore.message.contact import Wildcard, plain_contact
from sipcore.message.grammar import (
    DISPLAY_OCTETS,
    USER_OCTETS,
    header_name,
    is_plain,
    is_token,
)
from sipcore.message.head import MAX_HEADERS, MAX_OCTETS, read_index
from sipcore.message.message import Message, Request, Response
from sipcore.message.via import PLAIN_HOST, plain_via

_SINGLE: Final = (
    (b"to", "To"),
    (b"from", "From"),
    (b"call-id", "Call-ID"),
    (b"cseq", "CSeq"),
    (b"max-forwards", "Max-Forwards"),
)
_SCHEMES: Final = frozenset(("sip", "sips", "tel"))
_COOKIE: Final = b"z9hG4bK"
_UNKNOWN: Final = b"?"
"""Stands for the tag of an address that is not ordinary; no tag of an ordinary one is that."""
_TYPED: Final = frozenset(b"INVITE MESSAGE OPTIONS REGISTER SUBSCRIBE UPDATE".split())
"""Methods whose bodies must have a type."""
# Methods that set or refresh a remote target, which has to be one usable URI (§12.1.1, §12.2.2).
_TARGET_METHODS: Final = frozenset((b"INVITE", b"UPDATE", b"SUBSCRIBE", b"NOTIFY", b"REFER"))

# Most messages are ordinary, and one match tells so without building values. Each pattern
# accepts less than the parser of the value does; what it refuses, the parser decides.
_PLAIN_ADDRESS: Final = re.compile(
    rb'(?:"[%b]*" ?)?<sips?:(?:[%b]+@)?' % (re.escape(DISPLAY_OCTETS), re.escape(USER_OCTETS))
    + PLAIN_HOST
    + rb"(?:;(?:transport|user)=[a-zA-Z]+)?>"
).fullmatch

_plain_addresses: Final[dict[bytes, bool]] = {}
_tags: Final[dict[bytes, bytes]] = {}


def check_request(request: Request) -> None:
    """Raise BadMessage, with the status that answers it, for the first rule that is broken.

    400: a header that must be there is missing, malformed or given twice; CSeq names another
    method; the Request-URI is malformed or carries headers. 416: its scheme is not sip, sips
    or tel. What RFC 2543 peers leave out (Max-Forwards, tags, branch) is not an error.
    """
    _check_common(request)
    if request.cseq.method != request.method:
        raise BadMessage("CSeq method is not that of the request")
    if not request.is_ordinary:
        hops = request.index.get(b"max-forwards")
        if hops is not None and not hops.isdigit():
            raise BadMessage("malformed Max-Forwards")
    if request.branch == _COOKIE:  # RFC 4475 §3.2.1: the cookie alone identifies nothing
        raise BadMessage("branch without an identifier")
    _check_request_uri(request)
    if request.is_repeated and len(request.every(b"content-type")) > 1:
        raise BadMessage("Content-Type given twice")
    if request.body and b"content-type" not in request.index and _lacks_type(request):
        raise BadMessage("Content-Type is missing")
    if request.method in _TARGET_METHODS and not _has_plain_contact(request):
        contacts = request.contacts
        if isinstance(contacts, Wildcard) or len(contacts) > 1:
            raise BadMessage("more than one Contact")


def check_response(response: Response) -> None:
    """Raise BadMessage when a response must be dropped (RFC 3261 §8.1.3.3, §18.1.2).

    A missing or malformed header, a header given twice, or more than one Via: that one was
    meant for somebody else.
    """
    _check_common(response)
    if response.is_ordinary and not response.is_repeated:
        return
    via = response.index.get(b"via", b"")
    if (response.is_repeated and len(response.every(b"via")) > 1) or (
        via.find(b",") >= 0 and len(response.values(b"via")) > 1
    ):
        raise BadMessage("response with more than one Via")


def _check_common(message: Message) -> None:
    if message.is_repeated:
        for name, title in _SINGLE:
            if len(message.every(name)) > 1:
                raise BadMessage(f"{title} given twice")
    if message.is_ordinary:
        return
    index = message.index
    via = plain_via(index.get(b"via", b""))
    from_ = _tag_of_plain(index.get(b"from", b""))
    to = _tag_of_plain(index.get(b"to", b""))
    if via is not None and from_ is not None and to is not None:
        message.keep(via, from_, to)
    else:
        if via is None:
            _ = message.via
        if from_ is None:
            _ = message.from_
        if to is None:
            _ = message.to
    _ = message.call_id, message.cseq


def _tag_of_plain(value: bytes) -> bytes | None:
    """Tag of an ordinary address, b"" for none; None when only parsing it can tell.

    The messages of a call repeat the same few values, each of them up to ten times.
    """
    known = _tags.get(value)
    if known is None:
        address, found, tag = value.partition(b";tag=")
        is_ordinary = _is_plain_address(address) and (not found or is_plain(tag))
        known = remember(_tags, value, tag if is_ordinary else _UNKNOWN)
    return None if known == _UNKNOWN else known


def _is_plain_address(value: bytes) -> bool:
    known = _plain_addresses.get(value)
    if known is None:
        known = remember(_plain_addresses, value, _PLAIN_ADDRESS(value) is not None)
    return known


def _lacks_type(request: Request) -> bool:
    """Whether a body is one that must have a type (RFC 3261 §20.15).

    White space and NUL are padding that clumsy phones put behind the headers. INFO is left out,
    for the relays' rules look at what it carries and write it down; and so are requests whose
    refusal would do more harm than their body.
    """
    return request.method in _TYPED and bool(request.body.strip(b" \t\r\n\0"))


def _has_plain_contact(request: Request) -> bool:
    """Whether there is one Contact without parameters, which nobody needs to parse."""
    value = request.index.get(b"contact")
    return value is not None and not request.is_repeated and plain_contact(value) is not None


def _check_request_uri(request: Request) -> None:
    uri = request.request_uri
    if uri.scheme not in _SCHEMES:
        raise BadMessage("unsupported scheme in Request-URI", 416)
    if uri.headers:  # RFC 4475 §3.1.2.11
        raise BadMessage("headers in Request-URI")


def can_be_answered(data: bytes) -> Request | None:
    """What a broken request leaves to build an error response from, or None.

    Lines that cannot be read are skipped. Via must be there, though not well-formed, or the
    answer would reach nobody; of From, To, Call-ID and CSeq any may be missing when the start
    line is that of SIP (RFC 4475 §3.3.1 wants 400 then). An ACK is never answered (RFC 3261
    §17.1.1.3), neither is a response.
    """
    raw = bytes(data[:MAX_OCTETS]).lstrip(b"\r\n")
    end = raw.find(b"\r\n\r\n")
    start, *rest = (raw if end < 0 else raw[:end]).split(b"\r\n", MAX_HEADERS + 1)
    parts = start.split()
    if len(parts) < 2 or parts[0] == b"ACK" or not is_token(parts[0]):
        return None
    lines = [start]
    skipped = False
    for line in rest[:MAX_HEADERS]:
        if line[:1] in (b" ", b"\t"):
            if not skipped and len(lines) > 1 and _is_one_line(line):
                lines[-1] += b" " + line.strip()
            continue
        skipped = not _is_readable(line)
        if not skipped:
            lines.append(line)
    request = Request(raw, read_index(lines), b"", parts[0], parts[1])
    if not request.first(b"via"):
        return None
    is_whole = all(request.first(name) for name in (b"from", b"to", b"call-id", b"cseq"))
    return request if is_whole or parts[-1][:4].upper() == b"SIP/" else None


def _is_one_line(line: bytes) -> bool:
    """Whether the line can be repeated without starting another one."""
    return b"\r" not in line and b"\n" not in line


def _is_readable(line: bytes) -> bool:
    name, colon, _ = line.partition(b":")
    if not colon or not _is_one_line(line):
        return False
    try:
        header_name(name)
    except BadMessage:
        return False
    return True
