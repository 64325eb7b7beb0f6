"""One script for a browser from the modules of an npm package (CommonJS), without a bundler."""

import json
import re
from pathlib import Path

_REQUIRE = re.compile(r"""\brequire\(\s*['"]([^'"]+)['"]\s*\)""")
_LOADER = """\
globalThis.%(name)s = (() => {
  const files = {%(files)s};
  const loaded = {};
  const load = (path) => {
    if (!(path in loaded)) {
      const module = loaded[path] = { exports: {} };
      const [source, needs] = files[path];
      source((name) => load(needs[name]), module, module.exports);
    }
    return loaded[path].exports;
  };
  return load(%(entry)s);
})();
"""


def bundle(modules: Path, package: str, name: str) -> str:
    """A script that sets the global `name` to what `package` of the folder `modules` exports."""
    entry = _entry(modules / package)
    files: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if str(path) in files:
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            files[str(path)] = f"[(require, module) => {{ module.exports = {text}; }}, {{}}]"
            continue
        needs = {wanted: _resolved(modules, path, wanted) for wanted in _REQUIRE.findall(text)}
        table = json.dumps({wanted: str(found) for wanted, found in needs.items()})
        files[str(path)] = f"[function (require, module, exports) {{ {text}\n}}, {table}]"
        waiting += needs.values()
    listed = ",\n".join(f"{json.dumps(path)}: {source}" for path, source in files.items())
    return _LOADER % {"name": name, "files": listed, "entry": json.dumps(str(entry))}


def _resolved(modules: Path, asking: Path, wanted: str) -> Path:
    """The file that `require(wanted)` means in `asking`."""
    if not wanted.startswith("."):
        return _entry(modules / wanted)
    return _file(asking.parent / wanted)


def _entry(package: Path) -> Path:
    """The file a package starts with in a browser."""
    described = json.loads((package / "package.json").read_text(encoding="utf-8"))
    browser = described.get("browser")
    start = browser if isinstance(browser, str) else described.get("main", "index.js")
    return _file(package / start)


def _file(place: Path) -> Path:
    """A module's file, whose ending may be left out; a folder's is its index."""
    path = place.resolve()
    for found in (path, path.with_name(f"{path.name}.js"), path / "index.js"):
        if found.is_file():
            return found
    raise FileNotFoundError(path)
