"""A batch in protobuf, its messages described at run time: no compiler, no generated file.

Types are the shortest that hold a field: a token is random, so a varint would lengthen it; a level in dBm is negative.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from footfall_sensor.wire.batch import COUNTER_NAMES, WIDTHS

_PACKAGE = "footfall.bench"
_Field = descriptor_pb2.FieldDescriptorProto
_SIGNED = ("rssi_max_dbm", "rssi_mean_dbm")
_HEADER: Mapping[str, int] = {
    "epoch": _Field.TYPE_STRING,
    "start": _Field.TYPE_UINT64,
    "len": _Field.TYPE_UINT32,
    "clock": _Field.TYPE_UINT32,
}
_SIGHTING: Mapping[str, int] = {
    name: _Field.TYPE_FIXED64 if name == "token" else _Field.TYPE_SINT32 if name in _SIGNED else _Field.TYPE_UINT32
    for name in WIDTHS
}


def rows_message() -> Any:
    """The class of a batch that repeats a message a sighting: fields of _HEADER, `counts`, `sightings`."""
    return _classes()[0]


def packed_message() -> Any:
    """The class of a batch that repeats each field, packed, under the sighting's own names."""
    return _classes()[1]


@cache
def _classes() -> tuple[Any, Any]:
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    _scalars(file.message_type.add(name="Sighting"), 1, _SIGHTING, _Field.LABEL_OPTIONAL)
    counts = dict.fromkeys(sorted(COUNTER_NAMES), _Field.TYPE_UINT32)
    _scalars(file.message_type.add(name="Counts"), 1, counts, _Field.LABEL_OPTIONAL)
    rows, packed = file.message_type.add(name="Rows"), file.message_type.add(name="Packed")
    for message in (rows, packed):
        _scalars(message, 1, _HEADER, _Field.LABEL_OPTIONAL)
        _nested(message, "counts", 5, "Counts", _Field.LABEL_OPTIONAL)
    _nested(rows, "sightings", 6, "Sighting", _Field.LABEL_REPEATED)
    _scalars(packed, 6, _SIGHTING, _Field.LABEL_REPEATED)  # proto3 packs repeated numbers without being told
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = [pool.FindMessageTypeByName(f"{_PACKAGE}.{name}") for name in ("Rows", "Packed")]
    return message_factory.GetMessageClass(found[0]), message_factory.GetMessageClass(found[1])


def _scalars(message: Any, first: int, types: Mapping[str, int], label: int) -> None:
    for number, (name, kind) in enumerate(types.items(), first):
        message.field.add(name=name, number=number, type=kind, label=label)


def _nested(message: Any, name: str, number: int, kind: str, label: int) -> None:
    type_name = f".{_PACKAGE}.{kind}"
    message.field.add(name=name, number=number, type=_Field.TYPE_MESSAGE, type_name=type_name, label=label)
