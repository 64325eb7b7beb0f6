"""`doorline check`: everything that would stop or disturb the server."""

import asyncio
import os

import typer

from doorline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from doorline.inspection import Finding, inspect
from doorline.settings import SettingsError, load
from doorline.settings.environment import misspelled
from doorline.settings.files import expiring
from doorline.settings.rules import exposed, notices
from doorline.system import SystemClock
from doorline.trunks import look_up_all, servers
from sipcore.transport.locating import Located


def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Look for mistakes in settings, certificates, key file, database and templates.

    Locates the trunks, changes nothing, and prints every problem with the way to mend it.
    """
    told: tuple[str, ...] = ()
    trunks: dict[str, tuple[str, ...]] = {}
    try:
        settings = load(config, with_files=True)
    except SettingsError as error:
        findings = tuple(
            Finding(problem.place, ": ".join(filter(None, (problem.key, problem.message))))
            for problem in error.problems
        )
    else:
        located = asyncio.run(look_up_all(settings.sip, SystemClock()))
        trunks = {name: servers(found) for name, found in located.items()}
        findings = (
            *inspect(settings),
            *(_not_found(name, found) for name, found in located.items() if not found.candidates),
        )
        told = (
            *notices(settings),
            *exposed(settings),
            *misspelled(os.environ),
            *expiring(settings.sip.tls, SystemClock().utc()),
        )
    if as_json:
        problems = [{"place": one.place, "message": one.message} for one in findings]
        print_json({"problems": problems, "notices": list(told), "trunks": trunks})
    else:
        for finding in findings:
            print(finding)
        for name, places in trunks.items():
            if places:
                print(f"trunk {name}: {', '.join(places)}")
        for notice in told:
            print(f"note: {notice}")
        if not findings:
            print("settings, certificates, key file, database and templates are well")
    if findings:
        raise typer.Exit(1)


def _not_found(name: str, found: Located) -> Finding:
    """A provider that calls cannot be sent to, with everything that was looked up."""
    message = "cannot be located; its landline stages are skipped until it can"
    return Finding(f"sip.trunk.{name}", f"{message} ({'; '.join(found.notes)})")
