"""The part of a session description that is read: addresses, media, directions (RFC 8866)."""

from dataclasses import dataclass
from typing import Final

from sipcore.kernel.errors import BadMessage
from sipcore.message.grammar import text

_DIRECTIONS: Final = frozenset(("sendrecv", "sendonly", "recvonly", "inactive"))
_UNSPECIFIED: Final = frozenset(("0.0.0.0", "::"))  # noqa: S104  RFC 3264 §8.4, not an address to bind


@dataclass(frozen=True, slots=True)
class Media:
    """One m= line with what applies to it."""

    kind: str
    """`audio`, `video`, `application`, …"""
    port: int
    """0 when the stream is refused or ended (RFC 3264 §6)."""
    protocol: str
    """`RTP/AVP`, `RTP/SAVP`, …"""
    formats: tuple[str, ...]
    """Payload types as text."""
    address: str
    """Connection address of its own c= line or of the session's; "" when there is neither."""
    direction: str
    """`sendrecv`, `sendonly`, `recvonly` or `inactive`."""

    @property
    def is_held(self) -> bool:
        """Whether the sender does not want to hear anything (RFC 3264 §8.4)."""
        return self.direction in ("sendonly", "inactive") or self.address in _UNSPECIFIED


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A body of type application/sdp as far as signalling reads it."""

    address: str
    """Connection address of the session; "" when only the media have one."""
    direction: str
    media: tuple[Media, ...]

    @classmethod
    def parse(cls, body: bytes) -> "SessionDescription":
        """Read a description; lines may end in a bare LF (RFC 8866 §5). Raises BadMessage."""
        sections: list[list[str]] = [[]]
        for line in text(body).split("\n"):
            line = line.rstrip("\r")
            if line.startswith("m="):
                sections.append([line])
            elif line:
                sections[-1].append(line)
        session, *media = sections
        if not session or session[0] != "v=0":
            raise BadMessage("malformed session description")
        address = _address(session, "")
        direction = _direction(session, "sendrecv")
        return cls(address, direction, tuple(_media(lines, address, direction) for lines in media))


def _media(lines: list[str], address: str, direction: str) -> Media:
    parts = lines[0][2:].split()
    port = parts[1].partition("/")[0] if len(parts) >= 4 else ""
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65535:
        raise BadMessage("malformed media line in session description")
    return Media(
        parts[0],
        int(port),
        parts[2],
        tuple(parts[3:]),
        _address(lines, address),
        _direction(lines, direction),
    )


def _address(lines: list[str], inherited: str) -> str:
    for line in lines:
        if line.startswith("c="):
            parts = line[2:].split()
            if len(parts) != 3 or parts[0] != "IN" or parts[1] not in ("IP4", "IP6"):
                raise BadMessage("malformed connection line in session description")
            return parts[2].partition("/")[0]  # without TTL and count of a multicast address
    return inherited


def _direction(lines: list[str], inherited: str) -> str:
    for line in lines:
        if line.startswith("a=") and line[2:] in _DIRECTIONS:
            return line[2:]
    return inherited
