"""The fault proxy does to a connection what its weather says, and nothing in fair weather."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tools.torture.proxy import HOST, Proxy, Weather

WAIT_S = 20.0
MESSAGE = bytes(range(256)) * 8


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(4096):
                self.request.sendall(data)
        except OSError:
            pass


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before a server that sends back what it gets."""
    with _Server((HOST, 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        made = Proxy(server.server_address[1])
        yield made
        made.close()
        server.shutdown()
        thread.join()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, proxy.port), WAIT_S) as made:
        yield made


def receive(client: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = client.recv(size - len(got))
        if not piece:
            raise ConnectionResetError("closed in good order, but early")
        got += piece
    return got


def there_and_back(client: socket.socket, message: bytes) -> float:
    began_s = time.monotonic()
    client.sendall(message)
    assert receive(client, len(message)) == message
    return time.monotonic() - began_s


def test_fair_weather_changes_nothing(proxy: Proxy, client: socket.socket) -> None:
    there_and_back(client, MESSAGE)
    assert (proxy.touched_bytes, proxy.resets, proxy.connections) == (0, 0, 1)


def test_latency_and_jitter_make_it_late_and_keep_the_order(proxy: Proxy, client: socket.socket) -> None:
    proxy.weather = Weather(latency_s=0.1, jitter_s=0.05)
    assert there_and_back(client, MESSAGE) >= 0.2
    assert proxy.touched_bytes == 2 * len(MESSAGE)


def test_a_narrow_link_passes_so_many_bytes_a_second(proxy: Proxy, client: socket.socket) -> None:
    proxy.weather = Weather(bytes_a_s=10_000, slice_bytes=256)
    assert there_and_back(client, MESSAGE) >= (len(MESSAGE) - 256) / 10_000


def test_slices_arrive_whole(proxy: Proxy, client: socket.socket) -> None:
    proxy.weather = Weather(slice_bytes=3)
    there_and_back(client, MESSAGE)


def test_a_reset_reaches_the_client_as_a_reset(proxy: Proxy, client: socket.socket) -> None:
    there_and_back(client, b"hello")
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    assert proxy.connections == 0


def test_a_limit_cuts_in_the_middle(proxy: Proxy, client: socket.socket) -> None:
    proxy.weather = Weather(limit_bytes=1000, slice_bytes=100)
    client.sendall(MESSAGE)
    with pytest.raises(ConnectionResetError):
        receive(client, len(MESSAGE))


def test_a_link_that_is_down_refuses_and_comes_back(proxy: Proxy) -> None:
    proxy.weather = Weather(down=True)
    with pytest.raises(ConnectionResetError), socket.create_connection((HOST, proxy.port), WAIT_S) as client:
        receive(client, 1)
    proxy.weather = Weather()
    with socket.create_connection((HOST, proxy.port), WAIT_S) as client:
        there_and_back(client, MESSAGE)


def test_a_half_open_connection_is_silent_and_a_new_one_works(proxy: Proxy, client: socket.socket) -> None:
    there_and_back(client, b"hello")
    proxy.hush()
    client.sendall(MESSAGE)
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    with socket.create_connection((HOST, proxy.port), WAIT_S) as other:
        there_and_back(other, MESSAGE)
