"""When an account may be used: the rule behind registering, ringing and provisioning (F068)."""

from sqlalchemy import ColumnElement, FromClause, and_, false, func, not_, or_, true

from directory.kinds import AccountKind
from directory.model import Account, Apartment, Operator, Person

accounts_with_owner: FromClause = (
    Account.__table__.outerjoin(Person.__table__, Account.person_id == Person.id)
    .outerjoin(Apartment.__table__, Account.apartment_id == Apartment.id)
    .outerjoin(Operator.__table__, Account.operator_id == Operator.id)
)
"""Accounts with the person, the apartment and the operator they belong to, where there is one."""

usable: ColumnElement[bool] = and_(
    Account.enabled,
    or_(
        Account.kind != AccountKind.APP,
        and_(
            func.coalesce(Person.app_enabled, true()),
            func.coalesce(Person.active, true()),
            not_(func.coalesce(Person.blocked, false())),
            func.coalesce(Apartment.app_enabled, true()),
            func.coalesce(Operator.active, true()),
        ),
    ),
)
"""Switched on; an app only while its person is active, not blocked, and the app not switched off,
or while its operator is active.

What expires may still register: no row changes at that moment, and it may be renewed.
"""
