"""Looks for everything that would stop or disturb the server, and changes nothing.

Each finding names the place and the way to mend it. What does not exist yet because the server has
never been started is no finding.
"""

import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from directory.errors import KeyFileError
from directory.queries.credentials import CredentialTable
from directory.secrets import Vault
from doorline.failures import lost_key
from doorline.schema import known_revisions, newer_than_known
from doorline.settings import Settings
from doorline.site_names import REPEATED, missing, named_sites
from doorline.trunks import toll_limits
from provisioning.catalogue import ManifestError, load_catalogue
from provisioning.render import Renderer, RenderError
from sipcore.calls.toll import KIND_NOT_ALLOWED

_ACCOUNTS: Final = "SELECT user, enabled, site_id, password FROM accounts"
_EMERGENCIES: Final = "SELECT name, emergency_landline FROM sites WHERE emergency_landline <> ''"
_SITES: Final = "SELECT name FROM sites"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend."""

    place: str
    message: str
    """What is wrong and what to do."""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def inspect(settings: Settings) -> tuple[Finding, ...]:
    """Every finding, in the order in which the server would stumble over them."""
    return (
        *_folders(settings),
        *_key_file(settings),
        *_database(settings),
        *_templates(),
    )


def _folders(settings: Settings) -> Iterator[Finding]:
    for folder in dict.fromkeys((settings.server.data_dir, settings.database_path.parent)):
        if folder.exists() and not folder.is_dir():
            yield Finding(str(folder), "is a file; a folder is needed there")


def _key_file(settings: Settings) -> Iterator[Finding]:
    path = settings.key_file
    if path.exists():
        try:
            Vault.open_file(path)
        except KeyFileError as error:
            # The text begins with the file, and with a line of it where that is known.
            line, _, message = str(error).removeprefix(str(path)).partition(": ")
            yield Finding(f"{path}{line}", message)
        return
    if settings.database_path.exists() and _rows(settings.database_path, _ACCOUNTS):
        yield Finding(str(path), lost_key(settings.database_path))


def _database(settings: Settings) -> Iterator[Finding]:
    path = settings.database_path
    if not path.exists():
        return
    place = str(path)
    try:
        with closing(_read_only(path)) as connection:
            stored = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        yield Finding(place, f"cannot be read as the server's database: {error}")
        return
    except sqlite3.DatabaseError as error:
        yield Finding(place, f"is damaged or no database: {error}; restore it from a copy")
        return
    if stat.S_IMODE(path.stat().st_mode) & stat.S_IWUSR == 0:
        yield Finding(place, f"cannot be written; run: chmod u+w {path}")
    revision = None if stored is None else str(stored[0])
    newer = newer_than_known(revision)
    if newer:
        yield Finding(place, newer)
    elif revision != known_revisions()[-1]:
        yield Finding(place, "schema is not the present one; run: doorline migrate")
    yield from _sealed(settings)
    yield from _misnamed(settings)
    yield from _emergencies(settings)


def _sealed(settings: Settings) -> Iterator[Finding]:
    """Whether the key file opens what the database holds."""
    accounts = _rows(settings.database_path, _ACCOUNTS)
    if not accounts or not settings.key_file.exists():
        return
    try:
        table = CredentialTable(Vault.open_file(settings.key_file), settings.sip.domain)
    except KeyFileError:
        return  # told already
    for user, enabled, site_id, password in accounts:
        table.put(user, bool(enabled), site_id, password)
    try:
        table.check_keys()
    except KeyFileError as error:
        yield Finding(str(settings.key_file), str(error))


def _misnamed(settings: Settings) -> Iterator[Finding]:
    """Names in the settings that several sites have, or none."""
    count = Counter(name for (name,) in _rows(settings.database_path, _SITES))
    for name in sorted(named_sites(settings.sip)):
        if count[name] > 1:
            yield Finding(f'site "{name}"', REPEATED)
    for place, _, message in missing(settings.sip, frozenset(count)):
        yield Finding(place, message)


def _emergencies(settings: Settings) -> Iterator[Finding]:
    """Numbers for emergencies that would not be called when somebody is in need."""
    limits = toll_limits(settings.sip.landlines, lambda name: False)
    for name, number in _rows(settings.database_path, _EMERGENCIES):
        forbidden = limits(name).forbids(number)
        if forbidden is not None:
            what = "kinds" if forbidden == KIND_NOT_ALLOWED else "countries"
            message = (
                f"its emergency_landline {number} is not called: {what} of [sip.landlines] do not "
                f"allow it; widen them or choose another number"
            )
            yield Finding(f'site "{name}"', message)


def _templates() -> Iterator[Finding]:
    try:
        Renderer(load_catalogue())
    except (ManifestError, RenderError) as error:
        yield Finding("templates", str(error))


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What can be read of the database; nothing when it cannot be."""
    try:
        with closing(_read_only(path)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.DatabaseError:
        return []


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
