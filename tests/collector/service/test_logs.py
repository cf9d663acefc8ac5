"""Logs: one line an event, as text or as JSON, whoever logs."""

import json
import subprocess
import sys

PROGRAM = """
import logging
from collector.service import logs
logs.configure({form!r})
logging.getLogger("collector.storage.store").warning("swept %d files", 3)
try:
    raise ValueError("broken")
except ValueError:
    logging.getLogger("x").exception("a fault")
"""


def said(form: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(form=form)], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_json_is_one_object_a_line_with_level_logger_and_time() -> None:
    first, fault = (json.loads(line) for line in said("json"))
    assert (first["event"], first["level"], first["logger"]) == ("swept 3 files", "warning", "collector.storage.store")
    assert first["timestamp"].endswith("Z")
    assert "ValueError: broken" in fault["exception"]


def test_text_is_for_people() -> None:
    assert "swept 3 files" in said("text")[0]
