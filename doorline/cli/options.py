"""Options that many commands share, and how commands print."""

import json
from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path,
    typer.Option("--config", metavar="FILE", help="Settings file.", envvar="DOORLINE_CONFIG"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]

DEFAULT_CONFIG = Path("doorline.toml")


def print_json(document: object) -> None:
    """One JSON document on stdout."""
    print(json.dumps(document, indent=2, ensure_ascii=False))
