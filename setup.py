"""Packaging: everything but the compiled SIP engine is said in setup.cfg.

With DOORLINE_NATIVE=1 the pure packages of `sipcore` are compiled to C by mypyc, from the same
sources and with the types that mypy has checked: `make wheel` makes a wheel for this Python and
this processor, `make native` puts the same beside the sources (`build/native`), where
`sipcore.native` finds it. Without it, Python runs the sources. The few files for Cython are made
along with it; each of them only does faster what a source does too.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

sys.path.insert(0, str(Path(__file__).parent))

from sipcore.native import CYTHON, compiled_sources


class BuildEngine(build_ext):
    """Compiles the C files of one extension side by side."""

    def build_extension(self, ext: Extension) -> None:
        """Build one extension."""
        one_by_one = self.compiler.compile

        def side_by_side(sources: list[str], **options: object) -> list[str]:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                objects = pool.map(lambda source: one_by_one([source], **options), sources)
                return [name for names in objects for name in names]

        self.compiler.compile = side_by_side
        try:
            super().build_extension(ext)
        finally:
            self.compiler.compile = one_by_one


def extensions() -> list[Extension]:
    """The engine as one extension module of many parts, and what Cython makes; when wanted."""
    if os.environ.get("DOORLINE_NATIVE") != "1":
        return []
    from Cython.Build import cythonize
    from mypyc.build import mypycify

    sources = [str(path) for path in compiled_sources()]
    built = mypycify(sources, opt_level="2", debug_level="0", multi_file=True, target_dir="build/c")
    for extension in built:
        # Calls between its parts are direct; only the entry points are seen from outside.
        extension.extra_compile_args += ["-fvisibility=hidden", "-fno-plt"]
    pointers = [
        Extension(
            f"sipcore.{file.removesuffix('.pyx').replace('/', '.')}",
            [f"sipcore/{file}"],
            extra_compile_args=["-O2", "-g0"],
        )
        for file in CYTHON
    ]
    return built + cythonize(pointers, build_dir="build/c", quiet=True)


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildEngine})
