"""What outlives the program: the database, its key, and what writes rows behind."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from directory.database import Database
from directory.row_writer import RowWriter
from directory.secrets import Vault
from directory.unit import Directory
from doorline.adapters.binding_seal import BindingSeal
from doorline.adapters.retention import Retention
from doorline.opening import open_vault
from doorline.settings import Settings
from doorline.site_names import named_sites
from provisioning.ledger import AutopFetch, ledger_writer
from relay.door_log import DoorLogEntry, door_log_writer
from sipcore.kernel.clock import Clock
from sipcore.storage.bindings_sql import WriteBehindBindings
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.interrupted import InterruptedCall

log = structlog.get_logger("doorline")


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that reads or writes the database."""

    database: Database
    vault: Vault
    directory: Directory
    bindings: WriteBehindBindings
    journal: SqlCallJournal
    door_log: RowWriter[DoorLogEntry]
    ledger: RowWriter[AutopFetch]
    retention: Retention
    interrupted: tuple[InterruptedCall, ...]
    """Calls that an earlier run could not end."""


async def open_stores(settings: Settings, database: Database, clock: Clock) -> Stores:
    """Open what lies in the database; whoever opened that closes it.

    Raises KeyFileError with one line for the operator.
    """
    vault = await open_vault(settings, database)
    directory = Directory(database, vault, clock=clock.utc, named_sites=named_sites(settings.sip))
    bindings = WriteBehindBindings(
        settings.database_path, on_error=_not_written("bindings"), seal=BindingSeal(vault)
    )
    journal = SqlCallJournal(settings.database_path, on_error=_not_written("calls"))
    return Stores(
        database,
        vault,
        directory,
        bindings,
        journal,
        door_log_writer(database),
        ledger_writer(database),
        Retention(database, clock.utc, settings.server.keep_records_days),
        journal.close_interrupted(clock.utc()),
    )


def _not_written(what: str) -> Callable[[Exception], None]:
    """Tells the log that records wait because the database refuses them."""
    return lambda error: log.error("database.not_written", what=what, error=str(error))
