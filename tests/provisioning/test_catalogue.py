import re
from pathlib import Path

import pytest

from directory.capabilities import relay_limit
from directory.kinds import DeviceType
from provisioning.catalogue import (
    BUILT_IN,
    Catalogue,
    ManifestError,
    Model,
    load_catalogue,
    read_manifest,
)
from provisioning.claim import AgentPattern, MacFile

SMALL = """
vendor = "acme"
mac_files = ["cfg{mac}.XML"]
user_agent = 'Acme (?P<model>\\w+)'
content_type = "text/xml"
contacts_file = "Book.xml"
contacts_type = "application/xml"

[key_groups.new]
hold_delay = "Delay{letter}"

[[models]]
name = "D 1"
aliases = ["D1 Pro"]
template = "door.xml.j2"
common_files = ["ACME-D1.cfg"]
common_template = "common.xml.j2"
contacts_template = "book.xml.j2"
key_group = "new"
relays = 2
long_codes = 1
codes_of_one_length = false
unlock_keys = 3
call_slots = 4
firmware = { directory_selection = "1.10.2" }
"""
MODEL = Model(
    vendor="acme",
    name="D 1",
    template="door.xml.j2",
    content_type="text/xml",
    common_files=frozenset({"acme-d1.cfg"}),
    common_template="common.xml.j2",
    contacts_file="book.xml",
    contacts_template="book.xml.j2",
    contacts_type="application/xml",
    keys={"hold_delay": "Delay{letter}"},
    relays=2,
    long_codes=1,
    codes_of_one_length=False,
    unlock_keys=3,
    call_slots=4,
    firmware={"directory_selection": "1.10.2"},
)


def write(folder: Path, text: str, vendor: str = "acme") -> Path:
    path = folder / vendor / "manifest.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_manifest_says_everything_about_a_model(tmp_path: Path) -> None:
    vendor = read_manifest(write(tmp_path, SMALL))

    assert vendor.mac_files == (MacFile("acme", "cfg", ".xml"),)
    assert vendor.agent == AgentPattern("acme", re.compile(r"Acme (?P<model>\w+)"))
    assert vendor.models == {"d1": MODEL, "d1pro": MODEL}


def test_a_model_that_says_little_can_do_little(tmp_path: Path) -> None:
    text = """
vendor = "acme"
mac_files = ["{mac}.cfg"]
content_type = "text/plain"
models = [{ name = "M", template = "m.cfg.j2" }]
"""

    model = read_manifest(write(tmp_path, text)).models["m"]

    assert model == Model(
        vendor="acme",
        name="M",
        template="m.cfg.j2",
        content_type="text/plain",
        common_files=frozenset(),
        common_template=None,
        contacts_file=None,
        contacts_template=None,
        contacts_type="",
        keys={},
        relays=0,
        long_codes=0,
        codes_of_one_length=True,
        unlock_keys=0,
        call_slots=1,
        firmware={},
    )


def test_vendors_are_found_by_their_manifest(tmp_path: Path) -> None:
    write(tmp_path, SMALL)
    (tmp_path / "notes").mkdir()

    assert sorted(load_catalogue(tmp_path).vendors) == ["acme"]
    assert sorted(load_catalogue().vendors) == ["akuvox", "fanvil"]


def test_a_later_root_replaces_a_vendor(tmp_path: Path) -> None:
    write(tmp_path, SMALL.replace("acme", "fanvil"), "fanvil")

    catalogue = load_catalogue(BUILT_IN, tmp_path)

    assert sorted(catalogue.vendors) == ["akuvox", "fanvil"]
    assert catalogue.model("fanvil", "i16SV") is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("R29", "R29"),
        ("r29", "R29"),
        (" R 29 CL", "R29"),
        ("R20K", "R20"),
        ("R20A-2", "R20"),
        ("X915 V2", "X915"),
        ("C313W", "C315"),
    ],
)
def test_a_model_is_found_by_name_alias_and_variant(given: str, name: str) -> None:
    model = load_catalogue().model("Akuvox", given)

    assert model is not None
    assert model.name == name


@pytest.mark.parametrize("name", ["R291", "R2", "", "C", "R29-7", "i16SV"])
def test_another_name_is_no_model(name: str) -> None:
    assert load_catalogue().model("akuvox", name) is None


def test_an_unknown_vendor_has_no_models() -> None:
    assert load_catalogue().model("acme", "R29") is None
    assert Catalogue(()).model("akuvox", "R29") is None


@pytest.mark.parametrize(
    ("version", "supported"),
    [("1.10.2", True), ("1.10.10", True), ("2", True), ("1.10.1", False), ("1.9.9", False),
     ("", False), ("x.y", False)],
)  # fmt: skip
def test_an_ability_needs_its_firmware(version: str, supported: bool) -> None:
    assert MODEL.supports("directory_selection", version) is supported


def test_an_ability_a_model_never_has_is_not_supported() -> None:
    assert MODEL.supports("teleport", "99") is False


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("vendor = ", "Invalid value"),
        ("vendor = 'acme'", "'content_type' is missing"),
        (SMALL.replace('vendor = "acme"', 'vendor = "other"'), "the folder is 'acme'"),
        (SMALL.replace("relays = 2", "relais = 2"), "unknown key 'relais'"),
        (SMALL.replace('template = "door', 'x = "door'), "unknown key 'x'"),
        (SMALL.replace('common_template = "common.xml.j2"', ""), "go together"),
        (SMALL.replace("{mac}", "mac"), "has no {mac}"),
        (SMALL.replace('group = "new"', 'group = "old"'), "'old'"),
        (SMALL.replace("relays = 2", 'relays = "two"'), "two"),
        (SMALL.replace("(?P<model>", "(?P<"), "missing"),
        (SMALL + '[[models]]\nname = "d1"\ntemplate = "t.cfg.j2"', "two models are called"),
    ],
)
def test_a_wrong_manifest_is_named_with_its_fault(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = write(tmp_path, text)

    with pytest.raises(ManifestError, match=re.escape(complaint)) as raised:
        load_catalogue(tmp_path)

    assert str(raised.value).startswith(f"{path}: ")


def test_every_built_in_vendor_says_its_limits() -> None:
    folders = [vendor.folder for vendor in load_catalogue().vendors.values()]

    assert [folder.name for folder in folders if not (folder / "limitations.md").is_file()] == []


def test_the_directory_lets_a_door_have_the_relays_its_files_can_speak_of() -> None:
    """Both know the number: the directory for what may be stored, manifests for what is written."""
    doors = [
        (name, model.relays)
        for name, model in load_catalogue().vendors["akuvox"].models.items()
        if model.relays
    ]

    assert [(name, relay_limit(DeviceType.MULTI_TENANT_DOOR, name)) for name, _ in doors] == doors
