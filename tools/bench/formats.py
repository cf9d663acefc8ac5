"""One batch in several formats: ours, JSON, msgpack maps, and protobuf in two shapes.

Each format carries the same facts under the same names. `hold` makes what a program of that format would keep ready to
send, `encode` turns that into a body, and `decode` turns a body into columns, which is what a store takes.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import msgpack
import numpy as np
from numpy.typing import NDArray

from footfall_sensor.wire import batch as batch_wire
from footfall_sensor.wire.batch import WIDTHS, Batch
from tools.bench import protobuf_peer

Column = NDArray[Any]
Columns = tuple[Column, ...]  # in the order of WIDTHS
_DTYPES = {name: np.dtype("<" + letter) for name, (letter, _) in WIDTHS.items()}


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a batch down."""

    key: str  # begins the names of its figures; "" for ours
    title: str
    hold: Callable[[Batch], Any]
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Columns]


def columns_of(batch: Batch) -> Columns:
    """The batch's own columns: what every decoder must give."""
    return tuple(np.frombuffer(getattr(batch.columns, name), dtype) for name, dtype in _DTYPES.items())


def _header(batch: Batch) -> dict[str, Any]:
    """What a batch says beside its sightings; ours leaves zero counters out, so the others may too."""
    return {
        "epoch": batch.epoch,
        "start": batch.start_ms,
        "len": batch.length_ms,
        "clock": int(batch.clock),
        "counts": {name: count for name, count in asdict(batch.counters).items() if count},
    }


def _json_hold(batch: Batch) -> dict[str, Any]:
    # A token goes as hexadecimal digits: JSON readers that keep numbers as doubles lose integers beyond 2**53.
    rows = [row._asdict() | {"token": f"{row.token:016x}"} for row in batch.columns]
    return _header(batch) | {"sightings": rows}


def _json_encode(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()


def _json_decode(raw: bytes) -> Columns:
    rows = json.loads(raw)["sightings"]
    for row in rows:
        row["token"] = int(row["token"], 16)
    return _gathered(rows)


def _msgpack_hold(batch: Batch) -> dict[str, Any]:
    return _header(batch) | {"sightings": [row._asdict() for row in batch.columns]}


def _msgpack_encode(payload: Mapping[str, Any]) -> bytes:
    return cast(bytes, msgpack.packb(payload))


def _msgpack_decode(raw: bytes) -> Columns:
    return _gathered(msgpack.unpackb(raw)["sightings"])


def _gathered(rows: list[Mapping[str, int]]) -> Columns:
    return tuple(np.array([row[name] for row in rows], dtype=dtype) for name, dtype in _DTYPES.items())


def _protobuf_hold(batch: Batch) -> Any:
    return protobuf_peer.rows_message()(**_header(batch), sightings=[row._asdict() for row in batch.columns])


def _protobuf_packed_hold(batch: Batch) -> Any:
    values = zip(*batch.columns, strict=True)
    return protobuf_peer.packed_message()(**_header(batch), **dict(zip(WIDTHS, values, strict=True)))


def _protobuf_encode(message: Any) -> bytes:
    return cast(bytes, message.SerializeToString())


def _protobuf_decode(raw: bytes) -> Columns:
    rows = protobuf_peer.rows_message().FromString(raw).sightings
    return tuple(np.array([getattr(row, name) for row in rows], dtype=dtype) for name, dtype in _DTYPES.items())


def _protobuf_packed_decode(raw: bytes) -> Columns:
    message = protobuf_peer.packed_message().FromString(raw)
    return tuple(np.array(getattr(message, name), dtype=dtype) for name, dtype in _DTYPES.items())


FORMATS = (
    Format(
        "", "Footfall, columns", lambda batch: batch, batch_wire.encode, lambda raw: columns_of(batch_wire.decode(raw))
    ),
    Format("json", "JSON, objects", _json_hold, _json_encode, _json_decode),
    Format("msgpack", "msgpack, maps", _msgpack_hold, _msgpack_encode, _msgpack_decode),
    Format("protobuf", "protobuf, messages", _protobuf_hold, _protobuf_encode, _protobuf_decode),
    Format("protobuf_packed", "protobuf, packed", _protobuf_packed_hold, _protobuf_encode, _protobuf_packed_decode),
)
