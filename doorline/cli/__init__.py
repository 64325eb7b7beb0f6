"""The command line: one file per command (docs/commands.md)."""

from doorline.cli.app import main

__all__ = ["main"]
