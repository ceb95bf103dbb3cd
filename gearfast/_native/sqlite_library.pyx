"""SQLite's library, found when needed: the copy that Python's own module sqlite3 uses, else the system's.

Two copies must not open one file in one process: when one closes it, the system drops the other's locks.
Where Python has a copy of its own whose functions can't be found (it is linked in and hidden), nothing else
in the process may open the file with Python's module.
"""

from gearfast.stores.base import StoreError

cdef extern from "<dlfcn.h>" nogil:
    enum:
        RTLD_NOW
        RTLD_NOLOAD

    void *dlopen(const char *path, int flags)
    void *dlsym(void *library, const char *name)
    char *dlerror()

cdef bytes SYSTEMS = b"libsqlite3.so.0"
NAMES = (
    b"open_v2", b"close_v2", b"busy_timeout", b"errmsg", b"get_autocommit", b"prepare_v3", b"step", b"reset",
    b"finalize", b"bind_blob64", b"bind_text64", b"bind_int64", b"bind_null", b"column_count", b"column_type",
    b"column_int64", b"column_double", b"column_blob", b"column_bytes",
)

cdef sqlite_library found
cdef bint is_found = False


cdef void *pythons() noexcept:
    """A handle to search the library that Python's module is linked with; NULL: there is none."""
    cdef bytes path
    try:
        import _sqlite3
    except ImportError:
        return NULL
    module = getattr(_sqlite3, "__file__", None)
    if module is None:
        return dlopen(NULL, RTLD_NOW)
    path = module.encode()
    return dlopen(path, RTLD_NOW | RTLD_NOLOAD)


cdef bint fill(void *library):
    """Whether all functions are there."""
    cdef void **functions = <void **>&found
    cdef bytes symbol
    if library == NULL:
        return False
    for index, name in enumerate(NAMES):
        symbol = b"sqlite3_" + name
        functions[index] = dlsym(library, symbol)
        if functions[index] == NULL:
            return False
    return True


cdef const sqlite_library *find_sqlite() except NULL:
    """Raises StoreError if there is no SQLite, or one from before 3.20."""
    global is_found
    cdef void *systems
    assert sizeof(sqlite_library) == len(NAMES) * sizeof(void *)
    if is_found:
        return &found
    if not fill(pythons()):
        systems = dlopen(<const char *>SYSTEMS, RTLD_NOW)
        if systems == NULL:
            reason = dlerror().decode("utf-8", "replace")
            text = "the library of SQLite is missing; Debian has it in libsqlite3-0"
            raise StoreError(f"{text} ({reason})")
        if not fill(systems):
            raise StoreError(f"{SYSTEMS.decode()} is too old: SQLite 3.20 is needed")
    is_found = True
    return &found
