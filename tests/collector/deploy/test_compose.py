"""The compose file, as far as it can be judged without an engine: by its own tool, and by settings and commands."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from collector.options import resolving
from collector.options.settings import Settings
from collector.options.sources import PREFIX
from tools.cli import cli

DEPLOY = Path(__file__).parents[3] / "collector" / "deploy"
COMPOSE = shutil.which("docker-compose")
SECRETS = {"POSTGRES_PASSWORD": "tell-nobody", "MINIO_PASSWORD": "tell-nobody"}


def told() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def example() -> dict[str, str]:
    lines = (DEPLOY / "compose.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.skipif(not COMPOSE, reason="docker-compose is missing (Debian package docker-compose)")
def test_composes_own_tool_takes_it_with_the_names_of_the_example_and_not_without() -> None:
    command = [str(COMPOSE), "-f", str(DEPLOY / "compose.yaml"), "config", "-q"]
    said = {"PATH": os.environ["PATH"], **example(), **SECRETS}
    done = subprocess.run(command, env=said, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    without = {"PATH": os.environ["PATH"], **example(), **SECRETS, "POSTGRES_PASSWORD": ""}
    assert subprocess.run(command, env=without, capture_output=True, check=False).returncode != 0


def test_every_setting_it_gives_is_one() -> None:
    given = told()["x-collector"]["environment"]
    names = {name.removeprefix(PREFIX).lower() for name in given if name.startswith(PREFIX)}
    assert names
    assert names <= set(Settings.model_fields)
    assert given["FOOTFALL_WORKERS"] == given["FOOTFALL_WORKERS_ELSEWHERE"], "each worker is a service of its own"


@pytest.mark.parametrize(
    "service", ["init", "collector", "worker", "nightly", "nightly-spark", "spark-master", "spark-worker"]
)
def test_every_command_it_runs_is_one(service: str) -> None:
    """Parsed by the command line itself, and not run."""
    text = told()["services"][service]["command"].replace("${FOOTFALL_HOST}", "mqtt.example.org")
    words = text.replace("${FOOTFALL_TIME_ZONE:-UTC}", "UTC").split()
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None
        command = found
    command.make_context(service, words)


CLUSTER = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text(encoding="utf-8"))


@pytest.mark.skipif(not COMPOSE, reason="docker-compose is missing (Debian package docker-compose)")
def test_with_the_cluster_beside_it_composes_own_tool_sees_three_nodes_and_no_mosquitto() -> None:
    files = [word for name in ("compose.yaml", "compose.cluster.yaml") for word in ("-f", str(DEPLOY / name))]
    said = {"PATH": os.environ["PATH"], **example(), **SECRETS}
    done = subprocess.run([str(COMPOSE), *files, "config"], env=said, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert {one["image"] for one in services.values() if "NODE" in (one.get("environment") or {})} == {
        "nats:2.14-alpine"
    }
    assert "eclipse" not in done.stdout
    assert services["collector"]["environment"]["FOOTFALL_NATS_NODES"] == "nats-1 nats-2 nats-3"


def test_the_clusters_settings_are_some_and_go_together() -> None:
    given = {name.removeprefix(PREFIX).lower(): value for name, value in CLUSTER["x-settings"].items()}
    given["broker_names"] = "mqtt.example.org"
    made = resolving.made(resolving.of_options({**given, "broker_tls": True, "workers": 1}))
    assert len(made.settings.nodes) == 3


def test_no_password_stands_in_it() -> None:
    assert all(not value for name, value in example().items() if "PASSWORD" in name)
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert all("${" in line for line in text.splitlines() if "PASSWORD:" in line)
