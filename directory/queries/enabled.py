"""When an account may be used: the rule behind registering, ringing and provisioning (F068)."""

from sqlalchemy import ColumnElement, FromClause, and_, func, or_, true

from directory.kinds import AccountKind
from directory.model import Account, Apartment, Person

accounts_with_owner: FromClause = Account.__table__.outerjoin(
    Person.__table__, Account.person_id == Person.id
).outerjoin(Apartment.__table__, Account.apartment_id == Apartment.id)
"""Accounts with the person and the apartment they belong to, where there is one."""

usable: ColumnElement[bool] = and_(
    Account.enabled,
    or_(
        Account.kind != AccountKind.APP,
        and_(
            func.coalesce(Person.app_enabled, true()),
            func.coalesce(Person.active, true()),
            func.coalesce(Apartment.app_enabled, true()),
        ),
    ),
)
"""Switched on; and an app only while its person is active and nobody has switched the app off."""
