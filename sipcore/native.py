"""Finds the compiled modules of the engine beside their sources, if they are those of the sources.

`make native` compiles the pure packages (mypyc) and the few files that need pointers (Cython) into
`build/native`. A module from there is used in place
of its source only when the compiled ones were made from exactly the sources that lie here, for
exactly this Python; otherwise Python runs the sources, which always works. DOORLINE_PURE=1 leaves
the compiled modules alone. An installed wheel carries them in place of this.
"""

import hashlib
import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Final

PACKAGES: Final = (
    "b2bua",
    "calls",
    "capture",
    "defence",
    "dialog",
    "endpoint",
    "events",
    "kernel",
    "message",
    "paging",
    "registrar",
    "storage",
    "transaction",
    "transport",
)
"""Sub-packages that are compiled."""
INTERPRETED: Final = frozenset(
    {
        "endpoint/endpoint.py",
        "endpoint/engine.py",
        "endpoint/ports.py",
        "kernel/tally.py",  # compiled, it would share its slots with Counter itself
        "storage/bindings_sql.py",
        "storage/call_deletion.py",
        "storage/call_queries.py",
        "storage/call_records.py",
        "storage/landline_legs.py",
        "storage/latest.py",
        "storage/pictures.py",
        "storage/tables.py",
        "storage/writer.py",
        "transport/connection.py",
        "transport/dns_client.py",
        "transport/streams.py",
        "transport/tls.py",
    }
)
"""Files of theirs that are not: wiring, and what spends its time in asyncio or other libraries."""
_KNOWN_TO_THE_COMPILER: Final = ("directory", "sipcore")
"""Packages of ours that compiled files import."""
_SOURCES: Final = frozenset((".py", ".pyi", ".pyx"))
"""What compiled modules are made of."""
CYTHON: Final = (
    "message/cutter.pyx",
    *(("transport/datagrams.pyx",) if sys.platform == "linux" else ()),
)
"""Files for Cython: what only pointers can make quick, each beside sources that do the same."""
MANIFEST: Final = "manifest.json"
_HERE: Final = Path(__file__).parent
_SUFFIX: Final = sysconfig.get_config_var("EXT_SUFFIX") or ".so"


def compiled_sources() -> list[Path]:
    """The files to compile, relative to the folder that holds `sipcore`."""
    return [
        path.relative_to(_HERE.parent)
        for package in PACKAGES
        for path in sorted((_HERE / package).rglob("*.py"))
        if path.name != "__init__.py" and path.relative_to(_HERE).as_posix() not in INTERPRETED
    ]


def fingerprint() -> str:
    """Of the sources and of the Python they are compiled for.

    Of those too that are not compiled: the compiler copies constants out of what others import.
    """
    seen = hashlib.blake2b(f"{sys.version} {_SUFFIX}".encode(), digest_size=16)
    for package in _KNOWN_TO_THE_COMPILER:
        for path in sorted((_HERE.parent / package).rglob("*.py*")):
            if path.suffix not in _SOURCES:
                continue
            seen.update(f"{path.relative_to(_HERE.parent).as_posix()} ".encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()


def write_manifest(folder: Path) -> None:
    """Note which modules lie in `folder` and what they were made of."""
    modules = {
        ".".join(path.relative_to(folder).parts).removesuffix(_SUFFIX): str(
            path.relative_to(folder)
        )
        for path in sorted(folder.rglob(f"*{_SUFFIX}"))
    }
    known = {"fingerprint": fingerprint(), "modules": modules}
    (folder / MANIFEST).write_text(json.dumps(known, indent=1) + "\n")


class NativeFinder(MetaPathFinder):
    """Finds extension modules by name in one folder."""

    def __init__(self, folder: Path, modules: Mapping[str, str]) -> None:
        self._folder = folder
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """How to load the compiled module of this name; None when there is none."""
        file = self._modules.get(fullname)
        if file is None:
            return None
        return importlib.util.spec_from_file_location(fullname, self._folder / file)


def is_compiled() -> bool:
    """Whether the engine in use is the compiled one."""
    part = importlib.import_module("sipcore.kernel.errors")
    return not str(part.__file__).endswith(".py")


def use_native(folder: Path = _HERE.parent / "build" / "native") -> bool:
    """Prefer the compiled modules from now on; whether there are any that can be used."""
    if os.environ.get("DOORLINE_PURE") == "1":
        return False
    try:
        known = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    if known.get("fingerprint") != fingerprint():
        return False
    finder = NativeFinder(folder, known["modules"])
    sys.meta_path.insert(0, finder)
    try:
        # What all of them are in: it does not load where another C library is, for instance.
        for name in known["modules"]:
            if "." not in name:
                importlib.import_module(name)
    except ImportError:
        sys.meta_path.remove(finder)
        return False
    return True
