"""`doorline check`: everything that would stop or disturb the server."""

import typer

from doorline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from doorline.inspection import Finding, inspect
from doorline.settings import SettingsError, load
from doorline.settings.rules import notices


def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Look for mistakes in settings, key file, database and templates.

    Changes nothing; prints every problem with the way to mend it.
    """
    told: tuple[str, ...] = ()
    try:
        settings = load(config)
    except SettingsError as error:
        findings = tuple(
            Finding(problem.place, ": ".join(filter(None, (problem.key, problem.message))))
            for problem in error.problems
        )
    else:
        findings = inspect(settings)
        told = tuple(notices(settings))
    if as_json:
        problems = [{"place": one.place, "message": one.message} for one in findings]
        print_json({"problems": problems, "notices": list(told)})
    else:
        for finding in findings:
            print(finding)
        for notice in told:
            print(f"note: {notice}")
        if not findings:
            print("settings, key file, database and templates are well")
    if findings:
        raise typer.Exit(1)
