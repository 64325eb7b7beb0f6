"""Autop that can read its templates again while it runs."""

from collections import Counter
from collections.abc import Callable

from directory.unit import Changed
from provisioning.autop import Answer, Ask, Autop
from provisioning.profile import ServerAddress


class ReloadableAutop:
    """Passes each request to the present `Autop`; a reload replaces it as a whole."""

    def __init__(self, make: Callable[[ServerAddress], Autop]) -> None:
        """`make` reads catalogue and templates; it raises when they cannot be used."""
        self._make = make
        self._address: ServerAddress | None = None
        self._autop: Autop | None = None
        self._counted: Counter[str] = Counter()

    def start(self, address: ServerAddress) -> None:
        """Begin to serve, now that it is known where devices reach this server."""
        self._address = address
        self._autop = self._make(address)

    def reload(self) -> None:
        """Read the templates again; when they cannot be used the present ones stay."""
        if self._address is not None and self._autop is not None:
            fresh = self._make(self._address)
            self._counted += self._autop.counters
            self._autop = fresh

    @property
    def present(self) -> Autop:
        """The present one; RuntimeError before the start."""
        if self._autop is None:
            raise RuntimeError("autop is asked before the server has started")
        return self._autop

    @property
    def public_url(self) -> str:
        """Address of the autop listener as devices see it; empty before the start."""
        return "" if self._address is None else self._address.public_url

    @property
    def host(self) -> str:
        """Where devices reach the SIP server; empty before the start."""
        return "" if self._address is None else self._address.host

    @property
    def counters(self) -> Counter[str]:
        """Requests by decision, since the start of the server."""
        return self._counted if self._autop is None else self._counted + self._autop.counters

    async def fetch(self, ask: Ask) -> Answer:
        """Answer one request."""
        return await self.present.fetch(ask)

    def changed(self, fact: Changed) -> None:
        """Forget files that a change in the directory has made old."""
        if self._autop is not None:
            self._autop.changed(fact.site_id)
