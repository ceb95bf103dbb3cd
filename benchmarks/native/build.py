"""Compile what the benchmarks call, against the same library that the server is linked with.

The modules land in build/bench: `drive` (drive.h, drive_*.c) and `parsing` (parsing.pyx).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cffi import FFI
from Cython.Build import cythonize
from setuptools import Distribution
from setuptools.command.build_ext import build_ext
from setuptools.extension import Extension

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent.relative_to(ROOT)
PRODUCTS = Path("build/bench")
DRIVERS = sorted(map(str, (ROOT / HERE).glob("drive_*.c")))
LINK_TIME = "-flto=auto"  # as setup.py links the server
FLAGS = ["-std=gnu11", "-pthread", "-O2", "-g1", "-fvisibility=hidden", LINK_TIME]


def library() -> Path:
    """csrc/ as `make native` compiled it."""
    found = sorted(ROOT.glob("build/temp.*/libgfcsrc.a"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError("build/temp.*/libgfcsrc.a is missing: run make native")
    return found[-1]


def drive_module() -> Any:
    builder = FFI()
    builder.cdef((ROOT / HERE / "drive.h").read_text())
    builder.set_source("drive", '#include <stdbool.h>\n#include "drive.h"', sources=DRIVERS)
    return builder.distutils_extension(str(PRODUCTS / "source"))


def parsing_module() -> Any:
    directives = {"language_level": 3, "boundscheck": False, "wraparound": False, "cdivision": True}
    source = Extension("parsing", [str(HERE / "parsing.pyx")])
    (extension,) = cythonize(  # type: ignore[no-untyped-call]
        [source], build_dir=str(PRODUCTS / "source"), compiler_directives=directives, quiet=True
    )
    return extension


def compile_all(extensions: list[Any]) -> None:
    archive = str(library())
    headers = [str(path) for folder in (ROOT / "csrc", ROOT / HERE) for path in folder.glob("*.h")]
    for extension in extensions:
        extension.include_dirs += ["csrc", str(HERE)]
        extension.extra_compile_args += FLAGS
        extension.extra_link_args += ["-pthread", LINK_TIME, "-O2"]
        extension.extra_objects += [archive]
        extension.depends += [archive, *headers]
    command = build_ext(Distribution({"ext_modules": extensions}))
    command.build_lib = str(PRODUCTS)
    command.build_temp = str(PRODUCTS / "temp")
    command.ensure_finalized()
    command.run()


def build() -> None:
    """From the project's root; afterwards `drive` and `parsing` can be imported."""
    (ROOT / PRODUCTS).mkdir(parents=True, exist_ok=True)
    compile_all([drive_module(), parsing_module()])
    sys.path.insert(0, str(ROOT / PRODUCTS))
