"""The registrar's memory as operators see it: who is registered, and from where."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from admin_api.rows import Presence, RegistrationQuery, RegistrationRow
from directory.queries.dial import DialAccount, DialDirectory
from doorline.adapters.contacts import without_token
from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding
from sipcore.registrar.location import Location


class RegistrarView:
    """LiveView port of the admin API."""

    def __init__(self, location: Location, directory: DialDirectory) -> None:
        self._location = location
        self._directory = directory

    def registrations(self, query: RegistrationQuery) -> tuple[RegistrationRow, ...]:
        """Live bindings in the order of (user, contact), at most `query.limit`."""
        users = sorted(self._users(query))
        if query.after is not None:
            # The last page may have ended among the contacts of one user, so begin with it again.
            users = users[max(0, bisect_right(users, query.after[0]) - 1) :]
        rows = (row for user in users for row in self._rows(user, query))
        return tuple(islice(rows, query.limit))

    def presence(self, users: Collection[str]) -> Mapping[str, Presence]:
        """Reachability of each of these users that has a live binding."""
        return {
            user: Presence(
                online=True,
                contacts=len(bindings),
                seen_at=max(binding.updated_at for binding in bindings),
            )
            for user in users
            if (bindings := self._location.bindings(user))
        }

    def _users(self, query: RegistrationQuery) -> Iterator[str]:
        """Registered users that the query's scope and filters admit."""
        wanted = self._location.users() if query.user is None else iter((query.user,))
        for user in wanted:
            account = self._directory.account(user)
            if _admitted(account, query):
                yield user

    def _rows(self, user: str, query: RegistrationQuery) -> Iterator[RegistrationRow]:
        account = self._directory.account(user)
        rows = [_row(binding, account) for binding in self._location.bindings(user)]
        for row in sorted(rows, key=lambda row: row.contact):
            if query.after is None or (user, row.contact) > query.after:
                yield row


def _admitted(account: DialAccount | None, query: RegistrationQuery) -> bool:
    if account is None:
        # An account that was deleted a moment ago belongs to nobody's scope.
        return query.site_ids is None and query.site_id is None and query.kind is None
    return (
        (query.site_ids is None or account.site_id in query.site_ids)
        and query.site_id in (None, account.site_id)
        and query.kind in (None, account.kind)
    )


def _row(binding: Binding, account: DialAccount | None) -> RegistrationRow:
    return RegistrationRow(
        user=binding.user,
        contact=without_token(binding.contact),
        site_id=account.site_id if account else None,
        kind=account.kind if account else "unknown",
        display=account.display if account else "",
        device_id=account.device_id if account else None,
        person_id=account.person_id if account else None,
        apartment_id=account.apartment_id if account else None,
        transport=binding.flow.transport.lower(),
        source=source(binding.flow),
        user_agent=binding.user_agent,
        updated_at=binding.updated_at,
        expires_at=binding.expires_at,
        path=binding.path,
    )


def source(flow: Flow) -> str:
    """`host:port` that packets come from; IPv6 in brackets."""
    return str(flow).partition(":")[2]
