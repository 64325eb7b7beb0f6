"""`make demo`: a visitor rings flat 1001; prints what happens and the visit's timeline.

`--record FILE` draws what was printed as a terminal picture (docs/demo.svg).
"""

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sipcore.agents.device import DeviceError
from tests.scenarios.apartment_visit.story import app_answers, landline_answers
from tests.scenarios.running_server import RunningServer, ServerError

WIDTH = 104
"""Columns of the picture."""


class Voice:
    """Prints each step with the seconds since the start, and remembers what it printed."""

    def __init__(self) -> None:
        self.printed: list[str] = ["$ make demo"]
        self._started = time.monotonic()

    def __call__(self, step: str) -> None:
        """Tell one step of the story."""
        self.show(f"{time.monotonic() - self._started:7.2f} s  {step}")

    def show(self, text: str) -> None:
        """Print lines as they are."""
        print(text, flush=True)
        self.printed += text.split("\n")


async def play(folder: Path, say: Voice) -> None:
    """Start the server and play the visit, and the landline too where SIPp is installed."""
    say("the server starts with the demo community")
    async with RunningServer(folder) as server:
        for line in server.lines:
            if line.startswith(("sip/", "http/")):
                say(f"  {line}")
        visit = await app_answers(server, say)
        say.show("\nThe visit as the operator sees it (doorline trace last):\n")
        say.show(await server.trace(visit["id"]))
        sipp = shutil.which("sipp")
        if sipp is None:
            say.show("SIPp is not installed, so the telephone provider's part is left out.")
            return
        say.show("Nobody at home in flat 1002:\n")
        visit = await landline_answers(server, say, sipp)
        say.show("\nThe second visit:\n")
        say.show(await server.trace(visit["id"]))


def picture(printed: list[str]) -> str:
    """What was printed, as an SVG that fetches nothing."""
    console = Console(record=True, width=WIDTH, file=StringIO())
    for line in printed:
        console.print(Text(line, no_wrap=True, overflow="crop"))
    drawn = console.export_svg(title="doorline")
    return re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)


def main() -> int:
    """Status 0 when every step of the story came true."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--record", type=Path, help="draw what is printed into this SVG file")
    options = parser.parse_args()
    say = Voice()
    with tempfile.TemporaryDirectory() as folder:
        try:
            asyncio.run(play(Path(folder), say))
        except (DeviceError, ServerError, TimeoutError) as error:
            print(f"\nThe demo failed: {error}", file=sys.stderr)
            log = Path(folder) / "server.log"
            if log.exists():
                print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
            return 1
    say.show("The demo went as planned.")
    if options.record:
        options.record.write_text(picture(say.printed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
