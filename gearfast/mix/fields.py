"""The values of a mix's file, taken one by one: what is wrong is told with its line and a reason."""

from __future__ import annotations

from typing import Any

from gearfast.mix.distribution import Distribution
from gearfast.mix.positions import Document, Path

LARGEST = 1e20


class MixError(ValueError):
    """A file that is no mix. `line` counts from 1, 0 where there is none to blame."""

    def __init__(self, line: int, reason: str, name: str = "") -> None:
        where = ": ".join([*([name] if name else []), *([f"line {line}"] if line else [])])
        super().__init__(f"{where}: {reason}" if where else reason)
        self.line = line
        self.reason = reason


class Fields:
    """One object of the file. `done` complains about fields that nobody took."""

    def __init__(self, document: Document, path: Path = ()) -> None:
        self._document, self._path = document, path
        self._values = _at(document.data, path)
        if not isinstance(self._values, dict):
            raise self.error(None, "it is to be an object, in braces")
        self._left = dict.fromkeys(self._values)

    def error(self, key: str | int | None, reason: str) -> MixError:
        """Blames the field, or the whole object."""
        path = self._path if key is None else (*self._path, key)
        while path not in self._document.lines:
            path = path[:-1]
        named = ".".join(map(str, self._path if key is None else (*self._path, key)))
        return MixError(self._document.lines[path], f"{named}: {reason}" if named else reason)

    def names(self) -> list[str]:
        for name in self._values:
            self._check_text(name, name)
        return list(self._values)

    def inner(self, key: str) -> Fields:
        """The object in this field."""
        self._take(key)
        return Fields(self._document, (*self._path, key))

    def has(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str) -> str:
        value = self._take(key, "")
        if not isinstance(value, str):
            raise self.error(key, "it is to be a text, in quotes")
        self._check_text(key, value)
        return value

    def number(
        self, key: str, default: float | None = None, *, least: float = 0.0, most: float = LARGEST
    ) -> float:
        """A number between the bounds; without a default it must be there."""
        return self._checked(key, self._take(key, default), least, most)

    def share(self, key: str, default: float | None = None) -> float:
        return self.number(key, default, most=1.0)

    def whole(self, key: str, default: int, *, least: int = 0, most: float = LARGEST) -> int:
        value = self.number(key, default, least=least, most=most)
        if value != int(value):
            raise self.error(key, f"{value:g} is no whole number")
        return int(value)

    def numbers(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """A list of numbers, at least one."""
        value = self._take(key, list(default))
        if not isinstance(value, list) or not value:
            raise self.error(key, "it is to be a list of numbers, in brackets")
        return tuple(self._checked(key, each, 0.0, LARGEST) for each in value)

    def distribution(self, key: str, default: Distribution) -> Distribution:
        """A number, {"values": ...} or {"percentiles": ...}."""
        if not self.has(key):
            return default
        value = self._take(key)
        if not isinstance(value, dict):
            return Distribution.always(self._checked(key, value, 0.0, LARGEST))
        kinds = set(value)
        if kinds == {"values"}:
            return self._of_values(key, value["values"])
        if kinds == {"percentiles"}:
            return self._of_percentiles(key, value["percentiles"])
        raise self.error(key, 'it is to be a number, {"values": ...} or {"percentiles": ...}')

    def done(self) -> None:
        for key in self._left:
            raise self.error(key, "there is no such field")

    def _of_values(self, key: str, value: Any) -> Distribution:
        if not isinstance(value, list) or not all(
            isinstance(pair, list) and len(pair) == 2 for pair in value
        ):
            raise self.error(key, '"values" is to be a list of [value, share]')
        shares = {
            self._checked(key, each, 0.0, LARGEST): self._checked(key, share, 0.0, LARGEST)
            for each, share in value
        }
        if sum(shares.values()) <= 0:
            raise self.error(key, '"values" has no share above 0')
        return Distribution.of_values(shares)

    def _of_percentiles(self, key: str, value: Any) -> Distribution:
        if not isinstance(value, dict):
            raise self.error(key, '"percentiles" is to be an object')
        found = {self._percent(key, percent): value[percent] for percent in value}
        if not {0.0, 100.0} <= set(found):
            raise self.error(key, '"percentiles" needs "0" and "100"')
        values = [self._checked(key, found[percent], 0.0, LARGEST) for percent in sorted(found)]
        if values != sorted(values):
            raise self.error(key, '"percentiles" must not fall')
        return Distribution.of_percentiles(dict(zip(sorted(found), values, strict=True)))

    def _percent(self, key: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        return self._checked(key, value, 0.0, 100.0)

    def _take(self, key: str, default: Any = None) -> Any:
        if key not in self._values and default is None:
            raise self.error(None, f"{key!r} is missing")
        self._left.pop(key, None)
        return self._values.get(key, default)

    def _check_text(self, key: str, value: str) -> None:
        """JSON can write half of a surrogate pair, which no file and no packet can hold."""
        try:
            value.encode()
        except UnicodeEncodeError:
            raise self.error(key, "half of a character is no text") from None

    def _checked(self, key: str, value: Any, least: float, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(key, f"{value!r} is no number")
        if not least <= value <= most:
            one = f"at most {most:g}" if value > most else f"at least {least:g}"
            bounds = one if most == LARGEST else f"between {least:g} and {most:.15g}"
            raise self.error(key, f"{value:g} is not {bounds}")
        return float(value)


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data
