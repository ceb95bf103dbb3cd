"""A mix as JSON, told in docs/mixes.md: read with every value checked, and written."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from gearfast.mix.distribution import Distribution
from gearfast.mix.fields import Fields, MixError
from gearfast.mix.model import ONE, ZERO, Arrivals, Clients, Function, Mix, Workers
from gearfast.mix.positions import loads

__all__ = ["MixError", "as_json", "dumps", "load", "parse"]

VERSION = 1
_ROUNDING = 0.01
_MOST_NAMES, _MOST_CONNECTIONS, _MOST_BURSTINESS = 100_000, 1_000_000, 1e6
_LINE = 100


def load(path: Path | str) -> Mix:
    """The mix in a file. Raises MixError with file, line and reason, and OSError."""
    try:
        return parse(Path(path).read_text(encoding="utf-8"))
    except MixError as error:
        raise MixError(error.line, error.reason, str(path)) from None
    except UnicodeDecodeError as error:
        raise MixError(0, f"it is no UTF-8: {error.reason}", str(path)) from None


def parse(text: str) -> Mix:
    """The mix in a text. Raises MixError."""
    try:
        document = loads(text)
    except json.JSONDecodeError as error:
        raise MixError(error.lineno, f"it is no JSON: {error.msg}") from None
    except RecursionError:
        raise MixError(0, "it is nested too deeply") from None
    return _mix(Fields(document))


def _mix(fields: Fields) -> Mix:
    if (version := fields.number("gearfast_mix")) != VERSION:
        raise fields.error("gearfast_mix", f"version {version:g} is not known; {VERSION} is")
    functions = _functions(fields)
    mix = Mix(
        seconds=fields.number("seconds", least=0.001),
        jobs_per_second=fields.number("jobs_per_second"),
        functions=functions,
        clients=_clients(fields.inner("clients")) if fields.has("clients") else Clients(),
        workers=_workers(fields.inner("workers")) if fields.has("workers") else Workers(),
        comment=fields.text("comment"),
        source=fields.text("source"),
        skipped=fields.whole("skipped", 0),
    )
    fields.done()
    return mix


def _functions(fields: Fields) -> dict[str, Function]:
    inner = fields.inner("functions")
    functions: dict[str, Function] = {}
    for name in inner.names():
        functions |= _alike(name, inner.inner(name))
    if not functions:
        raise fields.error("functions", "there is none")
    total = sum(function.share for function in functions.values())
    if not math.isclose(total, 1.0, abs_tol=_ROUNDING):
        raise fields.error("functions", f"their shares sum to {total:g}, not to 1")
    return functions


def _alike(name: str, fields: Fields) -> dict[str, Function]:
    """One function, or as many as `names` says, which share what it has."""
    count = fields.whole("names", 1, least=1, most=_MOST_NAMES)
    function = _function(fields)
    if count == 1:
        return {name: function}
    return {f"{name}-{number}": replace(function, share=function.share / count) for number in range(count)}


def _function(fields: Fields) -> Function:
    priorities = fields.inner("priorities") if fields.has("priorities") else None
    high, low = _priorities(priorities) if priorities else (0.0, 0.0)
    function = Function(
        share=fields.share("share"),
        arrivals=_arrivals(fields.inner("arrivals")) if fields.has("arrivals") else Arrivals(),
        high=high,
        low=low,
        background=fields.share("background", 0.0),
        uniques=fields.share("uniques", 0.0),
        joined=fields.share("joined", 0.0),
        delayed=fields.share("delayed", 0.0),
        delay_seconds=fields.distribution("delay_seconds", ZERO),
        payload_bytes=fields.distribution("payload_bytes", ZERO),
        result_bytes=fields.distribution("result_bytes", ZERO),
        run_ms=fields.distribution("run_ms", ZERO),
        failures=fields.share("failures", 0.0),
        updates=fields.number("updates", 0.0),
        workers=fields.whole("workers", 1, most=_MOST_CONNECTIONS),
        waiting=fields.whole("waiting", 0),
    )
    if function.joined > function.uniques:
        raise fields.error("joined", "a job is joined by its unique key, so it can't be more than 'uniques'")
    fields.done()
    return function


def _priorities(fields: Fields) -> tuple[float, float]:
    high, normal, low = (fields.share(name, 0.0) for name in ("high", "normal", "low"))
    total = high + normal + low
    if not math.isclose(total, 1.0, abs_tol=_ROUNDING):
        raise fields.error(None, f"they sum to {total:g}, not to 1")
    fields.done()
    return high / total, low / total


def _arrivals(fields: Fields) -> Arrivals:
    default = Arrivals()
    arrivals = Arrivals(
        step_seconds=fields.number("step_seconds", default.step_seconds, least=0.001),
        shape=fields.numbers("shape", default.shape),
        burstiness=fields.number("burstiness", default.burstiness, most=_MOST_BURSTINESS),
    )
    if sum(arrivals.shape) <= 0:
        raise fields.error("shape", "no step has a rate above 0")
    fields.done()
    return arrivals


def _clients(fields: Fields) -> Clients:
    clients = Clients(
        fields.whole("connections", 1, least=1, most=_MOST_CONNECTIONS),
        fields.number("opened_per_second", 0.0),
    )
    fields.done()
    return clients


def _workers(fields: Fields) -> Workers:
    workers = Workers(
        connections=fields.whole("connections", 1, most=_MOST_CONNECTIONS),
        opened_per_second=fields.number("opened_per_second", 0.0),
        functions_each=fields.distribution("functions_each", ONE),
        jobs_each=fields.distribution("jobs_each", ZERO),
        silent=fields.share("silent", 0.0),
    )
    fields.done()
    return workers


def _plain(value: Any) -> Any:
    """As it stands in a file, without digits that mean nothing."""
    if isinstance(value, Distribution):
        return value.as_json()
    if isinstance(value, tuple):
        return [float(f"{each:.4g}") for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _told(value: Any, default: Any, *but: str) -> dict[str, Any]:
    """The fields that are not as they would be anyway."""
    return {
        name: _plain(given)
        for name, given in vars(value).items()
        if name not in but and given != getattr(default, name)
    }


def _function_as_json(function: Function) -> dict[str, Any]:
    found = _told(function, Function(0.0), "share", "arrivals", "high", "low")
    arrivals = _told(function.arrivals, Arrivals())
    normal = max(0.0, 1.0 - function.high - function.low)
    priorities = {"high": function.high, "normal": normal, "low": function.low}
    return {
        "share": _plain(function.share),
        **({"arrivals": arrivals} if arrivals else {}),
        **(
            {"priorities": {name: _plain(share) for name, share in priorities.items()}}
            if function.high or function.low
            else {}
        ),
        **found,
    }


def as_json(mix: Mix) -> dict[str, Any]:
    """The mix as it stands in a file; what is as it would be anyway is left out."""
    return {
        "gearfast_mix": VERSION,
        **{name: text for name in ("comment", "source") if (text := getattr(mix, name))},
        "seconds": _plain(mix.seconds),
        "jobs_per_second": _plain(mix.jobs_per_second),
        **({"skipped": mix.skipped} if mix.skipped else {}),
        "clients": _told(mix.clients, Clients(0)),
        "workers": _told(mix.workers, Workers(-1)),
        "functions": {name: _function_as_json(function) for name, function in mix.functions.items()},
    }


def dumps(mix: Mix) -> str:
    """JSON for people: short lists and objects on one line."""
    return _written(as_json(mix), "") + "\n"


def _written(value: Any, margin: str) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    is_leaf = not isinstance(value, dict) or not any(isinstance(each, dict) for each in value.values())
    if margin and (is_leaf or len(margin) + len(flat) <= _LINE):
        return flat
    inner = margin + "  "
    lines = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {_written(value[key], inner)}" for key in value]
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
