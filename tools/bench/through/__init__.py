"""Storing through the real broker: mosquitto with mutual TLS, collector processes, sensors in processes of their own.

Three things in one run: how much goes through one collector process, and one with a worker, next to what verifying and
decoding alone allow and to the plain way, as sightings a second and as processor time; and the real load, 2,500 sensors
with a batch a window each: how long they wait for the word, and how much of a core the collector takes for them.

Broker and senders need processor time too, and where there are few cores they take it from the collector: then the
share by processor time is the fairer one.
"""
