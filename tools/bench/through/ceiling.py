"""The ceiling: verifying and decoding, and nothing else."""

import time
from collections.abc import Sequence

from collector import folder as folders
from collector.admission.door import Door, Limits
from collector.ingest.intake import Message
from tools.bench.ingest import admit_all
from tools.bench.intake_work import Sender as Keyed
from tools.bench.intake_work import messages
from tools.bench.through.scale import BATCH, SENDING
from tools.bench.through.stage import Stage

CEILING_BATCHES = 1000


class Ceiling:
    """Verifying and decoding, and nothing else, of batches of the same sensors."""

    def __init__(self, stage: Stage) -> None:
        self.per_s: list[float] = []
        self.cpu_us: list[float] = []
        keyed = [Keyed(one.name, one.secret, bytes(8)) for one in stage.members[:SENDING]]
        self._set: Sequence[Message] = next(messages(keyed, CEILING_BATCHES, BATCH))
        opened = folders.open_folder(stage.home)
        self._door = Door(Limits(rate_per_s=None, late_ms=None, ahead_ms=None))
        self._door.know(opened.registry.sensors())
        opened.close()
        admit_all(self._door, list(self._set))

    def look(self) -> None:
        """Measure it once more."""
        began_s, cpu_s = time.perf_counter(), time.process_time()
        admit_all(self._door, list(self._set))
        self.per_s.append(CEILING_BATCHES * BATCH / (time.perf_counter() - began_s))
        self.cpu_us.append((time.process_time() - cpu_s) / CEILING_BATCHES * 1e6)
