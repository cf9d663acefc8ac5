"""The uplink: one MQTT connection kept alive by a thread of its own; paho-mqtt 1.6.1 and 2.x alike.

Plain, or by mutual TLS where the broker is one with it.

A fresh client is made for every connection, so nothing waits in paho's memory: what was not acknowledged is in the
spool, and is sent again. QoS 1 throughout. MQTT 5 is tried first; a broker that knows only 3.1.1 gets that.
"""

import queue
import random
import threading
from contextlib import suppress
from typing import Any, NamedTuple

from .broker import Broker, password
from .client import mqtt
from .errors import SensorError
from .wire.envelope import ENVELOPE_BYTES_MAX

RETRY_S_MIN, RETRY_S_MAX = 1.0, 300.0
CONNACK_WAIT_S = 10.0
LAST_WAIT_S = 1.0
INBOX_MAX = 256  # downward messages not yet looked at; the collector sends again what is lost here
QOS = 1
_UNSUPPORTED_VERSION = {1, 132}  # CONNACK codes of MQTT 3.1.1 and 5


class Message(NamedTuple):
    """A downward message: the topic's last level, and the payload as it came."""

    leaf: str
    payload: bytes


class Connected(NamedTuple):
    """The connection stands, by this protocol version: "5" or "3.1.1"."""

    version: str


class Disconnected(NamedTuple):
    """There is no connection; `reason` is for the log."""

    reason: str


Event = Message | Connected | Disconnected


