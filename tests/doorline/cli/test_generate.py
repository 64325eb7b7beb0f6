"""`doorline generate`."""

import re
import stat

from tests.support.command_line import CommandLine


def test_an_estate_is_made_and_its_accounts_are_written_for_sipp(doorline: CommandLine) -> None:
    file = doorline.folder / "users.csv"
    done = doorline("generate", "--sites", "2", "--apartments", "3", "--csv", str(file))
    lines = file.read_text().splitlines()

    # Per site: a monitor and an app for each apartment, and one door.
    assert (done.status, done.out) == (0, f"6 apartments, 14 accounts: {file}\n")
    assert lines[0] == "SEQUENTIAL"
    assert len(lines) == 15
    pattern = r"(\d{10});test\.example;\[authentication username=\1 password=[A-Za-z0-9]{20}\]"
    assert [line for line in lines[1:] if not re.fullmatch(pattern, line)] == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_names_go_on_where_they_ended(doorline: CommandLine) -> None:
    file = str(doorline.folder / "users.csv")
    doorline("generate", "--apartments", "1", "--csv", file)
    doorline("generate", "--apartments", "1", "--csv", file)

    assert doorline("plan", "--site", "Generated 2", "--apartment", "101").status == 0


def test_a_file_that_cannot_be_written_is_told_in_one_line(doorline: CommandLine) -> None:
    done = doorline("generate", "--apartments", "1", "--csv", f"{doorline.folder}/none/users.csv")

    assert (done.status, done.err) == (
        1,
        f"doorline: {doorline.folder}/none/users.csv: cannot be written: "
        "No such file or directory\n",
    )
