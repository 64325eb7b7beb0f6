"""What all responses to a request repeat of it (RFC 3261 §8.2.6.2)."""

from typing import final


@final
class Echo:
    """Header lines for responses, each with its CRLF in front; b"" for what the request lacks."""

    __slots__ = ("call", "is_open", "is_tagged", "more_vias", "parties", "source", "via")

    def __init__(
        self,
        source: tuple[str, int] | None,
        via: bytes,
        more_vias: bytes,
        parties: bytes,
        call: bytes,
        *,
        is_tagged: bool,
        is_open: bool,
    ) -> None:
        self.source = source
        """What the top Via was amended with."""
        self.via = via
        """Top Via, or the line that begins with it."""
        self.more_vias = more_vias
        self.parties = parties
        """From and To."""
        self.call = call
        """Call-ID and CSeq."""
        self.is_tagged = is_tagged
        """Whether To has a tag, or is missing."""
        self.is_open = is_open
        """Whether the top Via may ask for something that depends on the response (RFC 6223)."""
