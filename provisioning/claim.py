"""What a request for a configuration file claims to be, and what each part of the claim rests on.

Nothing here is believed: file name and User-Agent are chosen by the caller and only say which
device to look up. Who may have the file is decided later by the token or by the first-fetch
window. Conflicting statements are an error, never a vote.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_SEPARATORS = str.maketrans("", "", ":-")
_MAC = re.compile(r"[0-9a-f]{12}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")
_FILE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_ZERO_MAC = "0" * 12
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
AGENT_LENGTH = 128
"""Characters kept of a User-Agent."""


@dataclass(frozen=True, slots=True)
class MacFile:
    """How one vendor names the file of a single device: prefix, MAC, suffix; in lower case."""

    vendor: str
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class AgentPattern:
    """How one vendor's devices introduce themselves; groups `model`, `version`, `mac` optional."""

    vendor: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement and where it was read."""

    field: str
    """`mac`, `vendor`, `model` or `version`."""
    value: str
    source: str
    """`path` or `user_agent`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that has the form of a request for a file."""

    file: str
    """File name in lower case."""
    token: str | None = field(repr=False)
    """From the path; None when the file was asked for by name alone."""
    mac: str | None
    """Twelve upper-case hexadecimal digits, when the file name holds them."""
    source: str
    """Address the request came from, without port."""
    agent: str
    """User-Agent, printable ASCII only, cut to `AGENT_LENGTH`."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NoClaim:
    """A request that cannot be for any file."""

    reason: str
    """`malformed_path` or `conflicting_mac`."""
    source: str
    agent: str
    mac: str | None = None


def claim(
    path: str,
    agent: str,
    source: str,
    mac_files: Sequence[MacFile],
    agents: Sequence[AgentPattern],
) -> Claim | NoClaim:
    """Read a request; `path` is what follows `/autop/`, with percent escapes decoded."""
    agent = _UNPRINTABLE.sub("", agent[:AGENT_LENGTH])
    first, slash, second = path.partition("/")
    token, name = (first, second) if slash else (None, first)
    if not _FILE.fullmatch(name) or (token is not None and not _TOKEN.fullmatch(token)):
        return NoClaim("malformed_path", source, agent)
    name = name.lower()
    mac = mac_of(name, mac_files)
    evidence = [] if mac is None else [Evidence("mac", mac, "path")]
    evidence += _introduction(agent, agents)
    macs = {statement.value for statement in evidence if statement.field == "mac"}
    if len(macs) > 1:
        return NoClaim("conflicting_mac", source, agent, mac)
    return Claim(name, token, mac, source, agent, tuple(evidence))


def mac_of(name: str, mac_files: Sequence[MacFile]) -> str | None:
    """The MAC in a lower-case file name, as twelve upper-case digits; None when it holds none.

    Separators are dropped; a MAC of zeros only is no MAC.
    """
    for form in mac_files:
        if not (name.startswith(form.prefix) and name.endswith(form.suffix)):
            continue
        digits = name[len(form.prefix) : len(name) - len(form.suffix)].translate(_SEPARATORS)
        if _MAC.fullmatch(digits) and digits != _ZERO_MAC:
            return digits.upper()
    return None


def _introduction(agent: str, agents: Sequence[AgentPattern]) -> list[Evidence]:
    """What the User-Agent says: a weak hint, any client can send it."""
    for form in agents:
        match = form.pattern.fullmatch(agent)
        if match is None:
            continue
        said = {name: value for name, value in match.groupdict().items() if value}
        if "mac" in said:
            said["mac"] = said["mac"].translate(_SEPARATORS).upper()
        statements = [Evidence("vendor", form.vendor, "user_agent")]
        statements += [Evidence(name, said[name], "user_agent") for name in sorted(said)]
        return statements
    return []
