"""Bans of SIP sources as operators see, set and lift them."""

from admin_api.rows import BanQuery, BanRow
from admin_api.services import NotAnAddress, TooManyBans, TrustedAddress
from sipcore.defence.bans import Ban
from sipcore.defence.sentinel import IsTrusted, Sentinel
from sipcore.kernel.source import source_name


class SentinelBans:
    """BanBook port of the admin API."""

    def __init__(self, sentinel: Sentinel) -> None:
        self._sentinel = sentinel

    def list_bans(self, query: BanQuery) -> tuple[BanRow, ...]:
        """Bans in force, newest first, at most `query.limit`."""
        rows = sorted(
            (_row(ban) for ban in self._sentinel.bans),
            key=lambda row: (row.since, row.address),
            reverse=True,
        )
        after = query.after
        later = (row for row in rows if after is None or (row.since, row.address) < after)
        return tuple(later)[: query.limit]

    def ban(self, address: str, seconds: float, reason: str) -> BanRow:
        """Ban an address; raises NotAnAddress, TrustedAddress or TooManyBans."""
        try:
            source_name(address)
        except ValueError as error:
            raise NotAnAddress(address) from error
        try:
            return _row(self._sentinel.ban(address, seconds, reason))
        except IsTrusted as error:
            raise TrustedAddress(address) from error
        except ValueError as error:
            raise TooManyBans from error

    def lift(self, address: str) -> BanRow | None:
        """End a ban; None when there is none."""
        try:
            ban = self._sentinel.lift(address)
        except ValueError:
            return None
        return None if ban is None else _row(ban)


def _row(ban: Ban) -> BanRow:
    return BanRow(
        address=ban.source,
        since=ban.since,
        until=ban.until,
        reason=ban.reason,
        failures=round(ban.failures),
        by_hand=ban.by_hand,
    )
