"""The lab's collector and broker: the stage of simulated fleets, with a site that will go down, a key, and packages."""

import hashlib
import io
from pathlib import Path

import httpx
from sqlalchemy import update

from collector import schema
from collector.database import writing
from collector.folder import Collector
from collector.grouping.book import Book, Edit
from collector.images.packages import Packages
from collector.images.vouched import KEY, Word
from collector.people.book import People
from collector.people.tokens import Tokens
from collector.people.user import EVERYWHERE, RIGHTS, Role
from collector.records.registry import Site
from footfall_sensor import __version__, signing
from footfall_sensor.wire.release import Release
from tools.device import index
from tools.lab.fleet.clock import LabClock
from tools.lab.fleet.scene import SITE, Roles, Scene
from tools.load.stage import Stage
from tools.run.child import Child, module
from tools.simulate.fleet.run import TENANT

ACTOR, USER = "cli:lab", "lab"
WAIT_S = 60.0


class Home(Stage):
    """A context manager: see Stage. Its collector is `footfall collector serve`, or the one of `stepped` by hand."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        super().__init__(folder, scene.sensors)
        self.clock = LabClock(folder / "clock")
        self.token = ""
        self._by_hand = scene.by_hand

    def arrange(self, opened: Collector, roles: Roles) -> None:
        """Before anybody serves: the site, who may ask, the release key and two packages that it vouches for."""
        now_ms = self.clock.now_ms()
        opened.registry.put_site(Site(TENANT, SITE))
        engine = opened.registry.engine
        Book(engine).edit([(name, Edit(site=SITE)) for name in roles.away], ACTOR, now_ms)
        People(engine).add(USER, Role.ADMINISTRATOR, EVERYWHERE, ACTOR, now_ms)
        with writing(engine).begin() as connection:
            connection.execute(update(schema.users).values(must_change=False, until_ms=None))
        rights = sorted(RIGHTS[Role.ADMINISTRATOR])
        self.token = Tokens(engine).add(USER, "lab", rights, None, 1, ACTOR, now_ms)[1]
        secret = signing.backend().generate()
        (opened.folder / KEY).write_text(secret.public.text(), encoding="ascii")
        for version in (__version__, newer()):
            content = f"a package of {version}".encode()
            sha256 = hashlib.sha256(content).digest()
            note = Release("footfall-sensor", f"{version}-r1", "ipk", len(content), sha256).note()
            word = Word.read(note, index.sign(secret, note).encode())
            Packages(engine, opened.image_files).add(word, io.BytesIO(content), secret.public, ACTOR, now_ms)

    def ask(self, path: str, body: dict[str, object] | None = None) -> httpx.Response:
        """The API or a page, as somebody who may do everything. Raises httpx.HTTPError for a refusal."""
        with httpx.Client(timeout=WAIT_S, trust_env=False, verify=False) as client:  # noqa: S501 - the loopback, no TLS
            headers = {"authorization": f"Bearer {self.token}"}
            url = f"{self.url}{path}"
            said = client.get(url, headers=headers) if body is None else client.post(url, headers=headers, json=body)
        said.raise_for_status()
        return said

    def _launch(self, workers: int) -> Child:
        if not self._by_hand:
            return super()._launch(workers)
        command = module("tools.lab.fleet.stepped", str(self.clock.file), str(self.home))
        child = Child("the collector", command, self.folder / "collector.log")
        self.until_stopped(child.stop)
        return child


def newer() -> str:
    """A version of the agent that nobody runs yet."""
    first, _, last = __version__.rpartition(".")
    return f"{first}.{int(last) + 1}"
