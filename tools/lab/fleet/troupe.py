"""The processes of the lab's sensors: started, asked, ended."""

import json
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from tools.errors import ToolError
from tools.lab.fleet.cast import Job
from tools.lab.fleet.scene import Roles, Scene
from tools.load.enrolling import Member
from tools.load.line import Broker
from tools.run.child import module


class Troupe:
    """A context manager over them."""

    def __init__(self, scene: Scene, roles: Roles, broker: Broker, tenant: str, members: Sequence[Member], clock: Path):
        """clock: the lab's file, beside which jobs and logs lie."""
        self._paths = [clock.parent / f"cast-{number}.json" for number in range(scene.processes)]
        for number, path in enumerate(self._paths):
            mine = members[number :: scene.processes]
            Job(
                broker,
                tenant,
                tuple(one.name for one in mine),
                tuple(one.certificate for one in mine),
                tuple(one.tls_key for one in mine),
                tuple(one.secret.seed.hex() for one in mine),
                tuple(name for name in roles.fails if name in {one.name for one in mine}),
                str(clock),
                scene.by_hand,
                scene.seed + number,
            ).write(path)
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        for path in self._paths:
            with path.with_suffix(".log").open("wb") as errors:
                made = subprocess.Popen(
                    module("tools.lab.fleet.cast", str(path)),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                )
            self._processes.append(made)
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._processes:
            one.kill()
            one.communicate()

    def wait_ready(self) -> None:
        """Until all are connected. Raises ToolError."""
        for number in range(len(self._processes)):
            self._read(number)

    def tell(self, what: str, names: Iterable[str] = ()) -> dict[str, int]:
        """Have all processes do something; their numbers, summed up. Raises ToolError."""
        wanted = json.dumps({"do": what, "names": list(names)}) + "\n"
        for one in self._processes:
            assert one.stdin is not None
            one.stdin.write(wanted)
            one.stdin.flush()
        said = [self._read(number) for number in range(len(self._processes))]
        return {name: sum(one[name] for one in said) for name in ("of", "there", "orders")}

    def _read(self, number: int) -> dict[str, Any]:
        process = self._processes[number]
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            log = self._paths[number].with_suffix(".log").read_text(encoding="utf-8", errors="replace").strip()
            raise ToolError(f"a process of the lab's sensors has ended: {log.splitlines()[-1] if log else 'silently'}")
        said: dict[str, Any] = json.loads(line)
        return said
