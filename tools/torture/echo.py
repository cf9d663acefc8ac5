"""The echo: a client that hears every batch and publishes some of them again, later and in another order."""

from random import Random
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

KEPT_MAX = 1000


class Echo:
    """Starts at once; survives brokers. With each batch heard, one that was heard before goes out by chance."""

    def __init__(self, host: str, port: int, seed: int, share: float = 0.1) -> None:
        self.sent = 0
        self._share = share
        self._chance = Random(seed)
        self._heard: list[tuple[str, bytes]] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="echo", protocol=MQTTProtocolVersion.MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect_async(host, port)
        self._client.loop_start()

    def close(self) -> None:
        """Hear and say no more."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        options = SubscribeOptions(qos=1, noLocal=True)
        client.subscribe("footfall/1/+/+/batch", options=options)

    def _on_message(self, client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        self._heard.append((message.topic, bytes(message.payload)))
        if len(self._heard) > KEPT_MAX:
            self._heard.pop(self._chance.randrange(KEPT_MAX))
        if self._chance.random() < self._share:
            topic, payload = self._chance.choice(self._heard)
            client.publish(topic, payload, qos=1)
            self.sent += 1
