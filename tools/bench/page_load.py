"""Viewers of the page over HTTP: one first view with all that it loads, and many who read at once.

A viewer opens a page, reads it for a while, and opens the next. Only loopback is asked; the asking costs processor time
of the same machine, for the peer as for Footfall.
"""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

LOADS = re.compile(r'<(?:link[^>]+rel="stylesheet"[^>]+href|script[^>]+src|img[^>]+src)="(/[^"]+)"')
READ_S = (0.5, 1.5)  # between two pages of one viewer
TIMEOUT_S = 30.0
COOKIE = "footfall"
GRACE_S = 60.0  # beyond the end, for who waits for a page
PENDING = "…</span>"  # in the place of a number of the overview
LOOKS_AGAIN_S, OVERVIEW_MAX_S = 3.0, 300.0
AGAIN = -1  # in the place of a status: the page says when to come again


@dataclass(frozen=True, slots=True)
class FirstView:
    """A page as it comes to an empty cache: bytes as they travel, compressed."""

    html_bytes: int
    loaded_bytes: int  # sheets, scripts, pictures
    files: int
    html_ms: float

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.html_bytes + self.loaded_bytes


@dataclass(frozen=True, slots=True)
class Load:
    """What many viewers got."""

    viewers: int
    seconds: float
    requests: int
    failed: int  # any answer but 200, and but one that says when to come again
    waited: int  # of these: the numbers are being put together; the viewer comes again
    p50_ms: float
    p95_ms: float
    p99_ms: float
    reached_p50_ms: float = 0.0  # from asking for a page to the page itself, however often it had to be asked for
    reached_p95_ms: float = 0.0

    @property
    def per_s(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def first_view(url: str, path: str, session: str) -> FirstView:
    """Fetch a page and what it names. Raises httpx.HTTPError."""
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, cookies={COOKIE: session}) as client:
        begun_s = time.perf_counter()
        html, html_bytes = _fetched(client, path)
        html_ms = (time.perf_counter() - begun_s) * 1000
        named = sorted(set(LOADS.findall(html)))
        return FirstView(html_bytes, sum(_fetched(client, one)[1] for one in named), len(named), html_ms)


def _fetched(client: httpx.Client, path: str) -> tuple[str, int]:
    """A page or file, and its bytes as they travel; a page that says to come again is asked for again."""
    while True:
        with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            text = answer.read()
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or "retry-after" not in answer.headers:
                answer.raise_for_status()
                return text.decode("utf-8", "replace"), answer.num_bytes_downloaded
        time.sleep(float(answer.headers["retry-after"]))


@dataclass(frozen=True, slots=True)
class Overviewed:
    """The overview of all sites: the page that comes first, when nothing of it is being worked out, and then again."""

    first_ms: float
    whole_s: float  # OVERVIEW_MAX_S where it was not whole by then
    again_ms: float
    bytes: int  # of the whole one's HTML, as it travels


def overviewed(url: str, path: str, session: str) -> Overviewed:
    """Open it as somebody does who has not looked before, and look again until all is there. Raises httpx.HTTPError."""
    begun_s = time.perf_counter()
    first_ms = 0.0
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, cookies={COOKIE: session}) as client:
        while True:
            with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
                text, taken = answer.read().decode("utf-8", "replace"), answer.num_bytes_downloaded
            now_s = time.perf_counter()
            there = answer.status_code == httpx.codes.OK
            first_ms = first_ms or (now_s - begun_s) * 1000 if there else 0.0
            if (there and PENDING not in text) or now_s - begun_s > OVERVIEW_MAX_S:
                break
            time.sleep(float(answer.headers.get("retry-after", LOOKS_AGAIN_S)))
        whole_s = now_s - begun_s
        again_s = time.perf_counter()
        client.get(path)
        return Overviewed(first_ms, whole_s, (time.perf_counter() - again_s) * 1000, taken)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An answer. reached_ms: since the page was first asked for, None: it is not the page yet."""

    ms: float
    code: int
    reached_ms: float | None


def load(url: str, paths: Sequence[str], sessions: Sequence[str], seconds: float, seed: int = 1) -> Load:
    """Let one viewer a session open `paths` by chance for so long. Who is told to come again by then, does."""
    begun_s = time.perf_counter()
    taken = asyncio.run(_all(url, paths, sessions, begun_s + seconds, seed))
    spent_s = time.perf_counter() - begun_s
    failed = sum(one.code not in (httpx.codes.OK, AGAIN) for one in taken)
    waited = sum(one.code == AGAIN for one in taken)
    p50, p95, p99 = _shares([one.ms for one in taken], (0.5, 0.95, 0.99))
    reached = _shares([one.reached_ms for one in taken if one.reached_ms is not None], (0.5, 0.95))
    return Load(len(sessions), spent_s, len(taken), failed, waited, p50, p95, p99, *reached)


def _shares(times_ms: list[float], shares: Sequence[float]) -> list[float]:
    ordered = sorted(times_ms) or [0.0]
    return [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in shares]


async def _all(url: str, paths: Sequence[str], sessions: Sequence[str], end_s: float, seed: int) -> list[_Seen]:
    limits = httpx.Limits(max_connections=len(sessions), max_keepalive_connections=len(sessions))
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits) as client:
        viewers = [
            _view(client, paths, session, end_s, random.Random(seed * 1000 + number))
            for number, session in enumerate(sessions)
        ]
        return [one for seen in await asyncio.gather(*viewers) for one in seen]


async def _view(
    client: httpx.AsyncClient, paths: Sequence[str], session: str, end_s: float, chance: random.Random
) -> list[_Seen]:
    seen: list[_Seen] = []
    again, since_s = "", 0.0
    headers = {"cookie": f"{COOKIE}={session}", "accept-encoding": "gzip"}
    await asyncio.sleep(chance.uniform(0, READ_S[1]))
    while (begun_s := time.perf_counter()) < (end_s + GRACE_S if again else end_s):
        path, after_s = again or chance.choice(paths), chance.uniform(*READ_S)
        since_s = since_s if again else begun_s
        again = ""
        try:
            answer = await client.get(path, headers=headers)
            code = answer.status_code
            if code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in answer.headers:
                code, again, after_s = AGAIN, path, float(answer.headers["retry-after"])
        except httpx.HTTPError:
            code = 0
        now_s = time.perf_counter()
        reached_ms = (now_s - since_s) * 1000 if code == httpx.codes.OK else None
        if again and now_s + after_s > end_s + GRACE_S:
            reached_ms = (now_s - since_s) * 1000  # it never came: it took at least so long
        seen.append(_Seen((now_s - begun_s) * 1000, code, reached_ms))
        await asyncio.sleep(after_s)
    return seen
