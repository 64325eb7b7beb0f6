"""From the user part of a call's party to the actor of a decision, by memory lookups."""

from directory.queries.dial import DialAccount, DialDirectory, DialOwner, DialSite
from relay.decision import Actor


def actor_of(directory: DialDirectory, site: DialSite, user: str) -> Actor:
    """Who sends digits to a door of `site`: an account, a landline of the site, or unknown."""
    account = directory.account(user)
    if account is not None:
        return Actor(
            kind=account.kind,
            user=user,
            display=account.display or user,
            site_id=account.site_id,
            apartment_id=account.apartment_id,
            person_id=account.person_id,
            barred=_barred(site, account),
        )
    owner = landline_owner(site, user)
    if owner is None:
        return Actor(kind="unknown", user=user, display=user)
    return Actor(
        kind="landline",
        user=user,
        display=owner.display,
        site_id=owner.site_id,
        apartment_id=owner.apartment_id,
        person_id=owner.person_id,
        barred="" if site.landline_enabled else "landline_off",
    )


def landline_owner(site: DialSite, number: str) -> DialOwner | None:
    """The first owner with that landline; a look at every owner, for the rare landline digit."""
    for owner in site.owners.values():
        if number in owner.landlines:
            return owner
    return None


def _barred(site: DialSite, account: DialAccount) -> str:
    if account.kind == "app":
        owner = site.owner_of(account)
        if owner is not None and not owner.app_enabled:
            return "app_off"
    return "" if account.enabled else "disabled"
