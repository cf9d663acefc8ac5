"""A whole image, from the file to the unit and back: real mosquitto, real ingest, the real page that serves the file,
the real agent and root's real helper. `sysupgrade` is a fake: it ends the helper, as the real one ends every process,
and the test plays the restart, with or without a new image. No flash is written.
"""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from agent_process import AgentProcess
from brokers import Mosquitto, free_port
from click.testing import CliRunner
from helper_bench import HelperBench
from posts import until
from shop import SITE, TENANT, SmallShop
from unit import Unit, unpack

from collector.ingest import mqtt as ingests
from collector.ingest.mqtt import BrokerAddress, Ingest
from collector.options.settings import Settings
from collector.page.app import create_app
from collector.rollout.book import Campaigns
from footfall_sensor import keys
from footfall_sensor.config import Config
from tools.cli import cli
from tools.device import ipk, recipe
from tools.lab.pallet.firmware import sysupgrade

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(
        not shutil.which("signify-openbsd") or not shutil.which("curl"), reason="signify or curl is not installed"
    ),
]
BOARD = "tplink,cpe210-v3"
QUICK = ("--stages", "1,100%", "--soak", "0s", "--answer", "60s")
Fleet = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("package")
    path = work / "a.ipk"
    path.write_bytes(ipk.build(recipe.stage("full", work)))
    return path


