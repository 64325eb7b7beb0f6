"""TrunkIdentity: who calls, as a telephone provider wants to read it (F034, RFC 3323, 3325, 5806).

Providers refuse or withhold calls whose number is not theirs to show, and no two read it from the
same header. All of it is written from the settings and the directory; nothing that a phone sent
takes part in it.
"""

from typing import ClassVar, Final, final

from sipcore.b2bua.originating import named
from sipcore.kernel.value import Value

ANONYMOUS: Final = b'"Anonymous" <sip:anonymous@anonymous.invalid>'
"""RFC 3323 §4.1.1.3."""


@final
class TrunkIdentity(Value):
    """The numbers and the name that a trunk's INVITEs carry."""

    __slots__: ClassVar = ("asserted", "display", "diversion", "uri")

    def __init__(
        self, uri: bytes, display: str = "", asserted: bytes = b"", diversion: bytes = b""
    ) -> None:
        self.uri = uri
        """URI in From."""
        self.display = display
        """Name in From; `{caller}` in it stands for the name of whoever calls."""
        self.asserted = asserted
        """Complete header line that names the number to the network alone; empty: none.

        P-Asserted-Identity, or P-Preferred-Identity towards a provider that trusts nobody
        (RFC 3325 §9).
        """
        self.diversion = diversion
        """URI of the number on whose behalf the call goes on (RFC 5806 §3); empty: none."""

    def sender(self, caller: str, *, is_private: bool) -> bytes:
        """From without tag in a call of somebody of that name.

        Whoever hides is nobody where the network learns the number from another header; elsewhere
        the number, which is the house's and not the caller's, stays without a name.
        """
        if is_private:
            return ANONYMOUS if self.asserted else named("", self.uri)
        return named(self.display.replace("{caller}", caller), self.uri)

    def lines(self, *, is_private: bool) -> bytes:
        """Further header lines, each with the line break before it."""
        made = b""
        if self.asserted:
            made += b"\r\n" + self.asserted
        if self.diversion:
            privacy = b";privacy=full" if is_private else b""
            made += b"\r\nDiversion: <%b>;reason=unconditional;counter=1%b" % (
                self.diversion,
                privacy,
            )
        return made
