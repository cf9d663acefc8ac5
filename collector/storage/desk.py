"""Desks: DuckDBs that stay open between questions, because to start one takes longer than most of what is asked of it.

A process has two: one of a single thread for what a day holds, since threads cost more there than they save, and one of
all processors for more. Each question gets a connection and a database of its own in memory, which goes with it.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from threading import Lock
from typing import Any

import duckdb

from .shelf import readable

MEMORY_LIMIT = "2GB"  # of a DuckDB; it spills to disk beyond it
SMALL_ROWS = 500_000  # stored rows that a question reads: up to here one thread is as fast, for half the processor time

_numbers = count()
_lock = Lock()


def sit(rows: int) -> tuple[duckdb.DuckDBPyConnection, str]:
    """A connection for a question about so many stored rows, and the name of its database, which it uses."""
    with _lock:
        name = f"question_{next(_numbers)}"
        connection = _instance(os.getpid(), rows <= SMALL_ROWS)[0].cursor()
    connection.execute(f"ATTACH ':memory:' AS {name}; USE {name}")
    return connection, name


def leave(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Let go of a question's connection and of all its tables."""
    connection.execute(f"USE memory; DETACH {name}")
    connection.close()


@contextmanager
def desk(rows: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection as `sit` gives it. What cannot be read with it is a StoreError."""
    connection, name = sit(rows)
    try:
        with readable():
            yield connection
    finally:
        leave(connection, name)


@cache
def _instance(_process: int, small: bool) -> tuple[duckdb.DuckDBPyConnection, "tempfile.TemporaryDirectory[str]"]:
    """A DuckDB of this process (a fork cannot use its parent's), and the folder that it spills into.

    DuckDB's own default, `.tmp` in the working directory, cannot be written in a unit with ProtectSystem=strict.
    """
    spill = tempfile.TemporaryDirectory(prefix="footfall-desk-", ignore_cleanup_errors=True)
    config: dict[str, Any] = {"memory_limit": MEMORY_LIMIT, "temp_directory": spill.name}
    return duckdb.connect(config=config | ({"threads": 1} if small else {})), spill
