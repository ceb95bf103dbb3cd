"""Fuzz the native modules from Python, coverage-guided: libFuzzer makes up conversations with a server
(talk.py), or rows of a store (stored_rows.py); the modules tell it what they reached.

They are built with clang's coverage and sanitizers. Started by tests/fuzz/run, with libFuzzer and the
sanitizers preloaded. The first argument names the target, the others are libFuzzer's.
"""

from __future__ import annotations

import ctypes
import os
import sys
import traceback
from collections.abc import Callable

from tests.fuzz import stored_rows, talk

TARGETS: dict[str, Callable[[bytes], None]] = {"server": talk.play, "rows": stored_rows.play}


Target = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_uint8), ctypes.c_size_t)


def runner(play: Callable[[bytes], None]) -> Callable[[ctypes._Pointer[ctypes.c_uint8], int], int]:
    """What misbehaves is a crash to libFuzzer: it keeps the input."""

    def run_one(data: ctypes._Pointer[ctypes.c_uint8], size: int) -> int:
        try:
            play(ctypes.string_at(data, size))
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os.abort()
        return 0

    return run_one


def main(arguments: list[str]) -> int:
    """What libFuzzer returns: 0 unless it found something."""
    program, name, *others = arguments
    words = [program, *others]
    argv = (ctypes.c_char_p * (len(words) + 1))(*map(os.fsencode, words), None)
    pointer = ctypes.cast(argv, ctypes.POINTER(ctypes.c_char_p))
    drive = ctypes.CDLL(None).LLVMFuzzerRunDriver
    run_one = Target(runner(TARGETS[name]))
    return int(drive(ctypes.byref(ctypes.c_int(len(words))), ctypes.byref(pointer), run_one))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv))
