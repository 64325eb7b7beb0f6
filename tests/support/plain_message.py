"""SIP messages and credentials from the text of the RFCs, without the server's code."""

import hashlib
import re
import secrets
from dataclasses import dataclass

DOMAIN = "doorline.local"
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\n"
)


@dataclass(frozen=True)
class Received:
    """One message as it came."""

    raw: bytes
    start: str
    headers: tuple[tuple[str, str], ...]
    """Names as written, values without surrounding white space."""
    body: str

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, or the one a response is about."""
        return self.get("CSeq").split()[-1]

    def every(self, name: str) -> list[str]:
        """Values of that header, in order."""
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def get(self, name: str) -> str:
        """The first value of that header; empty when there is none."""
        return next(iter(self.every(name)), "")


def read(raw: bytes) -> Received:
    """Cut a message into its parts."""
    head, _, body = raw.partition(b"\r\n\r\n")
    start, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    headers = tuple(
        (name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)
    )
    return Received(raw, start, headers, body.decode("utf-8", "surrogateescape"))


def tag_of(value: str) -> str:
    """The tag of a From or To value; empty when it has none."""
    found = re.search(r";tag=([^;]+)", value)
    return found.group(1) if found else ""


def uri_of(value: str) -> str:
    """What stands between the angle brackets."""
    found = re.search(r"<([^>]*)>", value)
    return found.group(1) if found else value


def md5(text: str) -> str:
    """Hexadecimal MD5."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def authorization(
    challenge: str, method: str, uri: str, user: str, password: str, *, count: int = 1
) -> str:
    """The Authorization value that answers an MD5 challenge (RFC 2617 §3.2.2).

    `count` is how often its nonce has been used, this time included.
    """
    params = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    cnonce = secrets.token_hex(4)
    ha1 = md5(f"{user}:{params['realm']}:{password}")
    ha2 = md5(f"{method}:{uri}")
    response = md5(f"{ha1}:{params['nonce']}:{count:08x}:{cnonce}:auth:{ha2}")
    return (
        f'Digest username="{user}", realm="{params["realm"]}", nonce="{params["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc={count:08x}, '
        f'cnonce="{cnonce}"'
    )
