"""LiveVisitContacts: where phones are that registered for one visit alone (G03)."""

from collections.abc import Callable, Iterator
from typing import final

from sipcore.b2bua.ports import Route
from sipcore.endpoint.locator import LiveLocator
from sipcore.kernel.clock import Clock
from sipcore.registrar.visit_accounts import VisitAccounts


@final
class LiveVisitContacts:
    """Fulfils the B2BUA's VisitContacts port."""

    def __init__(
        self,
        accounts: VisitAccounts,
        locator: LiveLocator,
        clock: Clock,
        may_register: Callable[[str], bool],
    ) -> None:
        """`may_register` is asked of the account that one of a visit stands for."""
        self._may_register = may_register
        self._accounts = accounts
        self._locator = locator
        self._clock = clock

    def routes(self, call_id: str, user: str) -> tuple[Route, ...]:
        """Each contact once, that of the newest account first; none of whom may not register."""
        if not self._may_register(user):
            return ()
        found: dict[bytes, Route] = {}
        now = self._clock.utc()
        for account in reversed(self._accounts.of_call(call_id)):
            if account.user == user:
                for binding in account.live(now):
                    route = self._locator.route_of(binding, account.name)
                    if route is not None:
                        found.setdefault(route.request_uri, route)
        return tuple(found.values())

    def hosts(self, account: str) -> tuple[str, ...]:
        """Where the phone with that account spoke from when it registered."""
        now = self._clock.utc()
        found = self._accounts.find(account, now)
        return () if found is None else tuple([each.flow.host for each in found.live(now)])

    def every_host(self) -> Iterator[str]:
        """Where all phones with such accounts spoke from when they registered."""
        return self._accounts.hosts(self._clock.utc())
