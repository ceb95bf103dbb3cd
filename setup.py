"""Build the native modules: csrc/ once, as a static library, and the Cython and cffi modules linked with it.

Environment:
  GEARFAST_SAN     address, undefined, thread or address,undefined: a sanitizer build
  GEARFAST_DEBUG   1: no optimisation, assertions on
  GEARFAST_FAULTS  1: what the native modules ask of the system fails on demand: see tests/faults
  GEARFAST_WERROR  1: a compiler warning in csrc/ is an error

Changed flags alone rebuild nothing, so each flavour has its own tree: build/asan, build/tsan, build/debug ...
Put build/<flavour>/lib first on PYTHONPATH to use one; only the release flavour is ever built in place.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from Cython.Build import cythonize
from setuptools import Distribution, Extension, setup
from setuptools.command.build import build
from setuptools.command.build_clib import build_clib
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import CCompilerError, ExecError, OptionError


def files(folder: str, pattern: str) -> list[str]:
    """The matching files, sorted, so that builds are reproducible."""
    return sorted(map(str, Path(folder).glob(pattern)))


FAULTS = "tests/faults" if os.environ.get("GEARFAST_FAULTS") == "1" else ""
C_SOURCES = files("csrc", "*.c") + (files(FAULTS, "*.c") if FAULTS else [])
CYTHON_SOURCES = files("gearfast/_native", "*.pyx")
CFFI_SCRIPTS = ["gearfast/_native/csrc_build.py", "gearfast/_native/replay_build.py"]
# When one of these is younger than an object file, the object is compiled again.
BUILD_INPUTS = [*files("csrc", "*.h"), *files("gearfast/replay", "*.h"), "setup.py"]

CYTHON_DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "embedsignature": True,
}
DIALECT = ["-std=gnu11", "-pthread", "-fvisibility=hidden"]
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]
SANITIZERS = {"address": "asan", "undefined": "ubsan", "thread": "tsan"}


class Flavour(NamedTuple):
    """One way to compile; `name` is empty for the release."""

    name: str
    cflags: list[str]
    ldflags: list[str]


def flavour_from_environment() -> Flavour:
    """The flavour that GEARFAST_SAN, GEARFAST_DEBUG and GEARFAST_FAULTS ask for."""
    flavour = flavour_without_faults()
    if not FAULTS:
        return flavour
    return Flavour(f"{flavour.name}-faults".lstrip("-"), [*flavour.cflags, "-UNDEBUG"], flavour.ldflags)


def flavour_without_faults() -> Flavour:
    sanitizers = [name for name in os.environ.get("GEARFAST_SAN", "").split(",") if name]
    if unknown := sorted(set(sanitizers) - set(SANITIZERS)):
        raise SystemExit(f"GEARFAST_SAN: unknown {', '.join(unknown)}; known are {', '.join(SANITIZERS)}")
    if sanitizers:
        switch = "-fsanitize=" + ",".join(sanitizers)
        cflags = [switch, "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-O1", "-g", "-UNDEBUG"]
        return Flavour("-".join(SANITIZERS[name] for name in sanitizers), cflags, [switch])
    if os.environ.get("GEARFAST_DEBUG") == "1":
        return Flavour("debug", ["-O0", "-g", "-UNDEBUG"], [])
    return Flavour("", ["-O2", "-g1"], [])


FLAVOUR = flavour_from_environment()

# csrc/ optimised together with its callers: a job costs the processing thread 12 % less. The objects are fat:
# a linker that is not told of it still finds machine code in them.
LINK_TIME = Flavour("", ["-flto=auto", "-ffat-lto-objects"], ["-flto=auto", "-O2"])


def can_link(compiler: Any, flavour: Flavour) -> bool:
    """Whether compiler, archiver and linker together make a module this way, without a warning."""
    sources = {
        "part": "int part(void); int part(void) { return 1; }",
        "whole": "int part(void), whole(void); int whole(void) { return part(); }",
    }
    with TemporaryDirectory() as folder:
        for name, source in sources.items():
            Path(folder, f"{name}.c").write_text(source)
        written = [f"{folder}/{name}.c" for name in sources]
        try:
            cflags = ["-fPIC", "-Werror", *flavour.cflags]
            part, whole = compiler.compile(written, output_dir=folder, extra_postargs=cflags)
            compiler.create_static_lib([part], "part", output_dir=folder)
            ldflags = [*flavour.ldflags, "-Wl,--no-undefined,--fatal-warnings"]
            compiler.link_shared_object(
                [whole, f"{folder}/libpart.a"], f"{folder}/whole.so", extra_postargs=ldflags
            )
        except (CCompilerError, ExecError):
            return False
    return True


def is_current(product: str | Path, inputs: Iterable[str]) -> bool:
    """Whether `product` exists and is younger than every input."""
    product = Path(product)
    made = product.stat().st_mtime_ns if product.exists() else 0
    return made > max(Path(name).stat().st_mtime_ns for name in inputs)


def skip_current_objects(compiler: Any) -> None:
    """Compile only what changed: distutils compiles all sources of a module when any input is younger."""
    compile_object = compiler._compile

    def compile_if_needed(target: str, source: str, *arguments: Any) -> None:
        if not is_current(target, [source, *BUILD_INPUTS]):
            compile_object(target, source, *arguments)

    compiler._compile = compile_if_needed


class Build(build):
    """`build`, with a tree of its own for every flavour but the release."""

    def initialize_options(self) -> None:
        super().initialize_options()
        if FLAVOUR.name:
            self.build_base = f"build/{FLAVOUR.name}"
            self.build_lib = f"{self.build_base}/lib"
            self.build_temp = f"{self.build_base}/temp"


def plain_tree(distribution: Distribution) -> Build:
    """The folders of `setup.py build`; an editable install builds there too, not in a temporary tree."""
    tree = Build(distribution)
    tree.ensure_finalized()
    return tree


class BuildPython(build_py):
    """`build_py` without the scripts that make the cffi modules: they are of no use once those are made."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        modules = super().find_package_modules(package, package_dir)
        scripts = [Path(script).stem for script in CFFI_SCRIPTS]
        return [module for module in modules if module[1] not in scripts]


