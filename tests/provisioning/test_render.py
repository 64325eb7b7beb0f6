"""Rendering, with names that people might type and names that attackers would."""

import hashlib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.queries.provisioning import (
    ContactEntry,
    DeviceAccount,
    DeviceSettings,
    RelaySettings,
    ServedDoor,
)
from directory.secrets import Secret
from provisioning.catalogue import Catalogue, load_catalogue
from provisioning.profile import Profile, profile_of
from provisioning.render import RenderedFile, Renderer, RenderError, one_line_per_key, rendered
from provisioning.zones import clock_rule
from tests.provisioning.builder import SERVER, door, fanvil_door, lasting, monitor, once

CATALOGUE = load_catalogue()
RENDERER = Renderer(CATALOGUE)
HOSTILE = [
    "x\nConfig.Settings.WEB_LOGIN.Password = owned",
    "x\r\nConfig.Account1.SIP.Server = 203.0.113.66",
    "x\u2028Config.A = 1\u0085Config.B = 2\x0bConfig.C = 3\x0cConfig.D = 4",
    "= owned",
    "%0aConfig.A = 1",
    "{{ server.host }}{% for x in y %}",
    "'; DROP TABLE devices; --",
    "\"/><Contact Id='0' Name='Police' Office='900123'/>",
    "</DisplayName><RegisterAddr>203.0.113.66</RegisterAddr><DisplayName>",
    "<![CDATA[x]]>&xxe;<!--",
    "\x00\x1b[2J\ud800\uffff",
    "#!version",
    "\n",
]


def files(settings: DeviceSettings) -> tuple[RenderedFile, RenderedFile | None]:
    """Own file and contact list."""
    model = CATALOGUE.model(settings.vendor, settings.model)
    assert model is not None
    profile = profile_of(settings, model, SERVER, clock_rule(settings.timezone))
    return RENDERER.device_file(profile, model, SERVER), RENDERER.contacts_file(profile, model)


def named(text: str) -> tuple[DeviceSettings, ...]:
    """One device of each file format with this text wherever people choose names."""
    contacts = (ContactEntry(text, "1002", "owner", text),)
    relays = (RelaySettings(1, text, "1234"), RelaySettings(2, text, "5678"))
    return (
        door(
            name=text,
            site_name=text,
            account=DeviceAccount("1000000001", Secret("DoorPassword1234"), text),
            relays=relays,
            contacts=contacts,
        ),
        monitor(
            name=text,
            account=DeviceAccount("1000000002", Secret("MonitorPassword1"), text),
            doors=(ServedDoor(7, text, "1000000001", relays),),
        ),
        fanvil_door(
            name=text,
            account=DeviceAccount("1000000003", Secret("FanvilPassword12"), text),
            relays=relays[:1],
        ),
    )


def keys(file: RenderedFile) -> list[str]:
    """Keys of a file of lines, in order."""
    lines = file.body.decode().split("\n")
    return [line.partition(" =")[0] for line in lines if not line.startswith("#")]


def shape(file: RenderedFile) -> list[tuple[str, tuple[str, ...]]]:
    """Elements of an XML file with their attribute names, in order."""
    root = ElementTree.fromstring(file.body)  # noqa: S314 - our own file
    return [(element.tag, tuple(element.attrib)) for element in root.iter()]


def check_shapes(text: str) -> None:
    """Whatever the names are, files have the settings that plain names give."""
    for hostile, plain in zip(named(text), named("Plain"), strict=True):
        (made, contacts), (expected, expected_contacts) = files(hostile), files(plain)
        if made.content_type.startswith("text/xml"):
            assert shape(made) == shape(expected)
        else:
            # A relay without a printable name keeps the name it has.
            names = [key for key in keys(expected) if "RELAY.Name" not in key]
            assert [key for key in keys(made) if "RELAY.Name" not in key] == names
        if contacts is not None and expected_contacts is not None:
            assert shape(contacts) == shape(expected_contacts)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_changes_no_setting(text: str) -> None:
    check_shapes(text)


@given(st.text(max_size=80))
def test_no_name_changes_a_setting(text: str) -> None:
    check_shapes(text)


def test_a_name_arrives_as_far_as_the_device_can_show_it() -> None:
    own, contacts = files(named("Müller & Co = 50% 'x'")[0])

    assert "Config.Account1.GENERAL.Label = Müller + Co - 50 \u2019x\u2019\n" in own.body.decode()
    assert contacts is not None
    assert ElementTree.fromstring(contacts.body)[0].attrib == {  # noqa: S314 - our own file
        "Id": "1",
        "Name": "Müller & Co = 50% 'x'",
        "Office": "1002",
    }


@pytest.mark.parametrize("settings", [door(), monitor(), fanvil_door()])
def test_a_file_without_names_is_the_same_each_time(settings: DeviceSettings) -> None:
    assert files(settings) == files(replace(settings))


def test_the_etag_is_a_hash_of_the_bytes() -> None:
    digest = hashlib.sha256(b"bytes").hexdigest()[:32]

    assert rendered(b"bytes", "text/plain") == RenderedFile(b"bytes", "text/plain", f'"{digest}"')


