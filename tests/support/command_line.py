"""Commands of the program, run in this process on a database of their own."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from doorline.cli.app import run

CONFIG = """\
[server]
data_dir = "{folder}/var"
[sip]
domain = "test.example"
[sip.listen]
udp = ["127.0.0.1:0"]
tcp = []
[http]
autop = ["127.0.0.1:0"]
admin = ["127.0.0.1:0"]
"""


@dataclass(frozen=True)
class Printed:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Lines of standard output."""
        return self.out.splitlines()


class CommandLine:
    """Runs commands with one settings file."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.config = folder / "doorline.toml"
        self.config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Printed:
        """Run one command; `--config` is added."""
        self._capsys.readouterr()
        status = run([*arguments, "--config", str(self.config)])
        printed = self._capsys.readouterr()
        return Printed(status, printed.out, printed.err)
