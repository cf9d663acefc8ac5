"""What `unit` runs in an interpreter of its own, as a lean unit has it: without OpenSSL. Prints one JSON object.

Started as a program: python -m tools.bench.unit_work memory | start | drain | agent CONFIG.
"""

import gc
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

MISSING = ("ssl", "_ssl", "_hashlib", "cryptography")  # on a lean unit
MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own in it: a unit's spool is on a RAM file system
RING_KIB, TOKENS = 512, 2000  # of a lean unit
WAITING, FEW, DRAINED = 10_000, 100, 100
BATCH_BYTES, SIGHTINGS = 330, 12  # of a quiet window
BOOT = b"boot id."
INDEX = f"index of {WAITING} batches that wait"
Step = Callable[[str], None]


def memory() -> dict[str, float]:
    """Resident memory in KiB that each part adds, in the order in which a unit takes it up."""
    found: dict[str, float] = {}
    last = 0

    def step(name: str) -> None:
        nonlocal last
        gc.collect()
        now = _resident_kib()
        found[name], last = now - last, now

    step("interpreter, and this program's own imports")
    import msgpack  # noqa: F401, PLC0415

    import footfall_sensor.slim  # noqa: PLC0415 - as an agent begins

    step("msgpack")
    import footfall_sensor.client  # noqa: PLC0415 - paho, as the agent takes it

    step("paho-mqtt")
    import footfall_sensor.__main__  # noqa: F401, PLC0415

    step("the agent's modules")
    kept = _window(), _spool(step)
    del kept
    return found


def start() -> dict[str, float]:
    """Processor time of a start until the agent is made, in ms by part; `dataclasses` is within `modules`."""
    import dataclasses  # noqa: PLC0415

    found = {"interpreter": time.process_time() * 1e3}
    plain, spent = dataclasses._process_class, [0.0]  # type: ignore[attr-defined]

    def timed(*words: object) -> object:
        begun = time.process_time()
        made = plain(*words)
        spent[0] += time.process_time() - begun
        return made

    dataclasses._process_class = timed  # type: ignore[attr-defined]
    begun = time.process_time()
    import footfall_sensor.client  # noqa: PLC0415

    libraries = time.process_time()
    import footfall_sensor.__main__  # noqa: F401, PLC0415

    found["paho-mqtt and what it needs"] = (libraries - begun) * 1e3
    found["modules"] = (time.process_time() - libraries) * 1e3
    return {**found, "dataclasses": spent[0] * 1e3}


def drain() -> dict[str, float]:
    """Processor time a batch, us, while what waits is sent and named by the collector, a word each.

    `sent`: chosen and read from the spool; `settled`: the word acted on, of many and of few that wait; `checked`: its
    signature, by the program that a lean unit has, with the process that it is.
    """
    from footfall_sensor import signing  # noqa: PLC0415

    program = signing.backend()
    secret = program.generate()
    word = b"w" * 170
    signature = program.sign(secret, word)
    begun = _spent()
    for _ in range(10):
        program.verify(secret.public, word, signature)
    found = {"checked": (_spent() - begun) / 10 * 1e6}
    found["sent"], found["settled"] = _drained(WAITING)
    found["settled_of_few"] = _drained(FEW)[1]
    return found


def agent(path: str) -> None:
    """The agent itself, with the configuration of this path, until it is told to end."""
    from footfall_sensor.__main__ import main  # noqa: PLC0415

    main(["run", "--config", path])


def _drained(waiting: int) -> tuple[float, float]:
    from footfall_sensor.delivery import Delivery  # noqa: PLC0415
    from footfall_sensor.sender import Sender  # noqa: PLC0415
    from footfall_sensor.spool import Spool  # noqa: PLC0415
    from footfall_sensor.wire.messages import Acked  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        delivery = Delivery(BOOT, Spool(Path(folder)), Sender(20, 0, 30.0), time.monotonic)
        for _ in range(waiting):
            delivery.put(bytes(BATCH_BYTES), SIGHTINGS, "")
        number, sent_s, settled_s = 0, 0.0, 0.0
        while number < DRAINED:
            begun = time.process_time()
            batches = len(list(delivery.due()))
            sent = time.process_time()
            for _ in range(batches):
                delivery.settle(Acked(BOOT, ((number, number),)))
                number += 1
            sent_s += sent - begun
            settled_s += time.process_time() - sent
    return sent_s / number * 1e6, settled_s / number * 1e6


def _window() -> object:
    """A window as full as a lean unit's, open."""
    from footfall_sensor.window import Window  # noqa: PLC0415

    window = Window(0, TOKENS)
    for number in range(TOKENS):
        window.add(number.to_bytes(8, "big"), number, -60, 2437, 0, 0)
    return window


def _spool(step: Step) -> Sequence[object]:
    """The index of a full spool, found at a start; the window before it, and a ring. The spool itself is no heap."""
    import mmap  # noqa: PLC0415

    from footfall_sensor.spool import Key, Spool  # noqa: PLC0415

    step(f"an open window of {TOKENS} tokens")
    ring = mmap.mmap(-1, RING_KIB << 10)
    ring.write(bytes(RING_KIB << 10))
    step("ring")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        if not (child := os.fork()):  # another process's memory: what is freed here would be taken for the index
            made = Spool(Path(folder))
            for number in range(WAITING):
                made.put(Key(BOOT, number), bytes(BATCH_BYTES), SIGHTINGS)
            os._exit(0)
        os.waitpid(child, 0)
        found = Spool(Path(folder))
        step(INDEX)
        return list(found.waiting())


def _resident_kib() -> int:
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    return int(rollup.partition("\nRss:")[2].split()[0])


def _spent() -> float:
    """Processor seconds of this process and of those that it waited for."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


if __name__ == "__main__":
    sys.modules.update(cast("dict[str, ModuleType]", dict.fromkeys(MISSING)))  # None: there is no such module
    if sys.argv[1] == "agent":
        agent(sys.argv[2])
    else:
        print(json.dumps({"memory": memory, "start": start, "drain": drain}[sys.argv[1]]()))
