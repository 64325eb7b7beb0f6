"""The `doorline` command: its list of commands, and what every failure looks like.

Exit status 0: done. 1: the thing asked for failed; one line on stderr says why. 2: usage.
"""

import sqlite3
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError
from typer.core import TyperGroup

from directory.errors import DirectoryError
from doorline.cli.account_add import account_add
from doorline.cli.account_import import account_import
from doorline.cli.check import check
from doorline.cli.failure import CommandFailedError
from doorline.cli.generate import generate
from doorline.cli.import_sheet import import_command
from doorline.cli.migrate import migrate
from doorline.cli.plan import plan
from doorline.cli.selftest import selftest
from doorline.cli.serve import serve
from doorline.cli.sniff import sniff
from doorline.cli.trace import trace
from doorline.cli.user_add import user_add
from doorline.failures import StartError
from doorline.settings import SettingsError
from provisioning.catalogue import ManifestError
from provisioning.render import RenderError


class _Commands(TyperGroup):
    """The whole program: what a wrong option is told passes through here."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; a mistake in its options is told without the class of its error."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    name="doorline",
    cls=_Commands,
    help="SIP and intercom signalling server with provisioning.",
    no_args_is_help=True,
    add_completion=False,
    # Tracebacks with local variables would print secrets.
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
user = typer.Typer(help="Operators of this server.", no_args_is_help=True)
account = typer.Typer(help="SIP accounts.", no_args_is_help=True)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"doorline {version('doorline')}")
        raise typer.Exit


@app.callback()
def options(
    tell_version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Options of the program as a whole."""


app.command("serve")(serve)
app.command("check")(check)
app.command("migrate")(migrate)
app.command("generate")(generate)
app.command("import")(import_command)
app.command("plan")(plan)
app.command("trace")(trace)
app.command("sniff")(sniff)
app.command("selftest")(selftest)
user.command("add")(user_add)
account.command("add")(account_add)
account.command("import")(account_import)
app.add_typer(user, name="user")
app.add_typer(account, name="account")

EXPECTED = (
    CommandFailedError,
    DirectoryError,
    ManifestError,
    RenderError,
    SettingsError,
    StartError,
)
"""Errors whose text is written for the person at the terminal."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit status."""
    try:
        app(args=list(arguments), prog_name="doorline")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except EXPECTED as error:
        return _failed(str(error) or type(error).__name__)
    except (SQLAlchemyError, sqlite3.Error) as error:
        # Opening it went well, so it is locked, full, or was taken away meanwhile.
        return _failed(f"the database refuses: {getattr(error, 'orig', None) or error}")
    return 0


def _failed(message: str) -> int:
    """Say why, one line for each reason, and return the exit status for it."""
    for line in message.splitlines():
        print(f"doorline: {line}", file=sys.stderr)
    return 1


def main() -> None:
    """Entry point of the `doorline` program."""
    sys.exit(run(sys.argv[1:]))
