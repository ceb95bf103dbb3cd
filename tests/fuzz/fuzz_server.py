"""Fuzz a whole server, coverage-guided: libFuzzer makes up conversations (talk.py), the native modules, built
with clang's coverage and sanitizers, tell it what they reached. Started by tests/fuzz/run, with libFuzzer
and the sanitizers preloaded; the arguments are libFuzzer's.
"""

from __future__ import annotations

import ctypes
import os
import sys
import traceback

from tests.fuzz.talk import play


def run_one(data: ctypes._Pointer[ctypes.c_uint8], size: int) -> int:
    """A misbehaving server is a crash to libFuzzer: it keeps the input."""
    try:
        play(ctypes.string_at(data, size))
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os.abort()
    return 0


Target = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_uint8), ctypes.c_size_t)


def main(arguments: list[str]) -> int:
    """What libFuzzer returns: 0 unless it found something."""
    argv = (ctypes.c_char_p * (len(arguments) + 1))(*map(os.fsencode, arguments), None)
    pointer = ctypes.cast(argv, ctypes.POINTER(ctypes.c_char_p))
    drive = ctypes.CDLL(None).LLVMFuzzerRunDriver
    return int(drive(ctypes.byref(ctypes.c_int(len(arguments))), ctypes.byref(pointer), Target(run_one)))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv))
