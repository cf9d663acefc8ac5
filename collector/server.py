"""The server: one collector process. Ingest in threads of its own, the page in the main one, until told to stop."""

import logging
import threading
import time
from pathlib import Path

import uvicorn

from .errors import CollectorError, SettingsError
from .folder import open_folder
from .housekeeping.keeper import Keeper, Task, tasks
from .housekeeping.key_keeper import KeyKeeper
from .ingest import REFRESH_S, BrokerAddress, Ingest
from .page.app import create_app
from .supervisor import Supervisor
from .vitals import Vitals, add_routes

log = logging.getLogger(__name__)

__all__ = ["REFRESH_S", "now_ms", "serve"]


def now_ms() -> int:
    """UTC in milliseconds."""
    return time.time_ns() // 1_000_000


def serve(folder: Path) -> None:
    """Run the collector of `folder` until SIGINT or SIGTERM. Raises CollectorError where it cannot start or go on."""
    collector = open_folder(folder)
    swept = collector.store.sweep()
    if swept:
        log.info("swept away %d files of commits that never came to be", swept)
    for name in collector.epochs.destroy_ended(now_ms()):  # before anybody can ask: nobody was here at the turn
        log.info("epoch key %s destroyed", name)
    collector.registry.disconnect_all()
    chosen = collector.settings
    intake = collector.intake()
    ingest = Ingest(BrokerAddress(chosen.broker_host, chosen.broker_port), intake, now_ms)
    keys = KeyKeeper(collector, intake, ingest)
    ingest.start()
    app = create_app(collector, ingest)
    config = uvicorn.Config(app, host=chosen.http_host, port=chosen.http_port, log_level="warning", log_config=None)
    server = uvicorn.Server(config)
    stopping = threading.Event()
    supervisor = Supervisor()
    todo = [
        Task("watch ingest", 1, lambda _: _end_with(ingest, server)),
        Task("keys", 1, keys.tend),
        *tasks(collector),
    ]
    if supervisor.watchdog_s:
        # By the keeper and not by a thread of its own: when housekeeping hangs, the process is to be started anew.
        todo.append(Task("watchdog", supervisor.watchdog_s / 3, lambda _: supervisor.say("WATCHDOG=1")))
    keeper = Keeper(todo, now_ms, time.monotonic)
    add_routes(app, Vitals(collector, ingest, keeper))
    supervisor.say("READY=1", f"STATUS=page on port {chosen.http_port}")
    threading.Thread(target=keeper.run, args=(stopping,), name="keeper", daemon=True).start()
    try:
        server.run()  # returns on SIGINT, SIGTERM, or when the keeper asks it to
    except SystemExit as exc:  # uvicorn's way to say that the port is taken
        raise SettingsError(
            f"port {chosen.http_port} of {chosen.http_host} cannot be used: another program listens there. "
            "Choose another http_port"
        ) from exc
    finally:
        supervisor.say("STOPPING=1")
        stopping.set()
        ingest.stop()
        keys.keep_number()
        if chosen.replay:
            collector.epochs.destroy_all()
    if not ingest.ok:
        raise CollectorError("ingest has died of a fault; its last words are above. Start the collector again")


def _end_with(ingest: Ingest, server: uvicorn.Server) -> None:
    """End the process when ingest has died: whoever supervises it starts it anew."""
    if not ingest.ok:
        server.should_exit = True
