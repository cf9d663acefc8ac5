"""The plain way: an MQTT client that writes each row of each JSON message into SQLite, in a process.

What somebody writes in an afternoon: paho-mqtt, a transaction a message, synced, then a word to the sender. No
signature is checked, a primary key refuses duplicates. It connects as the collector does, to the same broker.
"""

import json
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from collector.brokering import addresses
from collector.options import resolving
from footfall_sensor.wire.batch import WIDTHS
from tools.bench.ingest import plain_table


def main(folder: Path, database: Path) -> None:
    """Take messages until SIGTERM."""
    address = addresses.of_ingest(folder, resolving.load(folder))
    assert address.context is not None
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    statement = plain_table(connection)

    def on_message(client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        said = json.loads(message.payload)
        head = (said["sensor"], said["number"])
        connection.execute("BEGIN")
        for place, row in enumerate(said["sightings"]):
            row["token"] -= 1 << 63  # SQLite's integers are signed
            connection.execute(statement, (*head, place, *(row[name] for name in WIDTHS)))
        connection.execute("COMMIT")
        client.publish(message.topic.removesuffix("batch") + "ack", json.dumps([said["number"]]), qos=1)

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=address.client_id, protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(address.context)
    client.on_message = on_message
    client.on_connect = lambda client, *_: client.subscribe("footfall/1/+/+/batch", qos=1)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect(address.host, address.port, clean_start=True)
    client.loop_start()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
