"""An object store that goes away under load and comes back: moto's S3 server behind the fault proxy."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import which
from sys import executable

from .cast import Cast
from .chaos import Say
from .disks import same_process, withhold
from .object_store import CREDENTIALS, SERVER, ObjectStore
from .outcome import Outcome
from .proxy import FAIR, Proxy, Weather
from .stage import on_stage


def can_serve() -> bool:
    """Whether moto's server is installed here."""
    return which(SERVER, path=str(Path(executable).parent)) is not None


def gone(folder: Path, cast: Cast, rounds: int, say: Say) -> Outcome:
    """The bucket refuses every connection: no acknowledgement, nobody dies, and work goes on when it is back."""
    with _credentials(), closing(ObjectStore(folder / "moto")) as server, closing(Proxy(server.port)) as link:
        url = server.url("torture", link.port)
        with on_stage(folder, cast, store_url=url) as stage:
            stage.start()
            recovery_s: list[float] = []
            broken: list[str] = []

            def cut() -> None:
                link.weather = Weather(down=True)
                link.reset()

            for _ in range(rounds):
                broken += withhold(stage, cut)
                link.weather = FAIR
                recovery_s.append(round(stage.wait_fresh(time.monotonic(), stage.light), 2))
                say(f"object store gone: all answered again {recovery_s[-1]} s after it was back")
            stage.quiet()
            broken += same_process(stage)
            figures = {"rounds": rounds, "recovery_s": recovery_s}
            return Outcome("store_gone", stage.verdict(), figures, tuple(broken))


@contextmanager
def _credentials() -> Iterator[None]:
    """moto takes any; the collector that is started and this process read them from the environment."""
    before = {name: os.environ.get(name) for name in CREDENTIALS}
    os.environ.update(CREDENTIALS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
