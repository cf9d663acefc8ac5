"""Sentences of the core that a page may show, read off the statements that raise or make them.

The core speaks English. Its sentences are in the catalogues with the context "error", a name in braces where a value
stands: `raise QueryError(f"there is no site '{name}'")` is "there is no site '{name}'". collector/page/sentences.py
finds the sentence that an error was made of, and says it in another language.
"""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from string import Formatter

import collector

ERRORS = ("NobodyError", "PeopleError", "PlanError", "QueryError", "SheetError", "Unclear", "Unfit", "Unresolved")
WANTING = ("fault", "number", "whole")  # of a row of a sheet: the second argument says what is wanted
ROOT = Path(collector.__file__).parent
# Rooms that pages ask; the others' errors are read on a terminal.
ROOMS = (
    "answers",
    "configuration",
    "enrolment",
    "grouping",
    "images",
    "page",
    "people",
    "plans",
    "premises/zones.py",
    "records",
    "sheets",
    "rollout",
    "watch",
)
# Of these rooms, what no page asks for: CSV of sheets, the claims of a terminal, what a unit is answered.
LEFT_OUT = ("configuration/sheet.py", "grouping/sheet.py", "enrolment/claims.py", "enrolment/reception.py")
# Functions that put sentences together which are no errors: what was left out and why, what disagrees, what is amiss.
SPEAKERS = {
    "stays/noise.py": ("rules",),
    "reporting/disagreeing.py": ("disagreements",),
    "counting/basis.py": ("of",),
    "configuration/floors.py": ("loosens", "loosens_tenant"),
    "fleet.py": ("_judge",),
    "watch/checks.py": (
        "_cloned",
        "_silent",
        "_deaf",
        "_clock",
        "_full",
        "_late",
        "_degraded",
        "_misconfigured",
    ),
    "watch/grouping.py": ("group",),
    "watch/letters.py": ("_over", "_text", "trial"),
    "watch/watchman.py": ("_collectors_own",),
    "rollout/advance.py": ("*",),
    "rollout/cargo.py": ("_left_out",),
    "rollout/images.py": ("left_out",),
    "rollout/packages.py": ("left_out",),
    "rollout/plan.py": ("order_says",),
}
_BRACES = re.compile(r"\{.*?\}")
_WORDS = re.compile(r"[a-z]|: ")  # what is no more than values has nothing to translate


def sentences() -> Iterator[tuple[str, str]]:
    """Each file below the tree with a sentence of it."""
    for name, functions in SPEAKERS.items():
        source = (ROOT / name).read_text(encoding="utf-8")
        yield from ((f"collector/{name}", text) for text in of_functions(source, functions))
    for room in ROOMS:
        place = ROOT / room
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name not in LEFT_OUT:
                yield from ((f"collector/{name}", text) for text in of_source(path.read_text(encoding="utf-8")))


def of_source(source: str) -> Iterator[str]:
    """The sentences that a module raises, or makes to be raised, and what it wants in the cells of a sheet."""
    module = ast.parse(source)
    for node in ast.walk(module):
        made = node.exc if isinstance(node, ast.Raise) else node.value if isinstance(node, ast.Return) else None
        if isinstance(made, ast.Call):
            raised, said = getattr(made.func, "id", ""), made.args[:1]
            if raised in ERRORS and said and isinstance(said[0], (ast.Constant, ast.JoinedStr)):
                yield sentence(said[0])
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WANTING and len(node.args) > 1:
            yield from _strings(_meant(node.args[1], module))


def _meant(node: ast.expr, module: ast.Module) -> ast.expr:
    """What a constant of the module is, where its name stands."""
    name = getattr(node, "id", None)
    made = (one.value for one in module.body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name)
    return next(made, node)


def of_functions(source: str, names: Collection[str]) -> Iterator[str]:
    """The sentences that stand in functions of these names (*: all), without what describes the function itself."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef) and (function.name in names or "*" in names):
            for statement in function.body[ast.get_docstring(function) is not None :]:
                yield from (
                    text for text in _strings(statement) if " " in text and _WORDS.search(_BRACES.sub("", text))
                )


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield sentence(node)
        return
    for child in ast.iter_child_nodes(node):
        yield from _strings(child)


def sentence(node: ast.Constant | ast.JoinedStr) -> str:
    """A string as a catalogue has it: a value is named after what it is read from."""
    if isinstance(node, ast.Constant):
        return _plain(str(node.value))
    names: list[str] = []
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += _plain(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            name = _named(part.value)
            names.append(name)
            text += f"{{{name}{names.count(name) if names.count(name) > 1 else ''}}}"
    return text


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _named(value: ast.expr) -> str:
    """`sensor.name` is name, `MINIMUM` is minimum, whatever is longer is `value`."""
    if isinstance(value, ast.Subscript):
        return _named(value.value)
    found = getattr(value, "attr", getattr(value, "id", "value"))
    return str(found).lower().strip("_")


def names(text: str) -> list[str]:
    """The values of a sentence."""
    return [name for _words, name, _form, _conversion in Formatter().parse(text) if name]
