"""From a claim and the device it found to one of the files of that device, or a refusal."""

from dataclasses import dataclass
from enum import StrEnum

from directory.queries.provisioning import DeviceSettings
from provisioning.catalogue import Catalogue, Model
from provisioning.claim import Claim, mac_of


class FileKind(StrEnum):
    """What a file is about."""

    DEVICE = "device"
    """Settings of one device; holds secrets."""
    COMMON = "common"
    """Settings all devices of a model share; holds none."""
    CONTACTS = "contacts"
    """The contact list of one device."""


@dataclass(frozen=True, slots=True)
class Known:
    """The request is for this file of this device; whether it may have it is decided later."""

    settings: DeviceSettings
    model: Model
    kind: FileKind


@dataclass(frozen=True, slots=True)
class Unresolved:
    """There is no such file for this device, or no such device."""

    reason: str
    """`unknown_mac`, `unknown_token`, `unknown_model`, `foreign_mac`, `foreign_model` or
    `unknown_file`."""
    settings: DeviceSettings | None = None


def resolve(
    claim: Claim, settings: DeviceSettings | None, catalogue: Catalogue
) -> Known | Unresolved:
    """Match the file asked for against the device that the token or the MAC named.

    A device never gets the file of another: neither by MAC nor by model.
    """
    if settings is None:
        if claim.token is not None:
            return Unresolved("unknown_token")
        return Unresolved("unknown_mac" if claim.mac else "unknown_file")
    model = catalogue.model(settings.vendor, settings.model)
    if model is None:
        return Unresolved("unknown_model", settings)
    if claim.mac is not None:
        if claim.mac != settings.mac:
            return Unresolved("foreign_mac", settings)
        if mac_of(claim.file, catalogue.vendors[model.vendor].mac_files) is None:
            return Unresolved("unknown_file", settings)
        return Known(settings, model, FileKind.DEVICE)
    if claim.file in model.common_files:
        return Known(settings, model, FileKind.COMMON)
    if claim.file == model.contacts_file:
        return Known(settings, model, FileKind.CONTACTS)
    foreign = claim.file in catalogue.common_files
    return Unresolved("foreign_model" if foreign else "unknown_file", settings)
