"""Who may watch whom: the WatchRules port over the dial directory (RFC 6665 §4.2.1.3).

Nobody sees beyond the own site; what is there and what is not look alike. Door phones watch nobody
but themselves: they hang outside, where anybody may open them.

    package   own account   guard phone watches   same household   neighbours and public devices
    reg       all           all                   nothing          nothing
    dialog    all           all                   all              that there is a call, if they
                                                                   may call each other

Neighbours see no more than a call would tell them (RFC 4235 §3.6): not who visits whom.
"""

from directory.queries.dial import DialAccount, DialDirectory, DialSite
from sipcore.calls.rules import may_call_account, may_look_through, same_household
from sipcore.events.package import Sight
from sipcore.events.rules import Denial, Permission

_UNKNOWN = Denial(404)
_FORBIDDEN = Denial(403)


class Watching:
    """Answers from memory; total, never raises."""

    __slots__ = ("_directory",)

    def __init__(self, directory: DialDirectory) -> None:
        self._directory = directory

    def watch(self, watcher: str, target: str, package: str) -> Permission | Denial:
        """Whether the account `watcher` may watch `target` with this event package."""
        site = self._directory.site_of(watcher)
        one = self._directory.account(watcher)
        if site is None or one is None or not one.enabled:
            return _FORBIDDEN
        other = site.accounts.get(target)
        if other is None:
            return _UNKNOWN
        sight = _sight(one, other, site, package)
        return _FORBIDDEN if sight is None else Permission(target, sight)


def _sight(one: DialAccount, other: DialAccount, site: DialSite, package: str) -> Sight | None:
    if one.user == other.user:
        return Sight.FULL
    if one.kind == "door":
        return None
    if one.kind == "guard":
        return Sight.FULL
    if package != "dialog":
        return None
    if same_household(one, other) or (_is_public(one) and _is_public(other)):
        return Sight.FULL
    if other.kind == "door":
        reason = may_look_through(one, other)
    else:
        reason = may_call_account(one, site, other)
    return Sight.STATE_ONLY if reason is None else None


def _is_public(account: DialAccount) -> bool:
    """Whether a device belongs to the site and to no household."""
    return account.apartment_id is None and account.person_id is None
