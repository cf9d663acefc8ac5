"""What a collector's folder holds, read by plain means: manifest rows by SQL, Parquet files by pyarrow."""

from collections import Counter
from pathlib import Path

from sqlalchemy import select

from collector import schema
from collector.folder import open_folder
from collector.records.reports import boot_bytes
from collector.storage.manifest import StoredFile
from collector.storage.store import SIGHTINGS, WINDOWS, Store

from .evidence import Row, Stored
from .journal import Key

COLUMNS = (
    *("sensor", "token", "first_ms", "last_ms", "frames", "bursts", "rssi_max_dbm", "rssi_mean_dbm", "freq_mhz"),
    *("randomised", "associated", "directed", "model_class"),
)


def read(folder: Path) -> Stored:
    """All that is stored in a collector's folder; its process may run beside."""
    opened = open_folder(folder)
    names = {sensor.id: sensor.name for sensor in opened.registry.sensors()}
    rows: Counter[Row] = Counter()
    windows: Counter[tuple[str, int]] = Counter()
    broken: list[str] = []
    for tenant in opened.registry.tenants():
        for file in opened.store.manifest.files(tenant.name, SIGHTINGS):
            rows.update(_rows(opened.store, file, COLUMNS, broken))
        for file in opened.store.manifest.files(tenant.name, WINDOWS):
            found = _rows(opened.store, file, ("sensor", "start_ms"), broken)
            windows.update((str(row[0]), int(str(row[1]))) for row in found)
    with opened.registry.engine.begin() as connection:
        keys = frozenset(
            Key(names[row.sensor_id], boot_bytes(row.boot), row.number)
            for row in connection.execute(select(schema.batches))
        ) | frozenset(
            Key(names[row.sensor_id], boot_bytes(row.boot), number)
            for row in connection.execute(select(schema.batch_ranges))
            for number in range(row.first, row.last + 1)
        )
        epochs = {
            (names[row.sensor_id], boot_bytes(row.boot), row.epoch): (row.batches, row.sightings)
            for row in connection.execute(select(schema.epoch_ledger))
        }
    ledger = {
        (names[row.sensor_id], boot_bytes(row.boot)): (row.batches, row.sightings)
        for row in opened.store.manifest.ledger()
        if row.batches  # a start of which only duplicates came has no batch of its own
    }
    opened.registry.engine.dispose()
    turned_by = {path.stem.partition("_")[0]: path.read_bytes() for path in (folder / "epoch-keys").glob("*/*.blind")}
    return Stored(keys, rows, windows, ledger, epochs, broken, turned_by)


def _rows(store: Store, file: StoredFile, columns: tuple[str, ...], broken: list[str]) -> list[Row]:
    try:
        table = store.table(file, columns)
    except (OSError, ValueError) as exc:  # pyarrow's ArrowInvalid is a ValueError
        broken.append(f"{file.name} is listed and cannot be read: {exc}")
        return []
    if table.num_rows != file.rows:
        broken.append(f"{file.name} has {table.num_rows} rows, the manifest says {file.rows}")
    return list(zip(*(table.column(name).to_pylist() for name in columns), strict=True))