class Line:
    """A collector with its page, a unit of two starts and more, and an image for it."""

    def __init__(self, folder: Path, mosquitto: Mosquitto, package: Path) -> None:
        self.shop = SmallShop(folder / "collector", settings=Settings())
        collector = self.shop.collector
        self.ingest = Ingest(BrokerAddress(mosquitto.host, mosquitto.port), collector.intake(), _now_ms)
        self.ingest.start()
        self.port = free_port()
        app = create_app(collector, self.ingest, open_page=True)
        self.server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_level="error", lifespan="off", ws="none"))
        threading.Thread(target=self.server.run, daemon=True).start()
        unpack(package, folder / "unit")
        self.bench = HelperBench(Unit(folder / "unit"), say_s=2)
        self._tools()
        root = self.bench.root
        chosen = Config(
            name="door",
            tenant=TENANT,
            broker_host=mosquitto.host,
            broker_port=mosquitto.port,
            interface="nothere",
            clock="wall",
            health_s=1,
            state_dir=str(root / "etc/footfall"),
            run_dir=str(root / "run"),
        )
        public = keys.read_public(collector.folder / "collector.key.pub")
        self.agent = AgentProcess(root / "agent", chosen, public, root=root)
        collector.registry.put_sensor(TENANT, "door", SITE, self.agent.secret.id, self.agent.secret.public_raw)
        self.agent.start()
        keys.write_secret(folder / "release", self.bench.key)
        self.folder, self.book = folder, Campaigns(collector.registry.engine)

    def _tools(self) -> None:
        """A real fetch, whose first line is cut in the middle where there is a file `cut`; a sysupgrade that does not
        come back; a service that stops the agent."""
        # As uclient-fetch -c does: the rest of a file of that name; the line is cut once.
        fetch = (
            'for url; do :; done; if rm "$STUB_ROOT/cut" 2>/dev/null; then curl -s "$url" | head -c 3000; exit; fi\n'
        )
        fetch += 'has="$(wc -c <"${url##*/}")"; echo "$has" >>"$STUB_ROOT/asked"\n'
        fetch += '[ "$has" -eq 0 ] || exec curl -s -r "$has-" "$url"\n'
        tools = {
            "uclient-fetch": fetch + 'exec curl -s "$url"',
            "sysupgrade": self.bench.unit.read("bin/sysupgrade")
            .removeprefix("#!/bin/sh\n")
            .replace('cp "$1" "$STUB_ROOT/flashed"', 'cp "$1" "$STUB_ROOT/flashed"; kill -9 $PPID'),
        }
        for name, body in tools.items():
            self.bench.unit.write(f"bin/{name}", f"#!/bin/sh\n{body}\n")

    def fleet(self, *words: str) -> dict[str, Any]:
        said = ["fleet", *words, "--dir", str(self.shop.collector.folder), "--json"]
        done = CliRunner().invoke(cli, said, env={"SUDO_USER": "ada"}, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def add(self, release: str = "24.10.5", boards: tuple[str, ...] = (BOARD,)) -> str:
        path = self.folder / f"{release}.bin"
        path.write_bytes(sysupgrade(list(boards), release=release, revision="r28800-new"))
        done = CliRunner().invoke(cli, ["device", "release", str(path), "--key", str(self.folder / "release")])
        assert done.exit_code == 0, done.output
        return str(self.fleet("image", "add", str(path))["name"])

    def roll(self, name: str, *words: str) -> dict[str, Any]:
        return self.fleet("upgrade", "--image", name, "--url", f"http://127.0.0.1:{self.port}/image", *QUICK, *words)

    def step(self) -> None:
        self.book.step(_now_ms())
        time.sleep(0.1)

    def ordered(self) -> None:
        """Until the unit has its order."""
        until((self.bench.root / "run/upgrade/order").exists, self.step, "the unit is told")

    def restart(self, release: str) -> None:
        """As after a sysupgrade: memory is empty, what was kept is there; release: of what runs now."""
        root = self.bench.root
        self.agent.kill()
        for name in ("run", "tmp/footfall-upgrade", "var/footfall-upgrade"):
            shutil.rmtree(root / name, ignore_errors=True)
        (root / "run").mkdir()
        text = f"DISTRIB_RELEASE='{release}'\nDISTRIB_REVISION='r28800-new'\n"
        self.bench.unit.write("etc/openwrt_release", text)
        self.agent.start()

    def campaign(self, number: int) -> tuple[str, str, str]:
        """State, the only unit's, and what is said of it."""
        campaign, (unit,) = self.book.one(number)
        return campaign.course.state, unit.state, unit.says

    def close(self) -> None:
        self.server.should_exit = True
        self.agent.kill()
        self.ingest.stop()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def line(tmp_path: Path, mosquitto: Mosquitto, package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(ingests, "REFRESH_S", 0.3)
    made = Line(tmp_path, mosquitto, package)
    registry = made.shop.collector.registry
    until(lambda: any(one.firmware for one in registry.reports.newest().values()), what="the unit names its image")
    yield made
    made.close()


def test_a_unit_fetches_tests_writes_and_proves_its_image_over_a_line_that_was_cut(line: Line) -> None:
    name = line.add()
    line.roll(name, "--why", "a new kernel")
    line.bench.unit.write("cut", "")
    line.ordered()
    line.bench.run(ends=-9)
    assert (line.bench.root / "flashed").read_bytes() == (line.folder / "24.10.5.bin").read_bytes()
    assert line.bench.unit.read("asked").split() == ["3000"]  # where the line was cut
    assert line.bench.calls[:2] == ["-l", "--test image.bin"]
    until(lambda: line.campaign(1)[1] == "told", line.step)
    (order,) = line.fleet("command", "list")
    assert (order["state"], order["says"]) == ("trying", "writes 24.10.5-r28800 now")
    line.restart("24.10.5")
    until(lambda: line.campaign(1)[0] == "done", line.step, "the campaign is done")
    assert line.campaign(1)[1:] == ("done", "runs 24.10.5-r28800")


def test_a_changed_file_and_a_unit_without_room_are_refused_there_and_a_slip_before(line: Line) -> None:
    name = line.add()
    stored = Path(line.fleet("image", "show", name)["file"])
    genuine = stored.read_bytes()
    stored.write_bytes(genuine.replace(b"kernel", b"lenrek", 1))
    line.roll(name)
    line.ordered()
    line.bench.run()
    until(lambda: line.campaign(1)[0] == "stopped", line.step, "it stops at its canary")
    assert line.campaign(1)[1:] == ("failed", "refused: the image is not the one that was signed")
    line.book.cancel(1, "cli:ada", "", _now_ms())
    stored.write_bytes(genuine)
    line.bench.unit.write("tmp_room", "3\n")
    line.roll(name)
    line.ordered()
    line.bench.run()
    until(lambda: line.campaign(2)[0] == "stopped", line.step, "it stops at its canary")
    assert line.campaign(2)[2] == "refused: no room: 7 KiB are wanted, 3 are there in /tmp"
    assert (line.agent.running, (line.bench.root / "flashed").exists()) == (True, False)
    line.book.cancel(2, "cli:ada", "", _now_ms())
    for image, says in (
        (line.add("24.10.3"), "it runs 24.10.4-r28739, which is newer"),
        (line.add("25.12.0", ("tplink,eap225-v3",)), f"its board is {BOARD}, and none of the images is for it"),
    ):
        planned = line.roll(image, "--dry-run")
        assert (planned["stages"], planned["left_out"]["door"].startswith(says)) == ([], True)


def test_a_unit_that_never_returns_stops_the_campaign_and_is_named_with_what_brings_it_back(line: Line) -> None:
    line.roll(line.add())
    line.ordered()
    line.bench.run(ends=-9)
    until(lambda: line.fleet("command", "list")[0]["says"].startswith("writes"), line.step)
    line.agent.kill()
    registry = line.shop.collector.registry
    until(lambda: not any(one.connected for one in registry.reports.newest().values()), what="it is gone")
    line.book.step(_now_ms() + 61_000)
    assert line.campaign(1)[0] == "stopped"
    says = line.campaign(1)[2]
    assert says.startswith(
        "did not come back within 1 minutes; its last word: writes 24.10.5-r28800 now. It needs a ladder"
    )
    assert "reset held for 4 to 5 s; footfall device recover --unit CPE210-v3" in says
