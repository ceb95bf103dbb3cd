"""What of the lines is shown, in which order, and how: plain text of a given width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gearfast.admin.answers import printable
from gearfast.top.lines import Line, total
from gearfast.top.watched import Watched

NAME_WIDTH = 16  # at least
UNKNOWN = "-"
_UNITS = ((3, "k"), (6, "M"))


@dataclass(frozen=True)
class Column:
    """A number of a line, set to the right."""

    name: str  # of the attribute, and for --sort
    heading: str
    width: int


COLUMNS = (
    Column("queued", "QUEUED", 8),
    Column("high", "HIGH", 7),
    Column("normal", "NORMAL", 8),
    Column("low", "LOW", 7),
    Column("running", "RUNNING", 9),
    Column("workers", "WORKERS", 9),
    Column("submitted", "IN/S", 7),
    Column("done", "DONE/S", 8),
)
NAMES = ("function", *(column.name for column in COLUMNS))


@dataclass(frozen=True)
class View:
    """Numbers come with the greatest first, names from A; `is_reversed` turns that round."""

    sort: str = "queued"
    is_reversed: bool = False
    wanted: str = ""  # a part of the function's name, in any case of letters

    def next_sort(self, step: int) -> str:
        """The column beside the one that sorts."""
        return NAMES[(NAMES.index(self.sort) + step) % len(NAMES)]

    def chosen(self, lines: Iterable[Line]) -> list[Line]:
        """The lines to show, in order."""
        wanted = self.wanted.casefold()
        found = [line for line in lines if wanted in line.function.casefold()]
        found.sort(key=lambda line: line.function)
        if self.sort == "function":
            return found[::-1] if self.is_reversed else found
        key: Callable[[Line], float] = lambda line: _value(line, self.sort)  # noqa: E731
        return sorted(found, key=key, reverse=not self.is_reversed)


def _value(line: Line, name: str) -> float:
    """What is not known is less than nothing."""
    value: float | None = getattr(line, name)
    return -1 if value is None else value


def headings(view: View, width: int) -> str:
    """The column that sorts has a mark."""
    mark = "^" if view.is_reversed == (view.sort != "function") else "v"
    name = "FUNCTION" + (mark if view.sort == "function" else "")
    cells = [
        (column.heading + (mark if view.sort == column.name else "")).rjust(column.width)
        for column in COLUMNS
    ]
    return name.ljust(_name_width(width)) + "".join(cells)


def row(line: Line, width: int) -> str:
    """A line of the table; long names end with dots."""
    cells = "".join(short(getattr(line, column.name)).rjust(column.width) for column in COLUMNS)
    return _fitted(line.function, _name_width(width)) + cells


def table(lines: Sequence[Line], view: View, width: int) -> list[str]:
    """Headings, the sum where there are several functions, and a line for each one that is wanted."""
    chosen = view.chosen(lines)
    sums = [total(f"({len(chosen)} functions)", chosen)] if len(chosen) > 1 else []
    return [headings(view, width), *(row(line, width) for line in (*sums, *chosen))]


def server_line(server: Watched, width: int) -> str:
    """Address and version, or why there is no answer."""
    known = server.known
    if known.now is None:
        text = f"no answer: {known.trouble}" if known.trouble else "asking"
    else:
        text = f"version {known.now.version}, functions {len(known.now.queues)}"
        if known.now.counts is None:
            text += ", does not tell jobs a second"
    return printable(f"{server.address}  {text}")[:width]


def short(number: float | None) -> str:
    """At most six characters, up to 10^14."""
    if number is None:
        return UNKNOWN
    if 0 < number < 10 and number != int(number):
        return f"{number:.1f}"
    if number < 99_999.5:
        return f"{number:.0f}"
    factor, unit = next(((10**n, unit) for n, unit in _UNITS if number < 10 ** (n + 4)), (10**9, "G"))
    return f"{number / factor:.0f}{unit}"


def _name_width(width: int) -> int:
    return max(NAME_WIDTH, width - sum(column.width for column in COLUMNS))


def _fitted(name: str, width: int) -> str:
    name = printable(name)
    return name.ljust(width) if len(name) < width else f"{name[: width - 3]}.. "
