"""The scaled deployment as processes: PostgreSQL, an S3 server, two collectors, mosquitto, one more bridged to it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.options.settings import Settings
from tools.cli import cli
from tools.load import scaled
from tools.load.line import Broker
from tools.load.scaled import ScaledStage
from tools.run import broker
from tools.run.child import Child, wait_until
from tools.simulate.fleet import run
from tools.simulate.fleet.plan import Failures, FleetPlan
from tools.simulate.fleet.troupe import Target
from tools.torture import ports

SENSORS = 8
PLAN = FleetPlan(SENSORS, 3, 20, 1.0, health_s=1.0, failures=Failures(0.25, 0.25, 0.0, (0.2, 0.4)), processes=1)

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(bool(scaled.obstacle()), reason=scaled.obstacle() or "all is here"),
    pytest.mark.skipif(not broker.find_mosquitto(), reason="mosquitto is not installed; `make test` installs it"),
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScaledStage]:
    with ScaledStage(tmp_path_factory.mktemp("scaled"), SENSORS, Settings(bridges="north:default")) as stage:
        yield stage


def edge(stage: ScaledStage, stack: ExitStack, port: int) -> Path:
    """A mosquitto at another place, made by the command and running."""
    out = stage.folder / "north"
    words = [
        "--dir",
        str(stage.home),
        "--host",
        broker.HOST,
        "--port",
        str(port),
        "--to",
        f"{broker.HOST}:{stage.port}",
    ]
    done = CliRunner().invoke(cli, ["collector", "bridge", "north", "--out", str(out), *words])
    assert done.exit_code == 0, done.output
    child = Child("the other mosquitto", [str(broker.find_mosquitto()), "-c", f"{out}/mosquitto.conf"], out / "log")
    stack.callback(child.stop)
    wait_until(lambda: broker.listens(broker.HOST, port), child, 15.0, "the other mosquitto")
    return out


def test_what_comes_over_a_bridge_is_in_the_bucket_once_and_known_to_postgresql(stage: ScaledStage) -> None:
    """Sensors, a mosquitto at their place, the one in the middle, two collector processes, PostgreSQL and S3."""
    with ExitStack() as stack:
        child = stage.serve(workers=1)
        stack.callback(child.stop)
        port = ports.steady()
        edge(stage, stack, port)
        opened = stage.opened()
        stack.callback(opened.close)
        target = Target(Broker(broker.HOST, port, stage.authority), run.TENANT, stage.members)
        found = run.play(PLAN, target, opened, stage.folder / "run", lambda _says: None, collectors=2)
        assert found.ok, found.sentences()
        assert found.account.sent > 0
        assert opened.registry.engine.dialect.name == "postgresql"
        assert not list((stage.home / "data").glob("**/*.parquet")), "all files are in the bucket"


def test_a_bridge_that_is_no_setting_is_not_made(stage: ScaledStage, tmp_path: Path) -> None:
    words = ["--dir", str(stage.home), "--host", "a", "--to", "b:1", "--out", str(tmp_path / "south")]
    done = CliRunner().invoke(cli, ["collector", "bridge", "south", *words])
    assert done.exit_code == 1
    assert 'set bridges = "south:TENANT"' in done.output
    assert not (tmp_path / "south").exists()
    done = CliRunner().invoke(cli, ["collector", "bridge", "north", *words, "--to", "c:1"])
    assert (done.exit_code, "this collector's broker is one" in done.output) == (1, True)
