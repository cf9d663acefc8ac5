"""The server: one collector process. Ingest in threads of its own, the page in the main one, until told to stop."""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import brokering
from ..admission.doubt import Doubt
from ..clock import now_ms
from ..errors import CollectorError, SettingsError
from ..folder import open_folder
from ..ingest.connecting import BrokerAddress
from ..ingest.crew import Crew
from ..ingest.duty import duty_of
from ..mosquitto.upkeep import Upkeep
from ..options.settings import Settings
from ..options.sources import PREFIX, Outside
from ..records.standing import REFRESH_S
from ..sharing.stand_in import StandIn
from ..storage.writers import Writers
from . import garbage
from .supervisor import Supervisor

if TYPE_CHECKING:
    import uvicorn

    from ..folder import Collector
    from ..ingest.mqtt import Ingest

log = logging.getLogger(__name__)

__all__ = ["REFRESH_S", "now_ms", "serve"]

BACKLOG = 500  # messages that wait or are in work: six seconds of 2,500 sensors
PAGE_PATIENCE_S = 3.0  # a report of 31 days of a chain of 50 sites takes some 1.5 s of processor time
BROKER_S = 2.0  # how soon the broker hears of a sensor that was revoked


def serve(folder: Path, outside: Outside | None = None, log_form: str = "text") -> None:
    """Run the collector of `folder` until SIGINT or SIGTERM; outside: as for open_folder; log_form: of its workers.

    Raises CollectorError where it cannot start or go on.
    """
    # Here, because commands that only ask for the time need not wait two seconds for the page, Arrow and DuckDB.
    import uvicorn  # noqa: PLC0415

    from ..delivery.postman import rounds  # noqa: PLC0415
    from ..housekeeping.keeper import SWEEP_AGE_S, Keeper, Task  # noqa: PLC0415
    from ..housekeeping.key_keeper import KeyKeeper  # noqa: PLC0415
    from ..housekeeping.thread import behind  # noqa: PLC0415
    from ..ingest.mqtt import Ingest  # noqa: PLC0415
    from ..page.app import create_app  # noqa: PLC0415
    from ..vitals.figures import Vitals, add_routes  # noqa: PLC0415
    from ..vitals.trend import EVERY_S  # noqa: PLC0415
    from ..watch.watchman import Watchman  # noqa: PLC0415
    from .upkeep import tasks  # noqa: PLC0415

    collector = open_folder(folder, outside)
    collector.store.shelf.claim(collector.owner)
    writers = Writers(folder)
    # Where somebody else commits, or may below an object store's prefix, only what is too old to be under way.
    alone = writers.alone() and not collector.settings.store_url
    swept = collector.store.sweep() if alone else collector.store.sweep(now_ms() / 1000 - SWEEP_AGE_S)
    writers.join()
    if swept:
        log.info("swept away %d files of commits that never came to be", swept)
    for name in collector.epochs.destroy_ended(now_ms()):  # before anybody can ask: nobody was here at the turn
        log.info("epoch key %s destroyed", name)
    collector.registry.disconnect_all()
    chosen = collector.settings
    upkeep = brokering.upkeep(folder, chosen, collector.registry)
    if upkeep is not None:
        upkeep.keep(None, now_ms())  # certificates may have ended while nobody served
    broker = brokering.address(folder, chosen)
    doubt = Doubt(now_ms(), time.monotonic)
    intake = collector.intake(doubt)
    ingest = Ingest(broker, intake, now_ms, duty_of(chosen))
    keys = KeyKeeper(collector, intake, ingest)
    ingest.start()
    crew = _crew(folder, chosen, outside, log_form)
    crew.start()
    stand_in = StandIn(folder, chosen, crew.missing, ingest)
    app = create_app(collector, ingest, patience_s=PAGE_PATIENCE_S)
    config = uvicorn.Config(
        app,
        host=chosen.http_host,
        port=chosen.http_port,
        log_level="warning",
        log_config=None,
        proxy_headers=bool(chosen.http_proxies),
        forwarded_allow_ips=chosen.http_proxies.split(),
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_warm, args=(app.state.warm,), name="warm").start()
    threading.Thread(target=app.state.ahead.run, name="ahead", daemon=True).start()
    app.state.live.stopping = lambda: server.should_exit
    watchman = Watchman(collector, lambda: ingest.connected)
    stopping = threading.Event()
    supervisor = Supervisor()
    todo = [
        Task("watch ingest", 1, lambda _: _end_with(ingest, server)),
        Task("turn keys", 1, keys.turn, for_good=True),
        Task("tell of keys", 1, keys.tell),
        Task("workers", 1, crew.tend),
        Task("stand in", 1, stand_in.turn),
        Task("note figures", EVERY_S, lambda at_ms: vitals.note(at_ms)),  # noqa: PLW0108 - made below
        Task("watch the fleet", 60, watchman.look),
        *tasks(collector),
    ]
    if supervisor.watchdog_s:
        # By the keeper and not by a thread of its own: when housekeeping hangs, the process is to be started anew.
        todo.append(Task("watchdog", supervisor.watchdog_s / 3, lambda _: supervisor.say("WATCHDOG=1")))
    keeper = Keeper(todo, now_ms, time.monotonic, doubt, lambda: ingest.held > BACKLOG)
    vitals = Vitals(collector, ingest, keeper, doubt=doubt, crew=crew)
    add_routes(app, vitals)
    _welcome(collector)
    log.info("the page is on %s, port %d", chosen.http_host, chosen.http_port)
    supervisor.say("READY=1", f"STATUS=page on port {chosen.http_port}")
    threading.Thread(target=behind, args=("keeper", keeper.run, stopping), name="keeper", daemon=True).start()
    if upkeep is not None:
        threading.Thread(target=_keep_broker, args=(upkeep, broker, stopping), name="broker", daemon=True).start()
    threading.Thread(
        target=rounds, args=(collector.postman(), now_ms, stopping, watchman.standing), name="postman", daemon=True
    ).start()
    try:
        server.run()  # returns on SIGINT, SIGTERM, or when the keeper asks it to
    except SystemExit as exc:  # uvicorn's way to say that the port is taken
        raise SettingsError(
            f"port {chosen.http_port} of {chosen.http_host} cannot be used: another program listens there. "
            "Choose another http_port"
        ) from exc
    finally:
        supervisor.say("STOPPING=1")
        crew.stop()  # first: a worker ends at once with the thread that started it, which may be the keeper's
        stopping.set()
        app.state.close()
        ingest.stop()
        keys.keep_number()
        if chosen.replay:
            collector.epochs.destroy_all()
            if collector.store.blinding is not None:
                collector.store.blinding.destroy_all()
    if not ingest.ok:
        raise CollectorError("ingest has died of a fault; its last words are above. Start the collector again")


