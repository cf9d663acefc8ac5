"""Variables as CSV, out and in again: a line a layer, a column a variable. Pure.

Columns and layers that are not in a sheet stay as they are. An empty cell takes the variable out of that layer.
"""

import csv
import io
from collections.abc import Iterable, Mapping

from ..errors import QueryError
from . import variables
from .layers import Layers, Place, Scope
from .variables import SIGN

KEYS = ("scope", "tenant", "name")
ROWS_MAX = 100_000


def write(layers: Layers, wanted: Iterable[Place]) -> str:
    """The sheet of these layers."""
    rows = list(wanted)
    names = sorted({name for place in rows for name in _variables(layers, place)})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*KEYS, *(name.removeprefix(SIGN) for name in names)])
    for place in rows:
        own = _variables(layers, place)
        writer.writerow([place.scope, place.tenant, place.name, *(own.get(name, "") for name in names)])
    return out.getvalue()


def read(text: str) -> dict[Place, dict[str, str]]:
    """By layer: its variables with their values, "" = to be taken out. Raises QueryError that names the line."""
    reader = csv.DictReader(io.StringIO(text))
    columns = [name for name in reader.fieldnames or [] if name not in KEYS]
    if set(KEYS) - set(reader.fieldnames or []) or not columns or len(set(columns)) < len(columns):
        raise QueryError(f"a sheet has the columns {', '.join(KEYS)}, and one for each variable, such as gateway")
    for name in columns:
        variables.checked(SIGN + name.strip())
    found: dict[Place, dict[str, str]] = {}
    try:
        for row in reader:
            if None in row or None in row.values():
                raise QueryError(f"line {reader.line_num}: it has another number of cells than the first line")
            place = _place(row, reader.line_num)
            if place in found:
                raise QueryError(f"line {reader.line_num}: {place} is there twice")
            found[place] = {SIGN + name.strip(): " ".join(row[name].split()) for name in columns}
            if len(found) > ROWS_MAX:
                raise QueryError(f"a sheet has at most {ROWS_MAX} lines")
    except csv.Error as exc:
        raise QueryError(f"line {reader.line_num}: {exc}") from exc
    return found


def _place(row: Mapping[str, str], line: int) -> Place:
    scope, tenant, name = (row[key].strip() for key in KEYS)
    try:
        return Place(Scope(scope), tenant, tenant if scope == Scope.TENANT else name)
    except ValueError:
        raise QueryError(f"line {line}: scope is one of {', '.join(Scope)}, not '{scope[:20]}'") from None


def _variables(layers: Layers, place: Place) -> dict[str, str]:
    own = layers[place].options if place in layers else {}
    return {name: value for name, value in own.items() if variables.is_variable(name)}
