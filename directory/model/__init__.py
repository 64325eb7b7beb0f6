"""Typed SQLAlchemy classes of the directory; importing this package fills `Base.metadata`."""

from directory.model.account import Account, password_context
from directory.model.apartment import Apartment
from directory.model.audit import AuditEntry
from directory.model.autop_command import AutopCommand
from directory.model.base import NEVER_REUSE_IDS, SECRET, Base, Row, SiteBound, table_of
from directory.model.building import Building
from directory.model.chain import Chain
from directory.model.department import Department
from directory.model.device import Device, token_context
from directory.model.mac import Mac
from directory.model.operator import Operator, OperatorSite
from directory.model.person import Person
from directory.model.push_target import PushTarget, push_token_context
from directory.model.quiet_hours import QuietHours
from directory.model.relay import Relay
from directory.model.site import Site
from directory.model.token import Token

__all__ = [
    "NEVER_REUSE_IDS",
    "SECRET",
    "Account",
    "Apartment",
    "AuditEntry",
    "AutopCommand",
    "Base",
    "Building",
    "Chain",
    "Department",
    "Device",
    "Mac",
    "Operator",
    "OperatorSite",
    "Person",
    "PushTarget",
    "QuietHours",
    "Relay",
    "Row",
    "Site",
    "SiteBound",
    "Token",
    "password_context",
    "push_token_context",
    "table_of",
    "token_context",
]
