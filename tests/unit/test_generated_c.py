"""The native threads never take the GIL: the C that Cython makes of their modules calls nothing of Python."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NATIVE = Path("gearfast/_native")
# Modules that serve Python too: functions that their source declares without nogil may use it.
PYTHON_FACING = ("engine", "journal", "packet")
# Modules of which no native thread calls anything.
PYTHONS_OWN = ("bulk", "sqlite", "sqlite_library")
MODULES = sorted({path.stem for path in (ROOT / NATIVE).glob("*.pyx")} - set(PYTHONS_OWN))

COMMENT = re.compile(r"(?s)/\*.*?\*/")
# The definition of a cdef function, up to the closing brace in column 0.
CDEF_FUNCTION = re.compile(r"(?ms)^static [^;{}=\n]*?\b(__pyx_f_\w+)\([^;{}]*\) \{\n(.*?)^\}")
# The declaration of a cdef function in Cython: its name, and what follows its arguments.
CDEF_DECLARATION = re.compile(r"(?m)^ *cp?def (?:[^(=:\n]* )?\**(\w+)\(([^)]*)\)([^:\n]*):")
# CPython's API, and Cython's helpers over it: __Pyx_ErrOccurredWithGIL, __Pyx_WriteUnraisable ...
PYTHON_CALL = re.compile(r"\b(?:Py[A-Z_]|_Py_|__Pyx_)\w*(?=\()")


def cython_directives() -> list[str]:
    """The directives of setup.py as command-line options, so that the C is the one that is built."""
    for node in ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CYTHON_DIRECTIVES":
            directives = ast.literal_eval(node.value)
            return [word for name, value in directives.items() for word in ("-X", f"{name}={value}")]
    raise LookupError("setup.py sets no CYTHON_DIRECTIVES")


def translate(source: Path, root: Path, target: Path) -> str:
    """The C that Cython makes of `source`, a path below `root`."""
    command = [sys.executable, "-m", "cython", *cython_directives(), str(source), "-o", str(target)]
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return target.read_text(encoding="utf-8")


def cdef_functions(c_text: str) -> dict[str, str]:
    """Name and body of every cdef function in generated C; `def` functions hold the GIL and are left out."""
    return dict(CDEF_FUNCTION.findall(COMMENT.sub("", c_text)))


def python_calls(c_text: str) -> set[tuple[str, str]]:
    """Each call of Python from a cdef function: (function, callee)."""
    functions = cdef_functions(c_text)
    return {(name, callee) for name, body in functions.items() for callee in PYTHON_CALL.findall(body)}


def functions_with_gil(source: str) -> set[str]:
    """The names of the functions and methods that Cython code declares without nogil."""
    return {name for name, _, qualifiers in CDEF_DECLARATION.findall(source) if "nogil" not in qualifiers}


def name_in_source(c_name: str, module: str) -> str:
    """Undo Cython's mangling: __pyx_f_8gearfast_7_native_6engine_6Engine_step is engine's `step`."""
    prefix = "__pyx_f_8gearfast_7_native_" + f"{len(module)}{module}_"
    return re.sub(r"^\d+[A-Z][A-Za-z]*_", "", c_name.removeprefix(prefix))


@pytest.mark.parametrize("module", MODULES)
def test_native_thread_calls_nothing_of_python(module: str, tmp_path: Path) -> None:
    source = NATIVE / f"{module}.pyx"
    c_text = translate(source, ROOT, tmp_path / f"{module}.c")
    with_gil = functions_with_gil((ROOT / source).read_text(encoding="utf-8"))
    may_call = with_gil if module in PYTHON_FACING else set()
    checked = {name for name in cdef_functions(c_text) if name_in_source(name, module) not in may_call}
    assert checked
    assert {call for call in python_calls(c_text) if call[0] in checked} == set()


CLEAN = """
cdef int half(int number) noexcept nogil:
    # PyErr_Occurred() in a comment is no call
    return number // 2

def python_half(int number):
    return half(number)
"""
FORGOTTEN_NOEXCEPT = """
cdef void step() nogil:
    pass

cdef void turn() noexcept nogil:
    step()
"""
TAKES_THE_GIL = """
cdef void turn() noexcept nogil:
    with gil:
        print("here")
"""
RAISES = """
cdef int turn(int number) noexcept nogil:
    return abs(number)
"""
HOLDS_THE_GIL = """
cdef object turn(list jobs):
    return jobs.pop()
"""


def calls_of(code: str, folder: Path) -> set[str]:
    (folder / "example.pyx").write_text(code, encoding="utf-8")
    c_text = translate(Path("example.pyx"), folder, folder / "example.c")
    assert cdef_functions(c_text)
    return {callee for _, callee in python_calls(c_text)}


MIXED = """
cdef class Engine:
    cdef object pop(self, list jobs):
        return jobs.pop()

cdef inline int *first(int *numbers,
                       int count) noexcept nogil:
    return numbers

def head(data): ...
"""


def test_functions_declared_with_the_gil_are_found_by_name() -> None:
    assert functions_with_gil(MIXED) == {"pop"}
    assert name_in_source("__pyx_f_8gearfast_7_native_6engine_6Engine_pop", "engine") == "pop"
    assert name_in_source("__pyx_f_8gearfast_7_native_6packet_parse_head", "packet") == "parse_head"


def test_clean_module_is_accepted(tmp_path: Path) -> None:
    assert calls_of(CLEAN, tmp_path) == set()


@pytest.mark.parametrize(
    ("code", "callee"),
    [
        (FORGOTTEN_NOEXCEPT, "__Pyx_ErrOccurredWithGIL"),
        (TAKES_THE_GIL, "__Pyx_PyGILState_Ensure"),
        (RAISES, "__Pyx_WriteUnraisable"),
        (HOLDS_THE_GIL, "__Pyx_PyList_Pop"),
    ],
    ids=["forgotten-noexcept", "takes-the-gil", "raises", "holds-the-gil"],
)
def test_module_that_needs_the_gil_is_rejected(code: str, callee: str, tmp_path: Path) -> None:
    assert callee in calls_of(code, tmp_path)
