"""The lock that keeps a second server away from a database."""

from pathlib import Path

import pytest

from doorline.failures import StartError
from doorline.sole_server import sole_server


def test_a_second_server_on_one_database_is_refused_with_the_way_out(tmp_path: Path) -> None:
    database = tmp_path / "doorline.db"
    with sole_server(database), pytest.raises(StartError) as caught, sole_server(database):
        pass

    assert str(caught.value) == (
        f"another server uses this database ({database}): stop it, or give this one its own "
        "server.data_dir"
    )


def test_a_database_under_another_name_is_the_same_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    with (
        sole_server(tmp_path / "real" / "doorline.db"),
        pytest.raises(StartError, match="another server"),
        sole_server(tmp_path / "linked" / "doorline.db"),
    ):
        pass


def test_the_next_server_starts_when_the_first_has_ended_and_others_do_not_mind(
    tmp_path: Path,
) -> None:
    with sole_server(tmp_path / "a.db"), sole_server(tmp_path / "b.db"):
        pass
    with sole_server(tmp_path / "a.db"):
        pass

    assert (tmp_path / "a.lock").stat().st_mode & 0o777 == 0o600


def test_a_lock_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.lock").mkdir()

    with pytest.raises(StartError) as caught, sole_server(tmp_path / "a.db"):
        pass
    assert str(caught.value) == f"{tmp_path}/a.lock: cannot open the lock: Is a directory"
