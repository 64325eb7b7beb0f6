"""`doorline user add`."""

import re

from tests.support.command_line import CommandLine


def test_the_token_is_printed_once_and_nothing_else(doorline: CommandLine) -> None:
    done = doorline("user", "add", "root", "--role", "root")

    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(r"dl_[A-Za-z0-9_-]{43}\n", done.out)


def test_a_name_that_is_taken_is_refused(doorline: CommandLine) -> None:
    doorline("user", "add", "root", "--role", "root")
    again = doorline("user", "add", "root", "--role", "root")

    assert (again.status, again.err) == (
        1,
        "doorline: name: this server has an operator of that name\n",
    )


def test_a_site_that_does_not_exist_is_refused(doorline: CommandLine) -> None:
    done = doorline("user", "add", "bob", "--role", "property_manager", "--site", "Nowhere")

    assert (done.status, done.err) == (1, "doorline: no site Nowhere\n")


def test_an_operator_who_sees_no_site_is_told(doorline: CommandLine) -> None:
    done = doorline("user", "add", "bob", "--role", "installer")

    assert (done.status, done.err) == (0, "bob sees no site: none was named with --site\n")


def test_sites_are_found_by_name_and_by_id(doorline: CommandLine) -> None:
    doorline("account", "add", "1", "--kind", "app", "--site", "Court")
    by_name = doorline("user", "add", "ann", "--role", "installer", "--site", "Court")
    by_id = doorline("user", "add", "bob", "--role", "installer", "--site", "1")

    assert (by_name.status, by_id.status) == (0, 0)
    assert (by_name.err, by_id.err) == ("", "")


def test_a_role_that_does_not_exist_is_a_usage_error(doorline: CommandLine) -> None:
    assert doorline("user", "add", "bob", "--role", "king").status == 2
