"""The native hot path: Cython modules over csrc/, none of which holds the GIL between two packets."""

from importlib.util import find_spec

if find_spec("gearfast._native.engine") is None:
    raise ImportError("the native modules are not built for this Python: run `make dev` or `pip install .`")
