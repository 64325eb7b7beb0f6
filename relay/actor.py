"""From the user part of a call's party to the actor of a decision, by memory lookups."""

from directory.account_status import has_expired
from directory.queries.dial import DialAccount, DialDirectory, DialOwner, DialSite
from relay.decision import Actor

EXPIRED = "account_expired"
"""The account, or the apartment or person it belongs to, has expired."""


def actor_of(directory: DialDirectory, site: DialSite, user: str, at: float) -> Actor:
    """Who sends digits to a door of `site`: an account, a landline of the site, or unknown.

    `at` is the moment of it, seconds since the epoch: what has expired may open nothing (F169).
    """
    account = directory.account(user)
    if account is not None:
        return Actor(
            kind=account.kind,
            user=user,
            display=account.display or user,
            site_id=account.site_id,
            apartment_id=account.apartment_id,
            person_id=account.person_id,
            barred=_barred(site, account, at),
        )
    owner = landline_owner(site, user, at)
    if owner is None:
        return Actor(kind="unknown", user=user, display=user)
    return Actor(
        kind="landline",
        user=user,
        display=owner.display,
        site_id=owner.site_id,
        apartment_id=owner.apartment_id,
        person_id=owner.person_id,
        barred=_landline_barred(owner, user, at) if site.landline_enabled else "landline_off",
    )


def landline_owner(site: DialSite, number: str, at: float) -> DialOwner | None:
    """The first owner with that landline, one for whom it counts at that moment before others.

    A look at every owner, for the rare landline digit.
    """
    first: DialOwner | None = None
    for owner in site.owners.values():
        if number in owner.landlines:
            if not _landline_barred(owner, number, at):
                return owner
            first = first or owner
    return first


def _landline_barred(owner: DialOwner, number: str, at: float) -> str:
    return EXPIRED if has_expired(owner.landline_ends.get(number), at) else _owner_barred(owner, at)


def _owner_barred(owner: DialOwner, at: float) -> str:
    if owner.blocked:
        return "blocked"
    return EXPIRED if has_expired(owner.expires_at, at) else ""


def _barred(site: DialSite, account: DialAccount, at: float) -> str:
    owner = site.owner_of(account)
    if account.kind == "app" and owner is not None and not owner.app_enabled:
        return "app_off"
    if not account.enabled:
        return "disabled"
    if has_expired(account.expires_at, at):
        return EXPIRED
    return "" if owner is None else _owner_barred(owner, at)
