"""Values that follow from others, and what never prints."""

from pathlib import Path

from directory.secrets import Secret
from doorline.settings import DatabaseSettings, ServerSettings, Settings, TrunkSettings


def test_the_database_lies_in_the_data_folder_unless_told_otherwise() -> None:
    here = Settings(server=ServerSettings(data_dir=Path("/srv/doorline")))
    there = Settings(
        database=DatabaseSettings(
            url="sqlite+aiosqlite:////data/a.db?timeout=5", key_file=Path("/etc/doorline.key")
        )
    )

    assert here.database_url == "sqlite+aiosqlite:////srv/doorline/doorline.db"
    assert here.database_path == Path("/srv/doorline/doorline.db")
    assert here.key_file == Path("/srv/doorline/doorline.key")
    assert there.database_path == Path("/data/a.db")
    assert there.key_file == Path("/etc/doorline.key")


def test_a_password_does_not_print() -> None:
    trunk = TrunkSettings(host="h", password=Secret("s3cret"))

    assert "s3cret" not in f"{trunk} {trunk!r}"
