from typing import Any

# The C declarations in cdef/*.h are the types.
ffi: Any
lib: Any
