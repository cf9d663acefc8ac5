"""The counter-proof: one frame sent on purpose from the sensor's interface, which every check for it must then see."""

import socket
import struct

from . import scene

SEQUENCE = 0x0010


def send() -> None:
    """Send one probe request from the sensor's interface, as the agent never does."""
    address = bytes.fromhex(scene.ADDRESSES[scene.SENSOR].replace(":", ""))
    radiotap = struct.pack("<BBHI", 0, 0, 8, 0)
    header = struct.pack("<HH6s6s6sH", 0x0040, 0, b"\xff" * 6, address, b"\xff" * 6, SEQUENCE)
    elements = bytes((0, 0, 1, 4, 2, 4, 11, 22))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sending:
        sending.bind((scene.MONITOR, 0))
        sending.send(radiotap + header + elements)
