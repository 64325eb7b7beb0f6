"""`doorline account import`."""

from pathlib import Path

from tests.support.command_line import CommandLine


def sheet(doorline: CommandLine, text: str) -> Path:
    path = doorline.folder / "accounts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_row_becomes_an_account(doorline: CommandLine) -> None:
    path = sheet(
        doorline,
        "user,password,display,kind,apartment\n"
        "1000,secret1,Door,door,\n1001,secret2,Ann,app,12\n1002,secret3,,,12\n",
    )
    done = doorline("account", "import", str(path), "--site", "Court", "--kind", "indoor")
    plan = doorline("plan", "--site", "Court", "--apartment", "12", "--all-reachable")

    assert (done.status, done.out, done.err) == (0, "3 accounts imported\n", 'made site "Court"\n')
    assert [line for line in plan.lines if line.startswith("  in")] == [
        '  in   app 1001 "Ann"',
        '  in   indoor 1002 "1002"',
    ]


def test_accounts_that_ring_with_no_flat_are_counted(doorline: CommandLine) -> None:
    rows = "1,secret1,,\n2,secret2,app,\n3,secret3,guard,\n4,secret4,,7\n"
    path = sheet(doorline, f"user,password,kind,apartment\n{rows}")
    several = doorline("account", "import", str(path), "--site", "Court")
    one = doorline(
        "account", "import", str(sheet(doorline, "user,password\n5,secret5\n")), "--site", "Court"
    )

    what = "of kind indoor or app without an apartment: no flat's calls ring there"
    assert (several.out, several.err) == (
        "4 accounts imported\n",
        f'made site "Court"\n2 accounts {what}\n',
    )
    assert (one.out, one.err) == ("1 account imported\n", f"1 account {what}\n")


def test_all_problems_of_a_row_are_told(doorline: CommandLine) -> None:
    path = sheet(doorline, "user,password,kind,apartment\na b,x,fax,0\n")
    done = doorline("account", "import", str(path), "--site", "Court")

    assert [line.split(": ")[2] for line in done.err.splitlines()[:-1]] == [
        "user",
        "password",
        "kind",
        "apartment",
    ]


def test_bad_rows_are_told_and_nothing_is_imported(doorline: CommandLine) -> None:
    path = sheet(doorline, "user,password\n1000,secret1\n1000,secret2\n1001,x\n" + "1002,y\n" * 20)
    done = doorline("account", "import", str(path), "--site", "Court")
    plan = doorline("plan", "--site", "Court", "--apartment", "12")
    told = done.err.splitlines()

    assert done.status == 1
    assert told[0] == (f"doorline: {path}:3: user: this server has an account of that name")
    assert told[-2:] == ["doorline: … and 2 more", "doorline: nothing was imported"]
    assert "x" not in told[1].removeprefix(f"doorline: {path}")
    assert plan.err == "doorline: no site Court\n"


def test_a_file_that_cannot_be_used_is_told_in_one_line(doorline: CommandLine) -> None:
    missing = doorline("account", "import", "none.csv", "--site", "Court")
    (doorline.folder / "bytes.csv").write_bytes(b"user,password\n\xff,1\n")
    no_text = doorline("account", "import", str(doorline.folder / "bytes.csv"), "--site", "Court")
    header = doorline("account", "import", str(sheet(doorline, "user,colour\n")), "--site", "Court")

    assert missing.err == "doorline: none.csv: cannot be read: No such file or directory\n"
    assert no_text.err == f"doorline: {doorline.folder}/bytes.csv: is not UTF-8 text\n"
    assert header.err == (
        f"doorline: {doorline.folder}/accounts.csv:1: the column password is missing\n"
    )
