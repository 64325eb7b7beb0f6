"""Trunks as operators see them."""

from collections.abc import Mapping

from admin_api.rows import LandlineUseRow, TrunkRow
from doorline.settings import TrunkSettings
from doorline.trunks import servers_of
from sipcore.calls.incoming import IncomingCalls
from sipcore.calls.toll import TollGuard
from sipcore.endpoint.registrant import Registrants
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.clock import Clock


class TrunkView:
    """TrunkBook port of the admin API."""

    def __init__(
        self,
        settings: Mapping[str, TrunkSettings],
        known: Mapping[str, Trunk],
        registrants: Registrants,
        incoming: IncomingCalls,
        tolls: TollGuard,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._known = known
        self._registrants = registrants
        self._incoming = incoming
        self._tolls = tolls
        self._clock = clock

    def trunks(self) -> tuple[TrunkRow, ...]:
        """Every provider of the settings, by name."""
        return tuple(self._row(name, self._settings[name]) for name in sorted(self._settings))

    def sites(self) -> tuple[LandlineUseRow, ...]:
        """The sites that telephone, or did today."""
        return tuple(
            LandlineUseRow(site_id, at_once, today)
            for site_id, (at_once, today) in self._tolls.usages().items()
        )

    def _row(self, name: str, settings: TrunkSettings) -> TrunkRow:
        known = self._known.get(name)
        registrant = self._registrants.by_trunk.get(name)
        now = self._clock.monotonic()
        registered: bool | None = None
        until: float | None = None
        status: int | None = None
        if registrant is not None:
            client = registrant.client
            registered, status = client.is_registered(now), client.status or None
            if registered:
                until = self._clock.utc() + client.registered_until - now
        return TrunkRow(
            name=name,
            host=settings.host,
            kind=settings.kind,
            priority=settings.priority,
            sites=settings.sites,
            servers=() if known is None else servers_of(known.servers),
            registered=registered,
            registered_until=until,
            status=status,
            incoming=self._incoming.at_once(name),
            incoming_limit=settings.incoming.at_once if settings.incoming.number else 0,
        )