def _welcome(collector: "Collector") -> None:
    """Make the first user, and say the password: on the terminal or in the journal, once, and in no log of ours."""
    if collector.settings.open_page:
        return
    from ..people.book import FIRST, People  # noqa: PLC0415 - see serve

    password = People(collector.registry.engine).first(now_ms())
    if password is not None:
        host = collector.settings.http_host
        where = f"http://{f'[{host}]' if ':' in host else host}:{collector.settings.http_port}/"
        print(f"sign in at {where} as {FIRST} with the one-time password {password} within 24 hours", flush=True)


def _crew(folder: Path, chosen: Settings, outside: Outside | None, log_form: str) -> Crew:
    """The workers beside this process; they are told what this one was told."""
    told = outside or Outside.of_process()
    said = {f"{PREFIX}{name.upper()}": value for name, value in told.flags.items()}
    return Crew(folder, chosen.workers, chosen.workers_here, {**os.environ, **said}, now_ms, log_form)


def _warm(warm: Callable[[], object]) -> None:
    """Make ready what a first page needs; with it a start is over."""
    warm()
    garbage.settle()


def _end_with(ingest: "Ingest", server: "uvicorn.Server") -> None:
    """End the process when ingest has died: whoever supervises it starts it anew."""
    if not ingest.ok:
        server.should_exit = True


def _keep_broker(upkeep: Upkeep, broker: BrokerAddress, stopping: threading.Event) -> None:
    """In a thread of its own: a broker that does not answer must not hold up the housekeeping."""
    while not stopping.is_set():
        upkeep.keep(broker, now_ms())
        stopping.wait(BROKER_S)
