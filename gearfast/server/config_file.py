"""The configuration file: gearmand's format, the words of a command line spread over lines.

Words that do not begin with `-` and belong to no option are ignored. A word that begins with `#` starts a
comment up to the end of its line.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

DEFAULT_PATHS = (Path("/etc/gearfast.conf"), Path("/etc/gearmand.conf"))


def default_path() -> Path | None:
    """The first default file that exists."""
    return next((path for path in DEFAULT_PATHS if path.exists()), None)


def read_words(path: Path) -> list[str]:
    """The file's words without comments. Raises OSError when it cannot be read.

    A bare `--` is left out: it would end the options, and the rest of the file would be ignored.
    """
    text = path.read_bytes().decode(errors="surrogateescape")
    words: list[str] = []
    for line in text.replace("\r", "\n").split("\n"):
        for word in line.split():
            if word.startswith("#"):
                break
            words.append(word)
    return [word for word in words if word != "--"]


def complete_long_names(words: list[str], names: Collection[str]) -> list[str]:
    """Write out the abbreviated long options, which gearmand accepts in its file.

    A name that is no option's beginning, or the beginning of several, stays as it is, and so does what stands
    behind a bare `--`.
    """
    end = words.index("--") if "--" in words else len(words)
    return [
        *(_complete(word, names) if word.startswith("--") else word for word in words[:end]),
        *words[end:],
    ]


def _complete(word: str, names: Collection[str]) -> str:
    name, equals, value = word.partition("=")
    if name in names:
        return word
    candidates = [full for full in names if full.startswith(name)]
    return candidates[0] + equals + value if len(candidates) == 1 else word
