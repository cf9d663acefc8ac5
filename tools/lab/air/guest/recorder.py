"""Records an interface in monitor mode into a pcap file until it is told to stop: the lab's own ears, not the agent's.

python -m guest.recorder INTERFACE FILE; at SIGTERM the number of frames and of kernel drops goes to standard output.
"""

import json
import signal
import socket
import struct
import sys
import time

ETH_P_ALL = 3
SOL_PACKET, PACKET_STATISTICS = 263, 6
LINK_RADIOTAP = 127
HATYPE_RADIOTAP = 803
FRAME_BYTES_MAX = 65535
BUFFER_BYTES = 16 << 20
SO_RCVBUFFORCE = 33


def main(interface: str, path: str) -> None:
    """Record until SIGTERM."""
    listening = socket.socket(
        socket.AF_PACKET, socket.SOCK_RAW, 0
    )  # of no protocol until it is bound: nothing else gets in
    listening.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    listening.bind((interface, ETH_P_ALL))
    assert listening.getsockname()[3] == HATYPE_RADIOTAP, "the interface is not in monitor mode"
    listening.settimeout(0.2)
    going = [True]
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    frames = 0
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, FRAME_BYTES_MAX, LINK_RADIOTAP))
        print(json.dumps({"recording": interface}), flush=True)
        while going:
            try:
                raw = listening.recv(FRAME_BYTES_MAX)
            except TimeoutError:
                continue
            seconds, rest_ns = divmod(time.time_ns(), 1_000_000_000)
            file.write(struct.pack("<IIII", seconds, rest_ns // 1000, len(raw), len(raw)) + raw)
            frames += 1
    _, dropped = struct.unpack("II", listening.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    print(json.dumps({"interface": interface, "frames": frames, "dropped": dropped}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
