"""`doorline check`: everything that would stop or disturb the server."""

import typer

from doorline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from doorline.inspection import Finding, inspect
from doorline.settings import SettingsError, load
from doorline.settings.files import expiring
from doorline.settings.rules import notices
from doorline.system import SystemClock


def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Look for mistakes in settings, certificates, key file, database and templates.

    Changes nothing; prints every problem with the way to mend it.
    """
    told: tuple[str, ...] = ()
    try:
        settings = load(config, with_files=True)
    except SettingsError as error:
        findings = tuple(
            Finding(problem.place, ": ".join(filter(None, (problem.key, problem.message))))
            for problem in error.problems
        )
    else:
        findings = inspect(settings)
        told = (*notices(settings), *expiring(settings.sip.tls, SystemClock().utc()))
    if as_json:
        problems = [{"place": one.place, "message": one.message} for one in findings]
        print_json({"problems": problems, "notices": list(told)})
    else:
        for finding in findings:
            print(finding)
        for notice in told:
            print(f"note: {notice}")
        if not findings:
            print("settings, certificates, key file, database and templates are well")
    if findings:
        raise typer.Exit(1)