@pytest.mark.parametrize("password", ["a\nb", "", " x", "x\x00y"])
def test_a_password_that_would_arrive_altered_is_refused_and_not_repeated(password: str) -> None:
    settings = door(account=DeviceAccount("1", Secret(password), "Door"))

    with pytest.raises(RenderError) as raised:
        files(settings)

    assert str(raised.value) == (
        "akuvox/door.cfg.j2: a value that may not be altered is empty or holds control characters"
    )


def test_an_odd_password_that_fits_on_the_line_arrives_unaltered() -> None:
    own, _ = files(door(account=DeviceAccount("1", Secret("p=%&;'ß#"), "Door")))

    assert "Config.Account1.GENERAL.Pwd = p=%&;'ß#\n" in own.body.decode()


def test_a_device_without_an_account_is_told_to_register_nothing() -> None:
    own, _ = files(door(account=None))
    lines = [line for line in own.body.decode().splitlines() if "Account1" in line]

    assert lines == ["Config.Account1.GENERAL.Enable = 0"]


def test_an_extra_line_takes_the_place_of_the_line_with_its_key() -> None:
    text = "# A = 0\nA.b = 1\nC = 2\n"

    assert one_line_per_key(text, {"a.B": "9", "D": "x\ny", "C": ""}) == (
        "# A = 0\na.B = 9\nC =\nD = x y\n"
    )


def test_a_file_without_extra_lines_is_left_alone() -> None:
    assert one_line_per_key("A=1", {}) == "A=1"


def test_a_file_has_each_key_once_whatever_lines_are_added() -> None:
    own, _ = files(
        door(
            commands=(
                lasting(1, "Config.Account1.REG.Timeout", "60"),
                once(2, "Config.Autoprovision.Reboot.Enable", "1"),
                lasting(3, "CONFIG.ACCOUNT1.REG.TIMEOUT", "90"),
            )
        )
    )
    found = [key.casefold() for key in keys(own) if key]

    assert len(found) == len(set(found))
    assert "CONFIG.ACCOUNT1.REG.TIMEOUT = 90\n" in own.body.decode()
    assert own.body.decode().endswith("\nConfig.Autoprovision.Reboot.Enable = 1\n")


@pytest.mark.parametrize("settings", [door(), monitor(), fanvil_door()])
def test_a_file_of_any_model_has_each_key_once(settings: DeviceSettings) -> None:
    assert files(settings)[0].body.endswith(b"\n")
    for vendor in CATALOGUE.vendors.values():
        for model in vendor.models.values():
            profile = profile_of(settings, model, SERVER, clock_rule("UTC"))
            made = RENDERER.device_file(profile, model, SERVER)
            if model.takes_commands:
                found = [key for key in keys(made) if key]
                assert len(found) == len(set(found)), model.name


def test_the_common_file_holds_nothing_of_a_device() -> None:
    for vendor in CATALOGUE.vendors.values():
        for model in vendor.models.values():
            common = RENDERER.common_file(model, SERVER)
            assert (common is None) == (not model.common_files)
            text = "" if common is None else common.body.decode()
            assert not [word for word in ("Pwd", "Pswd", "Code", "autop/") if word in text]


def small(folder: Path, template: str, name: str = "m.cfg.j2") -> Catalogue:
    """A catalogue of one model with one template."""
    place = folder / "acme" / "templates"
    place.mkdir(parents=True)
    (place / name).write_text(template, encoding="utf-8")
    (place.parent / "manifest.toml").write_text(
        f"""vendor = "acme"
mac_files = ["{{mac}}.cfg"]
content_type = "text/plain"
models = [{{ name = "M", template = "{name}" }}]
""",
        encoding="utf-8",
    )
    return load_catalogue(folder)


def fill(catalogue: Catalogue) -> str:
    model = catalogue.vendors["acme"].models["m"]
    profile: Profile = profile_of(door(), model, SERVER, clock_rule("UTC"))
    return Renderer(catalogue).device_file(profile, model, SERVER).body.decode()


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ profile.nothing }}", "no attribute 'nothing'"),
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{{ profile.account.password }}", "a template writes a Secret"),
        ("{{ none }}", "a template writes a NoneType"),
        ("{{ 'a b' | dialled }}", "a number to dial"),
    ],
)
def test_a_template_that_asks_for_too_much_is_an_error(
    tmp_path: Path, template: str, complaint: str
) -> None:
    with pytest.raises(RenderError, match=complaint):
        fill(small(tmp_path, template))


def test_a_template_that_does_not_compile_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"m\.cfg\.j2: .*endfor"):
        Renderer(small(tmp_path, "{% for x in y %}"))


def test_a_template_of_no_known_format_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"not named"):
        Renderer(small(tmp_path, "", name="m.txt.j2"))


def test_a_missing_template_stops_the_start(tmp_path: Path) -> None:
    catalogue = small(tmp_path, "")
    (tmp_path / "acme" / "templates" / "m.cfg.j2").unlink()

    with pytest.raises(RenderError, match=r"m\.cfg\.j2"):
        Renderer(catalogue)


def test_values_are_made_safe_without_the_template_asking(tmp_path: Path) -> None:
    settings = 'A = {{ "x\\ny = 1" }}\nB = {{ server.host }}\n'

    assert fill(small(tmp_path, settings)) == "A = x y = 1\nB = 192.0.2.1\n"
