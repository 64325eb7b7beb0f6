"""Documentation cannot lag: every setting, command, target and dependency stands in the docs."""

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from doorline.cli.app import account, app, user
from doorline.settings import Settings, load

ROOT = Path(__file__).parent.parent
MAKE_TARGETS = (
    "run",
    "test",
    "demo",
    "setup",
    "lint",
    "bench",
    "conformance",
    "fuzz",
    "docs",
    "clean",
)


def document(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def sections(kind: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Heading and key of every setting; the table of a named thing has `NAME` in its heading."""
    for name, hint in get_type_hints(kind, include_extras=True).items():
        plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        if get_origin(plain) is Mapping:
            yield from sections(get_args(plain)[1], f"{path}{name}.NAME.")
        elif is_dataclass(plain):
            yield from sections(plain, f"{path}{name}.")
        else:
            yield path.rstrip("."), name


def test_every_setting_stands_under_its_heading() -> None:
    text = document("settings.md")
    chapters = dict(re.findall(r"^## \[([^\]]+)\]\n(.*?)(?=^## |\Z)", text, re.M | re.S))

    missing = [
        f"[{section}] {key}"
        for section, key in sections(Settings)
        if f"`{key}`" not in chapters.get(section, "")
    ]

    assert missing == []


def test_no_heading_speaks_of_settings_that_do_not_exist() -> None:
    known = {section for section, _ in sections(Settings)}

    assert set(re.findall(r"^## \[([^\]]+)\]", document("settings.md"), re.M)) == known


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda p: p.name)
def test_every_settings_file_we_ship_can_be_used(path: Path) -> None:
    assert isinstance(load(path, {}), Settings)


def test_every_command_is_described() -> None:
    names = [command.name for command in app.registered_commands]
    names += [f"user {command.name}" for command in user.registered_commands]
    names += [f"account {command.name}" for command in account.registered_commands]
    text = document("commands.md")

    assert [name for name in names if f"`doorline {name}" not in text] == []


def test_every_make_target_exists_and_is_described() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))

    assert [target for target in MAKE_TARGETS if target not in targets] == []
    assert [target for target in MAKE_TARGETS if f"make {target}" not in makefile] == []


def test_every_dependency_says_what_it_is_for() -> None:
    metadata = configparser.ConfigParser()
    metadata.read(ROOT / "setup.cfg", encoding="utf-8")
    lists = (metadata["options"]["install_requires"], metadata["options.extras_require"]["test"])
    names = [re.split(r"[\[>=;<]", line)[0] for block in lists for line in block.split()]
    names = [name for name in names if re.fullmatch(r"[a-z][a-z0-9-]+", name)]
    text = document("dependencies.md")

    assert [name for name in names if f"| {name} |" not in text and name != "platform_system"] == []


def relative_links(text: str) -> list[str]:
    """Targets of links and pictures in this repository, without their anchors."""
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.M | re.S)
    written = r"\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]: *(\S+)|\ssrc=\"([^\"]+)\""
    found = ["".join(groups).partition("#")[0] for groups in re.findall(written, prose, re.M)]
    return [target for target in found if target and not re.match(r"[a-z]+:", target)]


def test_links_are_found_however_they_are_written() -> None:
    text = """[one](a.md#part), ![two](b.svg "title"), `[no](code.md)`, [web](https://x.test)
[here](#part), <img alt="" src="c.png">
```
[no](block.md)
```
[ref]: d.md
"""

    assert relative_links(text) == ["a.md", "b.svg", "c.png", "d.md"]


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    targets = relative_links(path.read_text(encoding="utf-8"))

    assert [target for target in targets if not (path.parent / target).exists()] == []


def rows_of_features() -> list[tuple[str, str]]:
    """Feature and test path of every row of docs/features.md."""
    return re.findall(r"^\| (\w+) \| .* \| `([^`]+)` \|$", document("features.md"), re.M)


def test_every_proven_feature_has_its_row(request: pytest.FixtureRequest) -> None:
    """Of the tests of this run; `make docs` writes the rows again."""
    marked = {
        (str(feature), item.nodeid.partition("[")[0])
        for item in request.session.items
        for mark in item.iter_markers("feature")
        for feature in mark.args
    }

    assert sorted(marked - set(rows_of_features())) == []


def test_every_row_of_a_feature_has_its_test() -> None:
    missing = []
    for _, path in rows_of_features():
        file, _, name = path.partition("::")
        source = ROOT / file
        if not source.is_file() or f"def {name}(" not in source.read_text(encoding="utf-8"):
            missing.append(path)

    assert missing == []
