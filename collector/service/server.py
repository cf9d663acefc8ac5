"""The server: one collector process. Ingest in threads of its own, the page in the main one, until told to stop."""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from .. import clock
from ..admission.doubt import Doubt
from ..brokering import addresses, files
from ..errors import CollectorError
from ..folder import open_folder
from ..options.sources import Outside
from ..sharing.stand_in import StandIn
from .supervisor import Supervisor

if TYPE_CHECKING:
    import uvicorn

    from ..folder import Collector
    from ..housekeeping.keeper import Task
    from ..ingest.mqtt import Ingest

log = logging.getLogger(__name__)

BACKLOG = 500  # messages that wait or are in work: six seconds of 2,500 sensors


def serve(
    folder: Path,
    outside: Outside | None = None,
    log_form: str = "text",
    *,
    now_ms: Callable[[], int] = clock.now_ms,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> None:
    """Run the collector of `folder` until SIGINT or SIGTERM; outside: as for open_folder; log_form: of its workers.

    Raises CollectorError where it cannot start or go on.
    """
    # Here, because commands that only ask for the time need not wait two seconds for the page, Arrow and DuckDB.
    from ..delivery.postman import rounds  # noqa: PLC0415
    from ..housekeeping.keeper import Keeper, Task  # noqa: PLC0415
    from ..housekeeping.thread import behind  # noqa: PLC0415
    from ..page import words  # noqa: PLC0415
    from ..vitals import herald  # noqa: PLC0415
    from ..vitals.figures import Vitals  # noqa: PLC0415
    from ..vitals.trend import EVERY_S  # noqa: PLC0415
    from ..watch.watchman import Watchman  # noqa: PLC0415
    from . import chief, parts, upkeep, web  # noqa: PLC0415

    collector = open_folder(folder, outside)
    chosen = collector.settings
    with ExitStack() as running:  # left from below: a worker ends at once with the thread that started it again
        running.enter_context(chief.alone(folder))
        parts.put_in_order(collector, now_ms)
        keeping = files.upkeep(folder, chosen, collector.registry)
        if keeping is not None:
            keeping.keep(None, now_ms())  # certificates may have ended while nobody served
        broker = addresses.of_ingest(folder, chosen)
        doubt, supervisor = Doubt(now_ms(), monotonic_s), Supervisor()
        keys = running.enter_context(parts.taking(collector, broker, doubt, now_ms))
        ingest = keys.ingest
        crew = running.enter_context(parts.working(collector, outside, log_form, now_ms))
        page = running.enter_context(web.PageServer(collector, ingest))
        threads = running.enter_context(parts.Threads())
        running.callback(supervisor.say, "STOPPING=1")
        watchman = Watchman(collector, lambda: ingest.connected, words.said_in)
        todo = [
            Task("watch ingest", 1, lambda _: _end_with(ingest, page.server)),
            Task("turn keys", 1, keys.turn, for_good=True),
            Task("tell of keys", 1, keys.tell),
            Task("workers", 1, crew.tend),
            Task("stand in", 1, StandIn(folder, chosen, crew.missing, ingest).turn),
            Task("note figures", EVERY_S, lambda at_ms: vitals.note(at_ms)),  # noqa: PLW0108 - made below
            Task("watch the fleet", 60, watchman.look),
            Task("say what hinders", herald.EVERY_S, lambda at_ms: hindered.look(at_ms)),  # noqa: PLW0108 - made below
            *upkeep.tasks(collector),
            *_alive(supervisor),
        ]
        keeper = Keeper(todo, now_ms, monotonic_s, doubt, lambda: ingest.held > BACKLOG)
        vitals = Vitals(collector, ingest, keeper, doubt=doubt, crew=crew)
        hindered = herald.Herald(vitals.reasons)
        page.show(vitals)
        _welcome(collector, now_ms())
        log.info("the page is on %s, port %d", chosen.http_host, chosen.http_port)
        supervisor.say("READY=1", f"STATUS=page on port {chosen.http_port}")
        threads.start("keeper", behind, "keeper", keeper.run, threads.stopping)
        if keeping is not None:
            threads.start("broker", parts.keep_broker, keeping, broker, now_ms, threads.stopping)
        threads.start("postman", rounds, collector.postman(), now_ms, threads.stopping, watchman.standing)
        page.run()
        died = not ingest.ok  # before it is stopped
    if died:
        raise CollectorError("ingest has died of a fault; its last words are above. Start the collector again")
    log.info("the collector has stopped")


def _alive(supervisor: Supervisor) -> "list[Task]":
    """What tells the supervisor that we live: the keeper does, so that where it hangs we are started anew."""
    from ..housekeeping.keeper import Task  # noqa: PLC0415 - see serve

    every_s = supervisor.watchdog_s / 3
    return [Task("watchdog", every_s, lambda _: supervisor.say("WATCHDOG=1"))] if every_s else []


def _welcome(collector: "Collector", now_ms: int) -> None:
    """Make the first user, and say the password: on the terminal or in the journal, once, and in no log of ours."""
    if collector.settings.open_page:
        return
    from ..people.book import FIRST, People  # noqa: PLC0415 - see serve

    password = People(collector.registry.engine).first(now_ms)
    if password is not None:
        host = collector.settings.http_host
        where = f"http://{f'[{host}]' if ':' in host else host}:{collector.settings.http_port}/"
        print(f"sign in at {where} as {FIRST} with the one-time password {password} within 24 hours", flush=True)


def _end_with(ingest: "Ingest", server: "uvicorn.Server") -> None:
    """End the process when ingest has died: whoever supervises it starts it anew."""
    if not ingest.ok:
        server.should_exit = True
