"""The whole present schema: what the newest revision must lead to.

A package that adds a table adds its module here; the migration test then asks for a revision.
"""

from sqlalchemy import MetaData

from directory.model import Base
from provisioning.ledger import AutopLedger
from relay.door_log import DoorLog
from sipcore.storage.tables import metadata as sip_metadata

METADATA: tuple[MetaData, ...] = (Base.metadata, sip_metadata)
"""Tables of the directory, the relays and the autop server; tables of the SIP engine."""

TABLES_OF_OTHERS = (DoorLog, AutopLedger)
"""Classes outside the directory that put their table on its base."""
