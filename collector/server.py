"""The server: one collector process. Ingest in threads of its own, the page in the main one, until told to stop."""

import logging
import threading
import time
from pathlib import Path

import duckdb
import uvicorn
from sqlalchemy.exc import OperationalError

from . import fold
from .errors import CollectorError, SettingsError, StoreError
from .folder import Collector, open_folder
from .ingest import REFRESH_S, BrokerAddress, Ingest
from .page.app import create_app

log = logging.getLogger(__name__)

__all__ = ["REFRESH_S", "now_ms", "serve"]

WATCH_S = 1.0
FOLD_S = 60.0


def now_ms() -> int:
    """UTC in milliseconds."""
    return time.time_ns() // 1_000_000


def serve(folder: Path) -> None:
    """Run the collector of `folder` until SIGINT or SIGTERM. Raises CollectorError where it cannot start or go on."""
    collector = open_folder(folder)
    swept = collector.store.sweep()
    if swept:
        log.info("swept away %d files of commits that never came to be", swept)
    collector.registry.disconnect_all()
    chosen = collector.settings
    ingest = Ingest(BrokerAddress(chosen.broker_host, chosen.broker_port), collector.intake(), now_ms)
    ingest.start()
    config = uvicorn.Config(
        create_app(collector, ingest), host=chosen.http_host, port=chosen.http_port, log_level="warning"
    )
    server = uvicorn.Server(config)
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep, args=(collector, ingest, server, stopping), name="keeper", daemon=True)
    keeper.start()
    try:
        server.run()  # returns on SIGINT, SIGTERM, or when the keeper asks it to
    except SystemExit as exc:  # uvicorn's way to say that the port is taken
        raise SettingsError(
            f"port {chosen.http_port} of {chosen.http_host} cannot be used: another program listens there. "
            "Choose another http_port"
        ) from exc
    finally:
        stopping.set()
        ingest.stop()
        if chosen.replay:
            collector.epochs.destroy_all()
    if not ingest.ok:
        raise CollectorError("ingest has died of a fault; its last words are above. Start the collector again")


def _keep(collector: Collector, ingest: Ingest, server: uvicorn.Server, stopping: threading.Event) -> None:
    """Housekeeping: fold what has come, destroy keys that are over, and end the process when ingest has died."""
    folded_s = time.monotonic()
    while not stopping.wait(WATCH_S):
        if not ingest.ok:
            server.should_exit = True
            return
        due = time.monotonic() - folded_s > FOLD_S
        if due:
            folded_s = time.monotonic()
        try:
            _tidy(collector, fold_too=due)
        except (
            StoreError,
            OperationalError,
            OSError,
            duckdb.Error,
        ) as exc:
            # A disk that is full now may have room later.
            log.error("housekeeping could not be done: %s; it will be tried again", exc)


def _tidy(collector: Collector, fold_too: bool) -> None:
    for name in collector.epochs.destroy_ended(now_ms()):
        log.info("epoch key %s destroyed", name)
    if fold_too:
        for tenant in collector.registry.tenants():
            fold.refresh(collector.store, tenant, collector.registry.sites(tenant.name), now_ms())
