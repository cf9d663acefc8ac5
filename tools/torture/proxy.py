"""A TCP proxy that makes bad weather between two parts: slow, narrow, chopped, cut, silent.

It lives in a thread of its own; `weather` may be changed at any time and holds for what passes from then on.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

HOST = "127.0.0.1"
READ_BYTES = 4096
START_WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Weather:
    """What the link does to what passes. The defaults do nothing."""

    latency_s: float = 0.0
    jitter_s: float = 0.0  # up to so much more; the order stays
    bytes_a_s: float = 0.0  # 0 = no limit
    slice_bytes: int = 0  # 0 = as it comes; else in pieces of at most so many
    limit_bytes: int = 0  # 0 = none; else a connection is reset after so many
    down: bool = False  # new connections are reset at once


FAIR = Weather()


@dataclass(slots=True, eq=False)
class _Pair:
    """A connection through the proxy: both its ends."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    silent: bool = False  # half-open: both ends believe in it, nothing passes
    passed_bytes: int = 0

    def reset(self) -> None:
        """RST to both ends."""
        for writer in (self.near, self.far):
            _reset(writer)


@dataclass(slots=True)
class Proxy:
    """Listens on `port` and passes on to `target_port`, both on this machine."""

    target_port: int
    seed: int = 1
    weather: Weather = FAIR
    port: int = 0
    resets: int = 0
    touched_bytes: int = 0  # that passed in other than fair weather
    _pairs: set[_Pair] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread = field(init=False)
    _chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="proxy", daemon=True)
        self._thread.start()
        ready.wait(START_WAIT_S)

    def close(self) -> None:
        """Reset all connections and end."""
        self.reset()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def reset(self) -> None:
        """Reset every connection that stands (RST to both ends)."""
        self._call(self._drop_all)

    def hush(self) -> None:
        """Make every connection that stands half-open: nothing passes any more, and nobody is told. New ones work."""
        self._call(self._silence_all)

    @property
    def connections(self) -> int:
        """How many stand."""
        return len(self._pairs)

    def _call(self, work: Callable[[], object]) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(work)
        self._loop.call_soon_threadsafe(done.set)
        done.wait(START_WAIT_S)

    def _drop_all(self) -> None:
        for pair in list(self._pairs):
            self._drop(pair)

    def _silence_all(self) -> None:
        for pair in self._pairs:
            pair.silent = True

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, HOST, self.port, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, near_in: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self.weather.down:
            self.resets += 1
            _reset(near)
            return
        try:
            far_in, far = await asyncio.open_connection(HOST, self.target_port)
        except OSError:
            _reset(near)
            return
        pair = _Pair(near, far)
        for writer in (near, far):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pairs.add(pair)
        ways = [asyncio.ensure_future(self._pass(pair, *way)) for way in ((near_in, far), (far_in, near))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            return  # the proxy closes; asyncio would print a cancelled handler as a fault
        finally:
            for way in ways:
                way.cancel()
            self._drop(pair)

    def _drop(self, pair: _Pair) -> None:
        if pair in self._pairs:
            self._pairs.discard(pair)
            self.resets += 1
            pair.reset()

    async def _pass(self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction: what is read waits in a queue until it is due."""
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)
        delivering = asyncio.ensure_future(self._deliver(pair, line, writer))
        due_s = 0.0
        try:
            while data := await reader.read(READ_BYTES):
                weather = self.weather
                late_s = weather.latency_s + self._chance.uniform(0, weather.jitter_s)
                due_s = max(due_s, self._loop.time() + late_s)
                await line.put((due_s, data))
            await line.put((due_s, b""))
            if pair.silent:
                await asyncio.Event().wait()  # the other end does not hear of it
            await delivering
        except OSError:
            if pair.silent:
                await asyncio.Event().wait()
        finally:
            delivering.cancel()

    async def _deliver(
        self, pair: _Pair, line: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due_s, data = await line.get()
            if not data:
                return
            await asyncio.sleep(max(0.0, due_s - self._loop.time()))
            weather = self.weather
            size = weather.slice_bytes or len(data)
            for start in range(0, len(data), size):
                if pair.silent:
                    break
                piece = data[start : start + size]
                pair.passed_bytes += len(piece)
                if weather.limit_bytes and pair.passed_bytes > weather.limit_bytes:
                    self._drop(pair)
                    return
                if weather != FAIR:
                    self.touched_bytes += len(piece)  # before the other end can have them
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(len(piece) / weather.bytes_a_s if weather.bytes_a_s else 0)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
