"""The vendors and models whose files can be rendered, read from manifests.

Every folder below `provisioning/vendors/` that holds a `manifest.toml` is a vendor; adding one
edits no existing file (docs/adding-a-vendor.md). A manifest says what the models are called, which
files their devices ask for, which templates make these files, and what the models can do.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioning.claim import AgentPattern, MacFile

BUILT_IN = Path(__file__).parent / "vendors"
_MAC_PLACE = "{mac}"
_VENDOR_KEYS = {
    "vendor",
    "mac_files",
    "user_agent",
    "content_type",
    "contacts_file",
    "contacts_type",
    "calls_by_address",
    "key_groups",
    "models",
}
_MODEL_KEYS = {
    "name",
    "aliases",
    "template",
    "common_files",
    "common_template",
    "contacts_template",
    "key_group",
    "relays",
    "long_codes",
    "codes_of_one_length",
    "unlock_keys",
    "call_slots",
    "firmware",
}
_MODEL_REQUIRED = {"name", "template"}


class ManifestError(Exception):
    """A manifest cannot be used; the text says which one and why."""


@dataclass(frozen=True, slots=True)
class Model:
    """What one model of a vendor asks for and can do."""

    vendor: str
    name: str
    """As on the label."""
    template: str
    """Makes the file of a single device."""
    content_type: str
    common_files: frozenset[str]
    """Names of the file that all devices of the model share, in lower case."""
    common_template: str | None
    contacts_file: str | None
    """Name of the contact list in lower case; None when the model shows none."""
    contacts_template: str | None
    contacts_type: str
    keys: Mapping[str, str]
    """How this model spells keys that differ between models."""
    relays: int
    """Relays a device of the model has."""
    long_codes: int
    """For how many relays it takes a code of more than one digit."""
    codes_of_one_length: bool
    """Whether the codes of all its relays must have the same number of digits."""
    unlock_keys: int
    """Unlock keys a monitor shows in a call."""
    call_slots: int
    """Numbers its call button can hold."""
    firmware: Mapping[str, str]
    """Oldest firmware that has an ability, by ability (F103)."""
    calls_by_address: bool = False
    """Whether it calls an address that stands in the place of a number (F067)."""

    @property
    def takes_commands(self) -> bool:
        """Whether its file is made of lines, so that an operator can add some (F241)."""
        return self.template.endswith(".cfg.j2")

    def supports(self, ability: str, version: str) -> bool:
        """Whether a firmware version is new enough; False for an ability the model never has."""
        oldest = self.firmware.get(ability)
        return oldest is not None and _numbers(version) >= _numbers(oldest)


@dataclass(frozen=True, slots=True)
class Vendor:
    """One manifest."""

    name: str
    folder: Path
    mac_files: tuple[MacFile, ...]
    agent: AgentPattern | None
    models: Mapping[str, Model]
    """By name and by alias, in lower case without blanks."""


class Catalogue:
    """All vendors, searchable by vendor and model."""

    def __init__(self, vendors: Iterable[Vendor]) -> None:
        self.vendors = {vendor.name: vendor for vendor in vendors}
        self.mac_files = tuple(form for v in self.vendors.values() for form in v.mac_files)
        self.common_files = frozenset(
            name
            for v in self.vendors.values()
            for m in v.models.values()
            for name in m.common_files
        )
        self.agents = tuple(v.agent for v in self.vendors.values() if v.agent is not None)

    def listing(self) -> tuple[Model, ...]:
        """Every model once, by vendor and name."""
        found = {(m.vendor, m.name): m for v in self.vendors.values() for m in v.models.values()}
        return tuple(found[key] for key in sorted(found))

    def model(self, vendor: str, model: str) -> Model | None:
        """The model with that name or alias, whatever its case; None when there is none.

        Letters after a known name are a variant of it: an `R29CL` is an `R29`.
        """
        known = self.vendors.get(vendor.lower())
        name = _plain(model)
        while known is not None and name:
            if name in known.models:
                return known.models[name]
            if name[-1].isdigit():
                return None
            name = name[:-1]
        return None


def load_catalogue(*roots: Path) -> Catalogue:
    """Read every manifest below the roots (the built-in folder when none is given).

    A vendor in a later root replaces the vendor of the same name in an earlier one. Raises
    ManifestError.
    """
    found: dict[str, Vendor] = {}
    for root in roots or (BUILT_IN,):
        for path in sorted(root.glob("*/manifest.toml")):
            vendor = read_manifest(path)
            found[vendor.name] = vendor
    return Catalogue(found[name] for name in sorted(found))


def read_manifest(path: Path) -> Vendor:
    """One vendor; ManifestError names the file and what is wrong with it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return _vendor(path.parent, content)
    except (OSError, ValueError, TypeError, KeyError, re.error) as error:
        raise ManifestError(f"{path}: {error}") from error


