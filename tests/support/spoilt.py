"""Messages with something wrong in them: the same ones for the same chance."""

import random

from tests.support.plain_message import DOMAIN, SDP
from tests.support.plain_sip import PlainPhone

CRUMBS = (
    *(b"\0", b"\r", b"\n", b"\r\n", b"\r\n ", b"\t", b" ", b";", b",", b'"', b"<", b">", b"@"),
    *(b":", b"%", b"%00", b"\\", b"=", b"?", b"*", b"(", b"[", b"[::1]", b";tag=", b"-1"),
    *(b"4294967296", b"9" * 30, b"\xff\xfe", b"\xe2\x80\xae", b"sip:", b"tel:+1", b"A" * 300),
)
METHODS = ("OPTIONS", "INVITE", "REGISTER", "ACK", "CANCEL", "BYE", "INFO", "MESSAGE", "UPDATE")


def spoilt(chance: random.Random, phone: PlainPhone) -> bytes:
    """Random octets, or a request with something wrong in it."""
    if chance.random() < 0.2:
        return chance.randbytes(chance.randrange(1, 1500))
    lines = (f"Contact: {phone.contact}", "Content-Type: application/sdp", "Route: <sip:x;lr>")
    data = phone.request(chance.choice(METHODS), f"sip:1001@{DOMAIN}", lines=lines, body=SDP)
    return bent(chance, data)


def bent(chance: random.Random, data: bytes, *, keep: bytes = b"\xff") -> bytes:
    """A message with one to three of its lines altered, doubled or gone; `keep` begins one that
    stays as it is."""
    lines = data.split(b"\r\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        line = lines[at]
        if line.startswith(keep):
            continue
        place = chance.randint(0, len(line))
        match chance.randrange(5):
            case 0:
                lines[at] = line[:place] + chance.choice(CRUMBS) + line[place:]
            case 1:
                lines[at] = line[:place] + line[place + chance.randint(1, 9) :]
            case 2:
                lines.insert(chance.randrange(len(lines)), line)
            case 3:
                lines[at] = line.partition(b":")[0] + b": " + chance.choice(CRUMBS)
            case _:
                del lines[at]
    return b"\r\n".join(lines)
