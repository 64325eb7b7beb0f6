"""The shelf: profiles and rendered files, kept for a moment.

Devices ask for several files in a row and, after a power cut, all at the same time; a file that
was made a second ago is served again without asking the directory.
"""

from collections import OrderedDict
from collections.abc import Callable

from directory.queries.provisioning import DeviceSettings
from provisioning.catalogue import Model
from provisioning.direct import Seen, nowhere
from provisioning.profile import Profile, ServerAddress, profile_of
from provisioning.render import RenderedFile, Renderer
from provisioning.resolve import FileKind
from provisioning.zones import clock_rule

KEEP = 2.0
"""Seconds a device's files are served again without asking the directory."""
KEPT = 4096
"""Devices whose files are kept."""


class Prepared:
    """A device with those of its files that have been asked for."""

    __slots__ = ("files", "model", "profile", "settings", "until")

    def __init__(
        self, settings: DeviceSettings, model: Model, profile: Profile, until: float
    ) -> None:
        self.settings = settings
        self.model = model
        self.profile = profile
        self.until = until
        """Monotonic seconds until which it may be served again."""
        self.files: dict[FileKind, RenderedFile | None] = {}


class Shelf:
    """Prepared devices by token, and the common file of each model."""

    def __init__(
        self,
        renderer: Renderer,
        server: ServerAddress,
        monotonic: Callable[[], float],
        keep: float = KEEP,
        kept: int = KEPT,
        seen: Seen = nowhere,
    ) -> None:
        self._renderer = renderer
        self._server = server
        self._monotonic = monotonic
        self._keep = keep
        self._capacity = kept
        self._seen = seen
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._common: dict[tuple[str, str], RenderedFile | None] = {}
        self.dropped = 0
        """Grows whenever something is forgotten: settings read before that may be old already."""

    def __len__(self) -> int:
        return len(self._kept)

    def settings(self, token: str) -> DeviceSettings | None:
        """Settings of the device with that token, when they are fresh enough."""
        kept = self._kept.get(token)
        return kept.settings if kept is not None and self._monotonic() < kept.until else None

    def prepare(self, token: str | None, settings: DeviceSettings, model: Model) -> Prepared:
        """The device with its profile; kept when it came with its token.

        Raises UnknownZone for a site in a time zone that tzdata no longer has.
        """
        kept = None if token is None else self._kept.get(token)
        if kept is not None and kept.settings is settings:
            return kept
        now = self._monotonic()
        profile = profile_of(
            settings, model, self._server, clock_rule(settings.timezone), self._seen
        )
        made = Prepared(settings, model, profile, now + self._keep)
        if token is not None:
            self._kept.pop(token, None)
            self._kept[token] = made
            self._tidy(now)
        return made

    def file(self, prepared: Prepared, kind: FileKind) -> RenderedFile | None:
        """One file of a device; None when its model has none of that kind. Raises RenderError."""
        if kind is FileKind.COMMON:
            return self._common_file(prepared.model)
        if kind not in prepared.files:
            prepared.files[kind] = (
                self._renderer.device_file(prepared.profile, prepared.model, self._server)
                if kind is FileKind.DEVICE
                else self._renderer.contacts_file(prepared.profile, prepared.model)
            )
        return prepared.files[kind]

    def drop(self, token: str) -> None:
        """Forget one device."""
        self.dropped += 1
        self._kept.pop(token, None)

    def drop_site(self, site_id: int | None) -> None:
        """Forget the devices of a site; of all sites for None."""
        self.dropped += 1
        self._kept = OrderedDict(
            (token, one)
            for token, one in self._kept.items()
            if site_id is not None and one.settings.site_id != site_id
        )

    def _common_file(self, model: Model) -> RenderedFile | None:
        key = (model.vendor, model.name)
        if key not in self._common:
            self._common[key] = self._renderer.common_file(model, self._server)
        return self._common[key]

    def _tidy(self, now: float) -> None:
        """Drop what is too old or too much; the oldest stands first."""
        while len(self._kept) > self._capacity or next(iter(self._kept.values())).until < now:
            self._kept.popitem(last=False)
