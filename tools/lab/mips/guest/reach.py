"""Every module that the sensor can come to need, by name: a line each, with its file where it has one."""

import importlib
import pkgutil
import sys

import footfall_sensor

# What is imported late: by the package's init script, by an error that is shown, by argparse's messages.
LATER = ("compileall", "py_compile", "runpy", "traceback", "linecache", "tokenize", "gettext", "locale")
ENCODINGS = ("aliases", "ascii", "latin_1", "utf_8")


def main() -> None:
    """Import all of them, and say what that brought in."""
    for found in pkgutil.walk_packages(footfall_sensor.__path__, "footfall_sensor."):
        importlib.import_module(found.name)
    for name in (*LATER, *(f"encodings.{name}" for name in ENCODINGS)):
        importlib.import_module(name)
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file:
            print(name, file)


if __name__ == "__main__":
    main()
