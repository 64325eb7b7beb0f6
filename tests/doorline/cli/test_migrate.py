"""`doorline migrate`."""

from tests.support.command_line import CommandLine


def test_the_database_is_brought_to_the_present_schema(doorline: CommandLine) -> None:
    first, second = doorline("migrate"), doorline("migrate")
    path = doorline.folder / "var" / "doorline.db"

    assert (first.status, first.out) == (0, f"{path}: at the present schema\n")
    assert second == first


def test_a_database_that_cannot_be_opened_is_told_in_one_line(doorline: CommandLine) -> None:
    (doorline.folder / "var" / "doorline.db").mkdir(parents=True)
    done = doorline("migrate")

    assert (done.status, done.out) == (1, "")
    assert done.err == (
        f"doorline: {doorline.folder}/var/doorline.db: cannot open the database: "
        "unable to open database file\n"
    )
