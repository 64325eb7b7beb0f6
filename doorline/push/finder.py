"""TargetFinder: to which tokens a push for an account goes.

A token told through the API counts, and so do those that the account's registrations carry for as
long as they last (RFC 8599 §5.5). What the provider called dead does not.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator

from directory.errors import SealError
from directory.kinds import PushProvider
from directory.queries.push_targets import PushTargetTable, StoredPushTarget
from directory.secrets import Secret
from doorline.push.target import PushTarget
from sipcore.kernel.errors import BadMessage
from sipcore.message.uri import Uri
from sipcore.registrar.location import Location
from sipcore.registrar.push import PushService, push_parameters, wakes

MAX_DEAD = 10_000
"""Dead tokens of registrations that are remembered; the oldest is forgotten for a new one."""
_PRID = b"pn-prid"


class TargetFinder:
    """Reads memory only; must not wait."""

    def __init__(
        self,
        table: PushTargetTable,
        location: Location,
        providers: Collection[PushProvider],
        services: tuple[PushService, ...] = (),
    ) -> None:
        """`providers` are those the settings name, `services` what registrations may ask for."""
        self._table = table
        self._location = location
        self._providers = providers
        self._services = services
        self._dead: OrderedDict[Secret, None] = OrderedDict()

    def can_wake(self, user: str) -> bool:
        """Whether there is a token that is not known as dead."""
        return self._stored(user) is not None or any(True for _ in self._registered(user))

    def targets(self, user: str) -> tuple[PushTarget, ...]:
        """Every token, each once."""
        found: dict[tuple[PushProvider, Secret], PushTarget] = {}
        stored = self._stored(user)
        if stored is not None:
            try:
                token = self._table.token(stored)
            except SealError:
                pass  # a damaged value wakes nobody; a new token replaces it
            else:
                found[stored.provider, token] = PushTarget(
                    stored.provider, token, stored.topic, stored.environment, stored
                )
        for target in self._registered(user):
            found.setdefault((target.provider, target.token), target)
        return tuple(found.values())

    def device_at(self, contact: str) -> str:
        """The phone that a registered contact names by its token (RFC 8599); empty for none."""
        if not self._services or _PRID.decode() not in contact.lower():
            return ""
        target = registered_target(contact, self._services)
        return "" if target is None else target.device

    def device_of(self, user: str, record: bytes) -> str:
        """The same for an account's registration as the location keeps it."""
        if not self._services or _PRID not in record.lower():
            return ""
        return self.device_at(self._location.unpack(user, record).contact)

    def users(self, site_ids: Collection[int]) -> tuple[str, ...]:
        """Accounts of these sites whose token was told through the API and is not dead."""
        found = [t.user for t in self._table if t.site_id in site_ids and self._is_good(t)]
        return tuple(found)

    def buried(self, target: PushTarget) -> None:
        """The provider called the token of a registration dead."""
        self._dead[target.token] = None
        while len(self._dead) > MAX_DEAD:
            self._dead.popitem(last=False)

    def _stored(self, user: str) -> StoredPushTarget | None:
        stored = self._table.find(user)
        return stored if stored is not None and self._is_good(stored) else None

    def _is_good(self, stored: StoredPushTarget) -> bool:
        return not stored.dead and stored.provider in self._providers

    def _registered(self, user: str) -> Iterator[PushTarget]:
        """What the account's registrations carry."""
        if not self._services:
            return
        for record in self._location.records(user):
            if _PRID not in record.lower():
                continue  # nearly every phone: its record need not be unpacked
            target = registered_target(self._location.unpack(user, record).contact, self._services)
            if target is not None and target.token not in self._dead:
                yield target


def registered_target(contact: str, services: tuple[PushService, ...]) -> PushTarget | None:
    """The token in a registered contact, if this server wakes phones of its service."""
    try:
        found = push_parameters(Uri.parse(contact))
    except BadMessage:
        return None
    if found is None or not found.prid or not wakes(found, services):
        return None
    # §10: for Apple the team stands before the first full stop of pn-param, the topic behind it.
    topic = found.param.partition(".")[2] if found.provider == PushProvider.APNS else ""
    if found.provider == PushProvider.APNS and not found.prid.isalnum():
        return None  # it becomes part of an address
    return PushTarget(PushProvider(found.provider), Secret(found.prid), topic)
