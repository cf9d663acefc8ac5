"""A real PostgreSQL for tests; see tools.torture.postgres."""

from tools.torture.postgres import BIN, Postgres

__all__ = ["BIN", "Postgres"]
