"""Variables as CSV, out and in again: a line a layer, a column a variable. Pure.

Columns and layers that are not in a sheet stay as they are. An empty cell takes the variable out of that layer.
"""

import csv
import io
from collections.abc import Iterable

from .. import sheets
from ..sheets import Form, Row, SheetError
from . import variables
from .layers import Layers, Place, Scope
from .variables import SIGN

KEYS = ("scope", "tenant", "name")
FORM = Form(needed=KEYS, more=None, empty=True)
SCOPES = f"scope is one of {', '.join(Scope)}"


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


def read(content: bytes) -> dict[Place, dict[str, str]]:
    """By layer: its variables with their values, "" = to be taken out. Raises QueryError that names line and column."""
    found: dict[Place, dict[str, str]] = {}
    names: dict[str, str] = {}
    for row in sheets.read(content, FORM):
        names = names or _names(row)
        place = _place(row)
        if place in found:
            raise row.twice("name")
        found[place] = {name: " ".join(row[column].split()) for column, name in names.items()}
    return found


def _names(row: Row) -> dict[str, str]:
    """Of each column that is one: its variable. Raises QueryError."""
    found = {column: variables.checked(SIGN + column) for column in row.cells if column not in KEYS}
    if not found:
        raise SheetError("line 1: there is no column of a variable; add one, such as gateway")
    return found


def _place(row: Row) -> Place:
    scope, tenant, name = (row[key] for key in KEYS)
    try:
        return Place(Scope(scope), tenant, tenant if scope == Scope.TENANT else name)
    except ValueError:
        raise row.fault("scope", SCOPES) from None


def _variables(layers: Layers, place: Place) -> dict[str, str]:
    own = layers[place].options if place in layers else {}
    return {name: value for name, value in own.items() if variables.is_variable(name)}
