"""CallLadder: the messages of one call that are still remembered, as text for an operator."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from admin_api.rows import CallDetail
from sipcore.capture.account_filter import call_id_of
from sipcore.capture.captured import Captured
from sipcore.capture.ladder import Rung, ladder
from sipcore.capture.tap import CaptureTap

BATCH: Final = 64
"""Messages looked at before the event loop gets its turn."""
BEFORE: Final = 10.0
"""Seconds before the call's start that belong to it: its INVITE is challenged first."""
AFTER: Final = 64.0
"""Seconds after its end: the last requests are still repeated and answered (RFC 3261 timer B)."""


class CallLadder:
    """LadderSource port of the admin API."""

    def __init__(self, tap: CaptureTap, keep: int) -> None:
        """`keep`: how many messages the tap remembers."""
        self._tap = tap
        self._keep = keep

    async def text(self, detail: CallDetail) -> str:
        """The ladder, or why there is none."""
        call = detail.call
        parties = {call.sip_call_id: _title(call.caller_display, call.caller_user)}
        unknown = 0
        for leg in detail.legs:
            if leg.sip_call_id:
                parties.setdefault(leg.sip_call_id, _title(leg.display, leg.user))
            else:
                unknown += 1
        kept = self._tap.kept()
        rungs = await self._rungs(kept, list(parties), detail)
        lines = [f"{'visit' if call.is_visit else 'call'} {call.id}, {_moment(call.started_at)}"]
        lines += self._missing(kept, rungs, detail)
        if unknown:
            lines.append(f"Of {unknown} legs no Call-ID is on record: they came in by themselves.")
        lines.append("")
        if rungs:
            lines += ladder(list(parties.values()), rungs, call.started_at)
        return "\n".join(lines).rstrip("\n") + "\n"

    async def _rungs(
        self, kept: Sequence[Captured], call_ids: list[str], detail: CallDetail
    ) -> list[Rung]:
        columns = {one.encode("utf-8", "replace"): place for place, one in enumerate(call_ids)}
        since = detail.call.started_at - BEFORE
        until = None if detail.call.ended_at is None else detail.call.ended_at + AFTER
        rungs = []
        for number, message in enumerate(kept):
            if number % BATCH == BATCH - 1:
                await asyncio.sleep(0)
            if message.at < since or (until is not None and message.at > until):
                continue
            column = columns.get(call_id_of(message.data.partition(b"\r\n\r\n")[0]))
            if column is not None:
                rungs.append(Rung(message, self._tap.way(message), column))
        return rungs

    def _missing(
        self, kept: Sequence[Captured], rungs: Sequence[Rung], detail: CallDetail
    ) -> list[str]:
        """What has to be said when messages of the call may be forgotten."""
        remembers = f"the server remembers its last {self._keep} messages (sip.capture.keep)"
        if not kept:
            return [f"No message is kept: {remembers}, and none since its start."]
        oldest = kept[0].at
        if not rungs:
            return [
                f"No message of it is kept any more: {remembers}, now back to {_moment(oldest)}."
            ]
        first = rungs[0]
        begins = first.party == 0 and first.message.data.startswith(b"INVITE ")
        if oldest > detail.call.started_at and not begins:
            return [f"Messages before {_moment(oldest)} are no longer kept: {remembers}."]
        return []


def _title(display: str, user: str) -> str:
    return display or user


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
