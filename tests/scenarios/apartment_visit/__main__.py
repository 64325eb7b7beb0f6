"""`make demo`: a visitor rings flat 1001; prints what happens and the visit's timeline."""

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from sipcore.agents.device import DeviceError
from tests.scenarios.apartment_visit.story import app_answers, landline_answers
from tests.scenarios.running_server import RunningServer, ServerError


class Voice:
    """Prints each step with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, step: str) -> None:
        print(f"{time.monotonic() - self._started:7.2f} s  {step}", flush=True)


async def play(folder: Path) -> None:
    """Start the server and play the visit, and the landline too where SIPp is installed."""
    say = Voice()
    say("the server starts with the demo community")
    async with RunningServer(folder) as server:
        for line in server.lines:
            if line.startswith(("sip/", "http/")):
                say(f"  {line}")
        visit = await app_answers(server, say)
        print("\nThe visit as the operator sees it (doorline trace last):\n")
        print(await server.trace(visit["id"]))
        sipp = shutil.which("sipp")
        if sipp is None:
            print("SIPp is not installed, so the telephone provider's part is left out.")
            return
        visit = await landline_answers(server, say, sipp)
        print("\nThe second visit:\n")
        print(await server.trace(visit["id"]))


def main() -> int:
    """Status 0 when every step of the story came true."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            asyncio.run(play(Path(folder)))
        except (DeviceError, ServerError, TimeoutError) as error:
            print(f"\nThe demo failed: {error}", file=sys.stderr)
            log = Path(folder) / "server.log"
            if log.exists():
                print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
            return 1
    print("The demo went as planned.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
