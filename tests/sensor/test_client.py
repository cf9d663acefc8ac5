"""paho's client within the agent: a steady run carries nothing that it does not need."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from uplink_driver import PAHO_1, PAHO_PATHS

# What proxies, enrolment or another command alone would need: memory that a unit of 64 MB keeps.
COMMANDS = ("capture", "claim", "joining", "posting", "replay", "selftest")
UNWANTED = {
    *("urllib.request", "http", "http.client", "email", "tempfile", "argparse"),
    *(f"footfall_sensor.{name}" for name in COMMANDS),
}


@pytest.fixture(params=PAHO_PATHS)
def paho(request: pytest.FixtureRequest) -> str:
    """Each paho that units have."""
    if request.param == "paho 1.6.1" and not PAHO_1.is_dir():
        pytest.skip("paho-mqtt 1.6.1 is not beside the environment; `make setup` puts it there")
    return str(request.param)


def evaluate(paho: str, imports: str, expression: str) -> Any:
    """What an expression comes to in a fresh interpreter, after these imports."""
    code = f"import {imports}, json, sys; print(json.dumps({expression}))"
    told = {**os.environ, "PYTHONPATH": PAHO_PATHS[paho]}
    done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_steady_run_imports_what_it_needs(paho: str) -> None:
    """Neither paho's proxies nor the modules of other commands are in the memory of a run that listens and sends."""
    imported = set(evaluate(paho, "footfall_sensor.__main__, footfall_sensor.live", "sorted(sys.modules)"))
    assert {"paho.mqtt.client", "footfall_sensor.uplink"} <= imported
    assert not UNWANTED & imported


def test_whoever_wants_the_real_module_gets_it(paho: str) -> None:
    """What stood in for urllib.request while paho was imported is gone afterwards."""
    assert evaluate(paho, "footfall_sensor.client, urllib.request", "urllib.request.Request.__name__") == "Request"


def test_no_proxy_is_looked_for(paho: str) -> None:
    """paho is left with no way to a proxy, so it never comes to what it was not given."""
    found = evaluate(paho, "footfall_sensor.client as client", "[client.mqtt.socks, client.mqtt.ssl is None]")
    assert found == [None, False]
