"""What OpenWISP itself publishes on PyPI: its schema and the columns of its import, read as data, in tests alone.

`tools/setup/venv` puts the two packages beside the environment, without the hundred that they want; where an older
environment lacks them they are fetched here.
"""

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(sys.prefix) / "openwisp"
PACKAGES = ("openwisp-monitoring==1.3", "openwisp-controller==1.3.2")


def folder() -> Path:
    """Where the packages lie. Fails where they cannot be had."""
    if not (FOLDER / "openwisp_controller").is_dir():
        command = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--target", str(FOLDER), *PACKAGES]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"make setup puts OpenWISP's packages here; pip says: {done.stderr}"
    return FOLDER


def device_monitoring() -> dict[str, Any]:
    """The JSON schema that a controller checks each document against."""
    schema: dict[str, Any] = runpy.run_path(str(folder() / "openwisp_monitoring/device/schema.py"))["schema"]
    return schema


def import_columns() -> tuple[set[str], set[str]]:
    """The columns that the import of devices knows, and those of them that it does not read."""
    (resource,) = (one for one in _parsed("config/exportable.py").body if getattr(one, "name", "") == "DeviceResource")
    assert isinstance(resource, ast.ClassDef)
    read_only = {
        target.id
        for one in resource.body
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)
        for target in one.targets
        if isinstance(target, ast.Name)
        and any(word.arg == "readonly" and ast.unparse(word.value) == "True" for word in one.value.keywords)
    }
    (meta,) = (one for one in resource.body if isinstance(one, ast.ClassDef) and one.name == "Meta")
    named = {one.value for one in ast.walk(meta) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return named, read_only


def patterns() -> dict[str, re.Pattern[str]]:
    """What a device's name and its own address must look like."""
    found = {}
    for one in _parsed("config/validators.py").body:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and "regex" in one.targets[0].id:
            found[one.targets[0].id] = re.compile(ast.literal_eval(one.value))
    return found


def _parsed(path: str) -> ast.Module:
    return ast.parse((folder() / "openwisp_controller" / path).read_text(encoding="utf-8"))