def _vendor(folder: Path, content: dict[str, Any]) -> Vendor:
    _check_keys("the manifest", content, _VENDOR_KEYS, {"vendor", "mac_files", "content_type"})
    name = content["vendor"]
    if name != folder.name:
        raise ValueError(f"vendor is {name!r} but the folder is {folder.name!r}")
    models: dict[str, Model] = {}
    for entry in content.get("models", []):
        model = _model(name, content, entry)
        for alias in (model.name, *entry.get("aliases", ())):
            if models.setdefault(_plain(alias), model) is not model:
                raise ValueError(f"two models are called {alias!r}")
    agent = content.get("user_agent")
    return Vendor(
        name=name,
        folder=folder,
        mac_files=tuple(_mac_file(name, text) for text in content["mac_files"]),
        agent=None if agent is None else AgentPattern(name, re.compile(agent)),
        models=models,
    )


def _model(vendor: str, content: dict[str, Any], entry: dict[str, Any]) -> Model:
    _check_keys(f"model {entry.get('name')!r}", entry, _MODEL_KEYS, _MODEL_REQUIRED)
    if ("common_files" in entry) != ("common_template" in entry):
        raise ValueError(f"model {entry['name']!r}: common_files and common_template go together")
    has_contacts = "contacts_template" in entry
    group = entry.get("key_group")
    return Model(
        vendor=vendor,
        name=entry["name"],
        template=entry["template"],
        content_type=content["content_type"],
        common_files=frozenset(name.lower() for name in entry.get("common_files", ())),
        common_template=entry.get("common_template"),
        contacts_file=content["contacts_file"].lower() if has_contacts else None,
        contacts_template=entry.get("contacts_template"),
        contacts_type=content.get("contacts_type", ""),
        keys={} if group is None else dict(content["key_groups"][group]),
        relays=int(entry.get("relays", 0)),
        long_codes=int(entry.get("long_codes", 0)),
        codes_of_one_length=bool(entry.get("codes_of_one_length", True)),
        unlock_keys=int(entry.get("unlock_keys", 0)),
        call_slots=int(entry.get("call_slots", 1)),
        firmware=dict(entry.get("firmware", {})),
        calls_by_address=bool(content.get("calls_by_address", False)),
    )


def _mac_file(vendor: str, text: str) -> MacFile:
    prefix, place, suffix = text.lower().partition(_MAC_PLACE)
    if not place:
        raise ValueError(f"mac_files: {text!r} has no {_MAC_PLACE}")
    return MacFile(vendor, prefix, suffix)


def _check_keys(place: str, content: dict[str, Any], known: set[str], required: set[str]) -> None:
    """ValueError for a key that is misspelt or missing."""
    unknown = sorted(content.keys() - known)
    missing = sorted(required - content.keys())
    if unknown:
        raise ValueError(f"{place}: unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")
    if missing:
        raise ValueError(f"{place}: {missing[0]!r} is missing")


def _plain(name: str) -> str:
    """Model names compare without case and blanks: `x6u pro` is `X6UPro`."""
    return "".join(name.lower().split())


def _numbers(version: str) -> tuple[int, ...]:
    """`29.30.10.205` → (29, 30, 10, 205); what is no number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))