class BuildCLibrary(build_clib):
    """`build_clib` that compiles only what changed and drops the objects of deleted sources.

    `link_time` tells what modules linked with the library are to be built with, too.
    """

    editable_mode = False
    link_time = Flavour("", [], [])

    def finalize_options(self) -> None:
        if self.editable_mode:
            self.build_clib = self.build_temp = plain_tree(self.distribution).build_temp
        super().finalize_options()

    def archives(self) -> list[str]:
        """Paths of the static libraries."""
        return [f"{self.build_clib}/lib{name}.a" for name in self.get_library_names() or []]

    def build_libraries(self, libraries: list[tuple[str, dict[str, Any]]]) -> None:
        if not FLAVOUR.name and can_link(self.compiler, LINK_TIME):
            self.link_time = LINK_TIME
        skip_current_objects(self.compiler)
        for archive, library in zip(map(Path, self.archives()), libraries, strict=True):
            list_of_members = archive.with_suffix(".members")
            library[1]["cflags"] += self.link_time.cflags
            members = "\n".join(library[1]["sources"])
            listed = list_of_members.read_text() if list_of_members.exists() else ""
            if listed != members or not is_current(archive, [*library[1]["sources"], *BUILD_INPUTS]):
                archive.unlink(missing_ok=True)
                super().build_libraries([library])
                list_of_members.write_text(members)


class BuildExtension(build_ext):
    """`build_ext` that gives Cython and cffi modules the same flags and the same dependencies."""

    def initialize_options(self) -> None:
        super().initialize_options()
        self.parallel = True

    def finalize_options(self) -> None:
        if self.editable_mode:
            tree = plain_tree(self.distribution)
            self.build_lib, self.build_temp = tree.build_lib, tree.build_temp
        super().finalize_options()

    def run(self) -> None:
        if FLAVOUR.name and self.inplace:
            raise OptionError(f"the {FLAVOUR.name} flavour is not built in place; run setup.py build")
        self.run_command("build_clib")
        self.translate_cython()
        for extension in self.extensions:
            self.complete(extension)
        super().run()

    def build_extensions(self) -> None:
        skip_current_objects(self.compiler)
        super().build_extensions()

    def translate_cython(self) -> None:
        """Replace each .pyx by the C made from it, which is kept out of the source tree."""
        folder = f"{self.build_temp}/cython"
        modules = [extension for extension in self.extensions if extension.sources[0].endswith(".pyx")]
        products = [f"{folder}/{Path(extension.sources[0]).with_suffix('.c')}" for extension in modules]
        directives_changed = not all(is_current(product, ["setup.py"]) for product in products)
        translated = cythonize(
            modules,
            build_dir=folder,
            compiler_directives=CYTHON_DIRECTIVES,
            force=self.force or directives_changed,
        )
        for extension, result in zip(modules, translated, strict=True):
            extension.sources = result.sources

    def complete(self, extension: Extension) -> None:
        """Add what every native module needs; cffi made some of them without our help."""
        library = self.get_finalized_command("build_clib")
        archives = library.archives()
        extension.include_dirs.append("csrc")
        extension.extra_compile_args += [*DIALECT, "-Werror=implicit-function-declaration", *FLAVOUR.cflags]
        extension.extra_compile_args += library.link_time.cflags
        extension.extra_link_args += ["-pthread", *FLAVOUR.ldflags, *library.link_time.ldflags]
        extension.extra_objects += archives
        extension.depends += [*BUILD_INPUTS, *archives]


def native_library() -> tuple[str, dict[str, Any]]:
    """csrc/ as a static library, for setuptools' `libraries`."""
    errors = ["-Werror"] if os.environ.get("GEARFAST_WERROR") == "1" and not FLAVOUR.name else []
    # Python's own flags hold -fwrapv, which would hide signed overflow from the sanitizers.
    strict = ["-fno-wrapv"] if FLAVOUR.name else []
    return "gfcsrc", {
        "sources": C_SOURCES,
        "include_dirs": ["csrc"],
        "obj_deps": {"": BUILD_INPUTS},
        "cflags": ["-fPIC", *DIALECT, *WARNINGS, *errors, *strict, *FLAVOUR.cflags],
    }


def cython_module(source: str) -> Extension:
    """The extension module that a .pyx file becomes."""
    wraps = [f"@{FAULTS}/wraps"] if FAULTS else []
    return Extension(source.removesuffix(".pyx").replace("/", "."), [source], extra_link_args=wraps)


setup(
    libraries=[native_library()],
    ext_modules=[cython_module(source) for source in CYTHON_SOURCES],
    cffi_modules=[f"{script}:ffibuilder" for script in CFFI_SCRIPTS],
    cmdclass={
        "build": Build,
        "build_clib": BuildCLibrary,
        "build_ext": BuildExtension,
        "build_py": BuildPython,
    },
)
