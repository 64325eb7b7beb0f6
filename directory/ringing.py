"""Ringing: what a site, or one apartment of it, says about how long and in which way calls ring.

A site and an apartment have the same settings; what an apartment leaves open is the site's, and
what a site leaves open is the default here. `read_ringing` never fails: what is stored wrongly
counts as left open and is named, so that a door always has a plan (G01, G02).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from directory.kinds import FailureScope, GuardStage, Ringer

RING_LEAST, RING_MOST = 1.0, 300.0
"""Seconds a stage may ring."""
DELAY_MOST = 120.0
"""Seconds a party of a stage may wait."""
ALONE_MOST = 8
"""Guard phones that ring alone, one after the other; more would make a visitor wait for nothing."""
CAP_LEAST, CAP_MOST = 5.0, 1800.0
"""Seconds a call may ring altogether."""
ROUNDS_MOST = 3
EARLY = (0, 180, 183)
"""What a door hears at once: nothing, ringing, session progress (RFC 3261 §21.1)."""
EARLY_USUAL = 180
"""Door phones of every make show a 180 as ringing; some give up after a long bare 100."""
KEYS = tuple("0123456789*#")
"""What somebody at a telephone may be asked to press."""
KEY_USUAL = "1"

_RINGERS = tuple(str(one) for one in Ringer)
_SCOPES = tuple(str(one) for one in FailureScope)
_PLACES = tuple(str(one) for one in GuardStage)


@dataclass(frozen=True, slots=True)
class Ringing:
    """Settings of a site or an apartment; None and missing words leave the decision open."""

    declined: str | None = None
    """What a phone that declines ends: `leg`, `stage` or `visit`."""
    global_failure: str | None = None
    """What any other 6xx ends."""
    longest: float | None = None
    """Seconds after which a call that nobody answered ends."""
    rounds: int | None = None
    """How often the chain is gone through, 1 to 3."""
    early: int | None = None
    """180 or 183 when a door is told at once, 0 when only once a phone rings."""
    guard_stage: str | None = None
    """Where guards ring; of an apartment only, the site's is a field of the site."""
    times: Mapping[str, float] = field(default_factory=dict)
    """Seconds by kind of party."""
    delays: Mapping[str, float] = field(default_factory=dict)
    """Seconds by kind of party inside a stage."""
    confirms: bool | None = None
    """Whether somebody at a telephone must press a key before the call counts as answered (G04)."""
    key: str | None = None
    """That key; of a site only."""
    faults: tuple[str, ...] = ()
    """Names of settings whose stored value means nothing and is passed over."""


OPEN = Ringing()
"""Everything is left open."""


def read_ringing(
    declined: object = None,
    global_failure: object = None,
    longest: object = None,
    rounds: object = None,
    early: object = None,
    guard_stage: object = None,
    times: object = None,
    delays: object = None,
    confirms: object = None,
    key: object = None,
) -> Ringing:
    """Settings as they are stored, whatever that is; never raises."""
    faults: list[str] = []
    ringing = Ringing(
        _word("declined", declined, _SCOPES, faults),
        _word("global_failure", global_failure, _SCOPES, faults),
        _seconds("longest_ring", longest, CAP_LEAST, CAP_MOST, faults),
        _number("rounds", rounds, range(1, ROUNDS_MOST + 1), faults),
        _number("early_status", early, EARLY, faults),
        _word("guard_stage", guard_stage, _PLACES, faults),
        _table("ring_times", times, RING_LEAST, RING_MOST, faults),
        _table("delays", delays, 0.0, DELAY_MOST, faults),
        _flag("landline_confirms", confirms, faults),
        _word("landline_key", key, KEYS, faults),
        tuple(faults),
    )
    # Tens of thousands of apartments say nothing: they share one object.
    return OPEN if ringing == OPEN else ringing


def ring_time(
    kind: str,
    own: Ringing,
    own_stage: float | None,
    site: Ringing,
    site_stage: float,
    site_landline: float,
) -> float:
    """Seconds a stage of that kind rings: the nearest word about it counts.

    The owner's time for the kind, the owner's stage time, the site's time for the kind, the site's
    stage time. Telephones get at least `site_landline`, for the telephone network takes its part,
    unless somebody named a time for landlines.
    """
    named = own.times.get(kind)
    if named is not None:
        return named
    from_site = site.times.get(kind)
    if kind == "landline":
        if from_site is not None:
            return from_site
        return max(site_stage if own_stage is None else own_stage, site_landline)
    if own_stage is not None:
        return own_stage
    return site_stage if from_site is None else from_site


def delay(kind: str, own: Ringing, site: Ringing) -> float:
    """Seconds that kind waits inside a stage."""
    named = own.delays.get(kind)
    return site.delays.get(kind, 0.0) if named is None else named


def check_ringing(
    first: Iterable[str],
    own: Ringing,
    own_stage: float | None,
    site: Ringing,
    site_stage: float,
    site_landline: float,
    chain_time: float | None = None,
) -> tuple[str, str] | None:
    """Field and reason when settings contradict each other, else None.

    `first` are the kinds of the first stage, which must fit under the cap; `chain_time` is the ring
    time that a chain gives that stage.
    """
    cap = site.longest if own.longest is None else own.longest
    settings = (own, own_stage, site, site_stage, site_landline)
    longest = max([ring_time(kind, *settings) for kind in first], default=0.0)
    if chain_time is not None:
        longest = chain_time
    if cap is not None and cap < longest:
        return (
            "longest_ring",
            f"{cap:g} s is shorter than the first stage, which rings {longest:g} s",
        )
    for kind in _RINGERS:
        waits, rings = delay(kind, own, site), ring_time(kind, *settings)
        if waits >= rings:
            return "delays", f"{kind} would wait {waits:g} s in a stage of {rings:g} s"
    return None


def _word(name: str, value: object, words: tuple[str, ...], faults: list[str]) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and value in words:
        return str(value)
    faults.append(name)
    return None


def _number(name: str, value: object, known: Iterable[int], faults: list[str]) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value in known:
        return value
    faults.append(name)
    return None


def _flag(name: str, value: object, faults: list[str]) -> bool | None:
    # A database without a type for truth keeps 0 and 1.
    if value is None or value in (0, 1):
        return None if value is None else bool(value)
    faults.append(name)
    return None


def _seconds(
    name: str, value: object, least: float, most: float, faults: list[str]
) -> float | None:
    if value is None:
        return None
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and isfinite(value)
        and least <= value <= most
    ):
        return float(value)
    faults.append(name)
    return None


def _table(
    name: str, value: object, least: float, most: float, faults: list[str]
) -> dict[str, float]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        faults.append(name)
        return {}
    table: dict[str, float] = {}
    entries: dict[Any, Any] = value
    for kind, entry in entries.items():
        if kind not in _RINGERS:
            faults.append(name)
            continue
        seconds = _seconds(f"{name}.{kind}", entry, least, most, faults)
        if seconds is not None:
            table[str(kind)] = seconds
    return table
