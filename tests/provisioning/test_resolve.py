from dataclasses import replace

import pytest

from directory.queries.provisioning import DeviceSettings
from provisioning.catalogue import Model, load_catalogue
from provisioning.claim import Claim, claim
from provisioning.resolve import FileKind, Known, Unresolved, resolve
from tests.provisioning.builder import TOKEN, door, fanvil_door

CATALOGUE = load_catalogue()


def heard(path: str) -> Claim:
    made = claim(path, "", "192.0.2.7", CATALOGUE.mac_files, CATALOGUE.agents)
    assert isinstance(made, Claim)
    return made


def model(settings: DeviceSettings) -> Model:
    found = CATALOGUE.model(settings.vendor, settings.model)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("0c1105000001.cfg", FileKind.DEVICE),
        (f"{TOKEN}/0C1105000001.conf", FileKind.DEVICE),
        (f"{TOKEN}/r000000000029.cfg", FileKind.COMMON),
        (f"{TOKEN}/contacts.xml", FileKind.CONTACTS),
    ],
)
def test_a_file_of_the_device_is_known(path: str, kind: FileKind) -> None:
    assert resolve(heard(path), door(), CATALOGUE) == Known(door(), model(door()), kind)


def test_a_vendor_has_its_own_common_file() -> None:
    assert resolve(heard(f"{TOKEN}/f0v16sv00000.cfg"), fanvil_door(), CATALOGUE) == Known(
        fanvil_door(), model(fanvil_door()), FileKind.COMMON
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"{TOKEN}/0c1105000001.cfg", "unknown_token"),
        ("0c1105000001.cfg", "unknown_mac"),
        ("r000000000029.cfg", "unknown_file"),
    ],
)
def test_without_a_device_there_is_no_file(path: str, reason: str) -> None:
    assert resolve(heard(path), None, CATALOGUE) == Unresolved(reason)


@pytest.mark.parametrize(
    ("path", "settings", "reason"),
    [
        (f"{TOKEN}/0c1105999999.cfg", door(), "foreign_mac"),
        (f"{TOKEN}/r000000000220.cfg", door(), "foreign_model"),
        (f"{TOKEN}/r000000000001.cfg", door(), "unknown_file"),
        (f"{TOKEN}/0c383e000003.conf", fanvil_door(), "unknown_file"),
        (f"{TOKEN}/contacts.xml", fanvil_door(), "unknown_file"),
        (f"{TOKEN}/0c1105000001.cfg", replace(door(), model="R999"), "unknown_model"),
        (f"{TOKEN}/0c1105000001.cfg", replace(door(), mac=""), "foreign_mac"),
    ],
)
def test_a_device_never_gets_what_is_not_its_own(
    path: str, settings: DeviceSettings, reason: str
) -> None:
    assert resolve(heard(path), settings, CATALOGUE) == Unresolved(reason, settings)
