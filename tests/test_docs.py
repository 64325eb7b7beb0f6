"""Documentation cannot lag: every setting, command, target and dependency stands in the docs."""

import configparser
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import pytest

from directory.secrets import Secret
from doorline.cli.app import account, app, run, user
from doorline.settings import Settings, load
from doorline.settings.checks import Within
from doorline.settings.tree import LimitSettings

ROOT = Path(__file__).parent.parent
MAKE_TARGETS = (
    "run",
    "test",
    "demo",
    "help",
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


def rows_of_settings() -> Iterator[tuple[str, str, str, str]]:
    """Heading, key, default and text of every row of docs/settings.md."""
    chapters = re.findall(
        r"^## \[([^\]]+)\]\n(.*?)(?=^## |\Z)", document("settings.md"), re.M | re.S
    )
    for section, text in chapters:
        for key, default, what in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", text, re.M):
            yield section, key, default, what


def fields_of(kind: Any, path: str = "") -> Iterator[tuple[str, Field[Any], Any]]:
    """Heading, field and annotation of every setting."""
    hints = get_type_hints(kind, include_extras=True)
    for one in fields(kind):
        hint = hints[one.name]
        plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        if get_origin(plain) is Mapping:
            yield from fields_of(get_args(plain)[1], f"{path}{one.name}.NAME.")
        elif is_dataclass(plain):
            yield from fields_of(plain, f"{path}{one.name}.")
        else:
            yield path.rstrip("."), one, hint


def as_documented(value: object) -> str:
    """A default as the settings file would have it, in backticks."""
    if value is MISSING:
        return "required"
    if isinstance(value, Secret):
        value = value.reveal()
    if isinstance(value, tuple):
        value = [str(one) for one in value]
    elif isinstance(value, Path):
        value = str(value)
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{json.dumps(value)}`"


FILLED_IN = {
    ("database", "url"): '`"sqlite+aiosqlite:///var/doorline.db"`',
    ("database", "key_file"): '`"var/doorline.key"`',
    ("sip.limits", "drop_user_agents"): "scanners",
}
"""Defaults that the tree leaves empty or that are told in the row's text."""


def test_the_rows_of_the_settings_are_those_of_the_tree_in_its_order() -> None:
    rows = [(section, key) for section, key, _, _ in rows_of_settings()]

    assert len(rows) == len(set(rows))
    assert sorted(rows) == sorted((section, one.name) for section, one, _ in fields_of(Settings))


def test_every_default_is_the_one_that_holds() -> None:
    documented = {(section, key): default for section, key, default, _ in rows_of_settings()}
    found = {(section, one.name): one.default for section, one, _ in fields_of(Settings)}
    holds = {place: as_documented(default) for place, default in found.items()} | FILLED_IN

    assert documented == holds
    assert Settings().database_url == json.loads(FILLED_IN["database", "url"].strip("`"))
    assert str(Settings().key_file) == json.loads(FILLED_IN["database", "key_file"].strip("`"))


def test_every_allowed_value_and_unit_is_told() -> None:
    texts = {(section, key): what for section, key, _, what in rows_of_settings()}
    missing = []
    for section, one, hint in fields_of(Settings):
        text = texts.get((section, one.name), "")
        plain, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        wanted = [f"`{value}`" for value in get_args(plain) if get_origin(plain) is Literal]
        wanted += [note.unit for note in notes if isinstance(note, Within) and note.unit]
        missing += [f"[{section}] {one.name}: {word}" for word in wanted if word not in text]

    assert missing == []


def test_the_scanners_of_the_settings_are_those_that_are_dropped() -> None:
    (text,) = (what for _, key, _, what in rows_of_settings() if key == "drop_user_agents")

    assert re.findall(r"`([^`]+)`", text) == list(LimitSettings().drop_user_agents)


def test_what_the_example_leaves_out_may_be_put_in(tmp_path: Path) -> None:
    """Every commented setting of it, uncommented, is one that the server takes."""
    example = (ROOT / "configs" / "doorline.example.toml").read_text(encoding="utf-8")
    lines = [re.sub(r"^(# )+(?=\[|\w+ = )", "", line) for line in example.splitlines()]
    path = tmp_path / "doorline.toml"
    path.write_text("\n".join(lines), encoding="utf-8")

    settings = load(path, {})

    assert (len(settings.sip.listen.wss), settings.sip.trunk["provider"].port) == (1, 5060)


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda p: p.name)
def test_every_settings_file_we_ship_can_be_used(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As `doorline check` sees it, on a machine without a database."""
    monkeypatch.setenv("DOORLINE_SERVER__DATA_DIR", str(tmp_path))

    assert run(["check", "--config", str(path)]) == 0, capsys.readouterr()


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


def anchors(path: Path) -> set[str]:
    """What a link may name after `#` in a page."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading).strip().lower() for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_every_part_that_is_linked_to_exists(path: Path) -> None:
    links = re.findall(r"\]\(([\w./-]*\.md)?#([^)\s]+)\)", path.read_text(encoding="utf-8"))

    missing = [
        f"{file}#{part}"
        for file, part in links
        if part not in anchors(path.parent / file if file else path)
    ]

    assert missing == []


def test_every_conformance_test_has_its_place_in_the_table_of_rfcs() -> None:
    table = set(re.findall(r"`(test_\w+\.py)`", document("sip.md")))
    files = {path.name for path in (ROOT / "tests" / "conformance").glob("test_*.py")}

    assert (sorted(files - table), sorted(table - files)) == ([], [])


def test_every_file_that_the_pages_of_the_engine_name_exists() -> None:
    """By its path, or where the path is shortened by its end."""
    names = set(re.findall(r"`([\w/]+\.(?:py|js|cfg|toml))`", document("sip.md")))
    names |= set(re.findall(r"`([\w/]+\.py)`", document("architecture.md")))
    paths = [*ROOT.glob("*.py"), *ROOT.glob("[a-z]*/**/*.py")]
    known = [f"/{path.relative_to(ROOT)}" for path in paths]

    assert [name for name in sorted(names) if not any(k.endswith(f"/{name}") for k in known)] == []


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
