"""Session descriptions (RFC 4566) made out of others by lines, without reading the rest.

`refused` answers an offer that nobody takes: a stream is refused by port zero (RFC 3264 §6). `held`
answers an offer at once while the other party's description is still to come: every stream is
taken, none is active (§6.1, §8.4). `resumed` makes an offer to somebody new out of the description
of a party that was put on hold before its call is passed on. `narrowed` offers fewer codecs than
the party has, to a provider that fails on those it does not know.
"""

from typing import Final

SDP: Final = b"application/sdp"
_DIRECTIONS: Final = frozenset((b"a=sendonly", b"a=recvonly", b"a=inactive"))
_KEPT: Final = (b"a=rtpmap:", b"a=fmtp:", b"a=mid:")
_OF_ONE: Final = (b"a=rtpmap:", b"a=fmtp:", b"a=rtcp-fb:")
"""Lines about one payload type."""
_DIGITS: Final = "telephone-event"
_STATIC: Final = {
    b"0": "pcmu",
    b"3": "gsm",
    b"4": "g723",
    b"8": "pcma",
    b"9": "g722",
    b"13": "cn",
    b"18": "g729",
}
"""Payload types that need no rtpmap (RFC 3551 §6)."""
_DISCARD: Final = b"9"
"""The discard port: a stream that is accepted, to which nothing can be sent yet."""


def is_sdp(content_type: bytes) -> bool:
    """Whether a Content-Type value, with or without parameters, is that of SDP."""
    return content_type.partition(b";")[0].strip().lower() == SDP


def refused(offer: bytes) -> bytes:
    """An answer that refuses every stream of the offer."""
    return b"\r\n".join(_refused(line) for line in offer.splitlines()) + b"\r\n"


def held(offer: bytes) -> bytes:
    """An answer that accepts every stream of the offer as inactive."""
    lines = [b"v=0", b"o=- 1 1 IN IP4 0.0.0.0", b"s=-", b"c=IN IP4 0.0.0.0", b"t=0 0"]
    media: list[bytes] = []
    for line in offer.splitlines():
        if line.startswith(b"m="):
            lines += _closed(media)
            parts = line.split(b" ")
            port = b"0" if len(parts) > 1 and parts[1] == b"0" else _DISCARD
            media = [b" ".join((parts[0], port, *parts[2:]))]
        elif media and line.startswith(_KEPT):
            media.append(line)
    lines += _closed(media)
    return b"\r\n".join(lines) + b"\r\n"


def resumed(description: bytes, content_type: bytes) -> bytes:
    """The description with every stream active; any other kind of body as it is."""
    if not is_sdp(content_type):
        return description
    kept = [line for line in description.split(b"\r\n") if line.strip() not in _DIRECTIONS]
    return b"\r\n".join(kept)


def narrowed(description: bytes, codecs: frozenset[str]) -> bytes:
    """The description with these codecs alone (lower case) in its audio streams, and digits.

    A stream that would have none left stays as it is: its answer says what is wrong with it.
    """
    lines = description.split(b"\r\n")
    starts = [index for index, line in enumerate(lines) if line.startswith(b"m=")]
    if not starts:
        return description
    made = lines[: starts[0]]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        section = lines[start:end]
        made += _narrowed(section, codecs) if section[0].startswith(b"m=audio ") else section
    return b"\r\n".join(made)


def _narrowed(section: list[bytes], codecs: frozenset[str]) -> list[bytes]:
    parts = section[0].split(b" ")
    names = dict(_STATIC)
    for line in section:
        if line.startswith(b"a=rtpmap:"):
            number, _, name = line[9:].partition(b" ")
            names[number] = name.partition(b"/")[0].strip().lower().decode("latin-1")
    wanted = frozenset([each for each in parts[3:] if names.get(each, "") in codecs])
    if not wanted:
        return section
    kept = [each for each in parts[3:] if each in wanted or names.get(each) == _DIGITS]
    gone = frozenset(parts[3:]) - frozenset(kept)
    made = [b" ".join((*parts[:3], *kept))]
    for line in section[1:]:
        about = line.partition(b":")[2].partition(b" ")[0] if line.startswith(_OF_ONE) else b""
        if about not in gone:
            made.append(line)
    return made


def _refused(line: bytes) -> bytes:
    """A media line with its port set to zero; any other line as it is."""
    if not line.startswith(b"m="):
        return line
    parts = line.split(b" ")
    return b" ".join((parts[0], b"0", *parts[2:]))


def _closed(media: list[bytes]) -> list[bytes]:
    return [*media, b"a=inactive"] if media else []
