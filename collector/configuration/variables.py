"""Variables in options: `{{gateway}}` in a value stands for what the unit's nearest layer says `$gateway` is. Pure.

A variable lies among a layer's options, with a $ in front: tenant, site, group and sensor, history, going back and two
people hold for it as for them. Resolved before a configuration is made: no unit ever sees one.

    {{gateway}}                         a variable; the nearest layer that says $gateway wins
    {{name}} {{site}} {{tenant}} {{group}}   what the unit is called and where it hangs
    {{tag:vlan}}                        `12` of the unit's tag `vlan-12`
"""

import re
from collections.abc import Mapping

from ..errors import QueryError
from ..records.registry import Sensor
from .layers import Origin

SIGN = "$"
VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,30}")
BUILT_IN = frozenset({"name", "site", "tenant", "group"})
# What tells of people is said outright, where everybody who looks at the layer reads it.
OUTRIGHT = frozenset({"mode", "associated", "bssid"})
VALUE_CHARS_MAX = 200
_OPEN = "{{"
BRACES = frozenset("{}")
_REFERENCE = re.compile(r"\{\{ *(?:(tag):)?([A-Za-z0-9_.-]*) *\}\}")


class Unresolved(QueryError):
    """A value cannot be made for a unit: the text names the unit and the variable."""


def is_variable(name: str) -> bool:
    """Whether a layer's entry is a variable and no option."""
    return name.startswith(SIGN)


def checked(name: str) -> str:
    """`$name`, if it can be a variable's. Raises QueryError."""
    bare = name.removeprefix(SIGN)
    if not VARIABLE.fullmatch(bare):
        raise QueryError(
            f"variable {name[:40]}: small letters, digits and _ are wanted, a letter first, such as $gateway"
        )
    if bare in BUILT_IN:
        raise QueryError(f"variable {name}: {{{{{bare}}}}} is the unit's own {bare} already; choose another name")
    return name


def references(value: str) -> list[str]:
    """What a value refers to, `tag:` in front of tags. Raises QueryError for braces that are none."""
    if _OPEN not in value:
        return []
    found = [f"tag:{name}" if tagged else name for tagged, name in _REFERENCE.findall(value)]
    if _OPEN in _REFERENCE.sub("", value):
        raise QueryError(f"'{value}': {{{{name}}}} or {{{{tag:name}}}} is wanted")
    return found


def check(entries: Mapping[str, str]) -> None:
    """Raise QueryError where a layer's options or variables cannot be a template's."""
    for name, value in entries.items():
        used = references(value)
        if is_variable(name):
            checked(name)
            # A brace alone could meet another one where it is put, and a unit would read half a reference.
            if used or len(value) > VALUE_CHARS_MAX or not BRACES.isdisjoint(value):
                raise QueryError(
                    f"variable {name}: at most {VALUE_CHARS_MAX} characters, no braces and no other variable"
                    " are taken; change its value"
                )
            continue
        if used and name in OUTRIGHT:
            raise QueryError(
                f"option {name}: it tells of people, so it is said outright and takes no variable; give its value"
            )
        for one in used:
            if not one.startswith("tag:") and one not in BUILT_IN and not VARIABLE.fullmatch(one):
                raise QueryError(
                    f"option {name}: {{{{{one}}}}} is no name of a variable"
                    "; one has small letters, digits and _, a letter first"
                )


def templated(entries: Mapping[str, str]) -> dict[str, str]:
    """The options whose values hold variables."""
    return {name: value for name, value in entries.items() if _OPEN in value and not is_variable(name)}


def plain(merged: Mapping[str, Origin]) -> dict[str, Origin]:
    """The options without the variables, as they stand in the layers."""
    return {name: origin for name, origin in merged.items() if not is_variable(name)}


def render(merged: Mapping[str, Origin], sensor: Sensor, tags: frozenset[str] = frozenset()) -> dict[str, Origin]:
    """The options of a unit with every variable replaced. Raises Unresolved."""
    found = plain(merged)
    for name, origin in found.items():
        if _OPEN in origin.value:
            found[name] = Origin(_rendered(name, origin, merged, sensor, tags), origin.source)
    return found


def _rendered(option: str, origin: Origin, merged: Mapping[str, Origin], sensor: Sensor, tags: frozenset[str]) -> str:
    own = {"name": sensor.name, "site": sensor.site, "tenant": sensor.tenant, "group": sensor.group_name}

    def value(match: re.Match[str]) -> str:
        tagged, name = match.groups()
        if tagged:
            fitting = sorted(tag for tag in tags if tag.startswith(f"{name}-"))
            if len(fitting) == 1:
                return fitting[0].removeprefix(f"{name}-")
            what = f"{len(fitting)} tags {name}-…" if fitting else f"no tag {name}-…"
            raise Unresolved(
                f"sensor {sensor.name}: {match[0]} in {option} ({origin.source}): it has {what}"
                "; one is wanted: change its tags"
            )
        if name in own:
            if own[name]:
                return own[name]
            raise Unresolved(
                f"sensor {sensor.name}: {match[0]} in {option} ({origin.source}): it has no {name}; give it one"
            )
        said = merged.get(SIGN + name)
        if said is None:
            raise Unresolved(
                f"sensor {sensor.name}: {match[0]} in {option} ({origin.source}) has no value; "
                f"set {SIGN}{name} for it, its group, site or tenant"
            )
        return said.value

    return " ".join(_REFERENCE.sub(value, origin.value).split())