class Uplink:
    """A connection to `broker` under `prefix` (footfall/1/<tenant>/<sensor>). Events come out of `events`."""

    def __init__(self, broker: Broker, prefix: str, downward: tuple[str, ...], will: bytes) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.connected = False
        self.will = will  # of the next connection
        self._broker = broker
        self._tls = broker.tls
        self._prefix = prefix
        self._downward = downward
        self._client: Any = None
        self._last: Any = None  # what was published last
        self._stopping = threading.Event()
        self._closed = threading.Event()
        self._protocol = mqtt.MQTTv311 if broker.version == "3.1.1" else mqtt.MQTTv5
        self._reason = ""
        self._refused_version = False  # of the running attempt, as the next two
        self._answered = False
        self._stood = False
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def stop(self, wait_s: float = 5.0) -> None:
        """Disconnect in good order: what was published last is waited for, else its PUBACK would reset the connection
        as it closes, and the broker would publish the will."""
        if self.connected and self._last is not None:
            with suppress(ValueError, RuntimeError):  # it was never sent
                self._last.wait_for_publish(LAST_WAIT_S)
        self._stopping.set()
        self._closed.set()
        self._thread.join(wait_s)

    def publish(self, leaf: str, payload: bytes) -> bool:
        """Hand a message to the broker; False where there is no connection. True is no proof of arrival."""
        client = self._client
        if not self.connected or client is None:
            return False
        sent = self._last = client.publish(f"{self._prefix}/{leaf}", payload, qos=QOS)
        return bool(sent.rc == mqtt.MQTT_ERR_SUCCESS)

    def _run(self) -> None:
        wait_s = RETRY_S_MIN
        while not self._stopping.is_set():
            stood, reason = self._connect_once()
            if self._stopping.is_set():
                return
            self.events.put(Disconnected(reason))
            if self._change_version():
                continue  # at once, and one attempt with the one before: the wait does not grow twice
            wait_s = RETRY_S_MIN if stood else min(wait_s * 2, RETRY_S_MAX)
            # Full jitter: after a broker's restart a fleet must not come back in one second.
            self._stopping.wait(random.uniform(RETRY_S_MIN / 2, wait_s))

    def _connect_once(self) -> tuple[bool, str]:
        """Connect and stay until the connection ends. Returns whether it stood, and why it ended."""
        self._closed.clear()
        if self._stopping.is_set():
            return False, "stopped"
        self._reason = "the broker did not answer"
        self._refused_version = self._answered = self._stood = False
        try:
            client = self._client = self._new_client()
            # As bytes: a str host wants the idna codec, and OpenWrt keeps its tables in a package of 730 kB.
            host = self._broker.host.encode("ascii")
            client.connect(host, self._broker.port, self._broker.keepalive_s, **self._start_flags())
            if self._tls is not None:
                self._tls.check(client.socket())
        except SensorError as exc:
            return False, str(exc)
        except (OSError, ValueError) as exc:  # ssl.SSLError is an OSError
            why = "" if self._tls is None else self._tls.explain(exc, self._broker.host)
            return False, why or f"{self._broker.host}:{self._broker.port} cannot be reached: {exc}"
        client.loop_start()
        if not self._closed.wait(CONNACK_WAIT_S):
            if self._stood:
                self._closed.wait()
            else:
                self._refused_version = True  # some brokers never answer a version they do not know
        if self._stopping.is_set():
            client.disconnect()
        self.connected = False
        client.loop_stop()
        return self._stood, self._reason

    def _start_flags(self) -> dict[str, Any]:
        return {"clean_start": True} if self._protocol == mqtt.MQTTv5 else {}

    def _new_client(self) -> Any:
        options: dict[str, Any] = {
            "client_id": self._broker.client_id,
            "protocol": self._protocol,
            "reconnect_on_failure": False,
        }
        if self._protocol != mqtt.MQTTv5:
            options["clean_session"] = True
        if hasattr(mqtt, "CallbackAPIVersion"):  # paho 2
            options["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
        client = mqtt.Client(**options)
        client.max_inflight_messages_set(100)
        client.max_queued_messages_set(2000)
        client.username_pw_set(self._broker.client_id, password(self._broker.password_file))
        if self._tls is not None:
            client.tls_set_context(self._tls.context())  # anew each time: certificates are renewed
            client.on_log = self._on_log
        client.will_set(f"{self._prefix}/death", self.will, qos=QOS)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _change_version(self) -> bool:
        """Whether to try 3.1.1 at once, because the broker refused 5. Each later connection begins with 5 again."""
        if self._broker.version != "auto":
            return False
        fall_back = self._refused_version and self._protocol == mqtt.MQTTv5
        self._protocol = mqtt.MQTTv311 if fall_back else mqtt.MQTTv5
        return fall_back

    # paho's callbacks, in paho's thread. Their arguments differ between its versions; the first four do not.

    def _on_connect(self, client: Any, _userdata: Any, _flags: Any, reason: Any, *_: Any) -> None:
        self._answered = True
        code = getattr(reason, "value", reason)
        if code != 0:
            self._refused_version = code in _UNSUPPORTED_VERSION
            self._reason = f"the broker refused us: {reason}"
            self._closed.set()
            return
        client.subscribe([(f"{self._prefix}/{leaf}", self._broker.subscribe_qos) for leaf in self._downward])
        self.connected = self._stood = True
        self.events.put(Connected("5" if self._protocol == mqtt.MQTTv5 else "3.1.1"))

    def _on_disconnect(self, _client: Any, _userdata: Any, *_: Any) -> None:
        if not self._answered and self._protocol == mqtt.MQTTv5 and self._tls is None:
            self._refused_version = True  # old brokers hang up on a version they do not know
        elif self.connected:
            self._reason = "the connection was lost"
        self.connected = False
        self._closed.set()

    def _on_log(self, _client: Any, _userdata: Any, _level: int, said: str) -> None:
        """TLS 1.3 lets a client finish before the broker has looked at its certificate: the verdict is read later,
        by paho, which tells nobody but its log."""
        if self._tls is not None and not self._answered and "failed to receive" in said:
            self._reason = self._tls.refusal(said)

    def _on_message(self, _client: Any, _userdata: Any, message: Any) -> None:
        # Beyond the limit a message is dropped: the acknowledgement in it comes again when the batch does.
        if len(message.payload) <= ENVELOPE_BYTES_MAX and self.events.qsize() < INBOX_MAX:
            self.events.put(Message(message.topic.rpartition("/")[2], bytes(message.payload)))
