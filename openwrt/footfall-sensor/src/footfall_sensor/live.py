"""The live agent: listens to a radio for ever, whatever happens to interface, clock, broker and collector."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

from . import BUILT_S, ntp
from .agent import Agent
from .air import Air
from .clock import Grid, Timeline, Trust
from .deaf import Hearing, Watch
from .ears import Ears
from .frames import LINK_RADIOTAP
from .listening import Epoch, Listening
from .outbox import Outbox
from .placing import Placing
from .radio import Radio
from .ring import RETIRE_MS
from .startup import Startup
from .terms import Terms
from .wire.envelope import BOOT_BYTES
from .wire.messages import Health, Totals
from .wire.settings import Verb

WAIT_MS_MAX = 250  # how long a quiet loop sleeps at most: what comes from the broker waits as long
LAG_MS = 2 * RETIRE_MS  # a window stays open so long after its end: its last frames are still in the ring
DRAIN_S = 3.0  # at the end, for what was sent to be acknowledged: the spool does not outlive a reboot
CLOSED = "closed"  # in the place of the radio's state: outside opening hours nobody listens
LISTENS = frozenset((Hearing.LISTENING.value, Hearing.QUIET.value, Hearing.KICKED.value))


class Clock:
    """The machine's clocks."""

    def mono_ms(self) -> int:
        """Milliseconds, never set, never backwards."""
        return time.monotonic_ns() // 1_000_000

    def wall_ms(self) -> int:
        """What the machine takes for UTC, in milliseconds."""
        return time.time_ns() // 1_000_000


class Live:
    """An agent on a radio. `run` returns after `stop` was called, with everything said that can be said.

    Windows are there only while somebody listens: an interface that is gone, or deaf, makes a gap and no silence.
    """

    def __init__(self, agent: Agent, ears: Ears, clock: Clock, timeline: Timeline) -> None:
        config = agent.config
        self._agent = agent
        self._ears = ears
        self._clock = clock
        self._timeline = timeline
        self._placing = Placing(timeline, Grid(timeline, config.window_s * 1000))
        self._terms = Terms(agent.courier.keyring, agent.courier.objections, config.mode == "counts")
        self._closed = False  # the place is, by its hours
        self._listening = Listening(
            self._epoch_for,
            config.window_s * 1000,
            config.sightings_max,
            span=self._placing.grid.span,
            networks=config.networks,
            only_counts=config.mode == "counts",
            objectors_for=lambda mono_ms: self._terms.objectors(timeline.best(mono_ms)),
        )
        self._outbox = Outbox(agent, self._placing)
        self._epoch: Epoch | None = None  # of the open window
        self._kernel_drops = 0
        self._report_due_ms = 0
        self._said_state = ""
        self._said_heard = False
        agent.courier.utc_ms = lambda: timeline.best(clock.mono_ms())
        self._stopping = False
        self.wants_restart = False
        self.chores: list[Callable[[], None]] = []  # what else is to be seen to, as often as a report is made

    def stop(self, *_: object) -> None:
        """End after the present step; may be called from a signal."""
        self._stopping = True
        self.wants_restart = False

    def run(self) -> None:
        """Listen until `stop`; then see `finish`."""
        self._agent.courier.start()
        while not self._stopping:
            self.step()
        self.finish()

    def finish(self) -> None:
        """Hear what is in the ring, seal it, wait a moment for acknowledgements, and say goodbye."""
        until_ms = self._clock.mono_ms() + LAG_MS
        while (left_ms := until_ms - self._clock.mono_ms()) > 0:
            self._hear(left_ms)
        self._pause(self._clock.mono_ms())
        self._outbox.empty()
        self._ears.close()
        courier, spool = self._agent.courier, self._agent.spool
        give_up_s = self._agent.now_s() + DRAIN_S
        while courier.connected and len(spool) and self._agent.now_s() < give_up_s:
            courier.pump(0.1)
        self._report(running=False)
        courier.stop()

    def step(self) -> None:
        """One turn: hear what is there, then see to one of everything else."""
        wait_ms = 0 if self._outbox else max(0, min(self._ears.due_ms - self._clock.mono_ms(), WAIT_MS_MAX))
        self._hear(wait_ms)
        now_ms = self._clock.mono_ms()
        if self._ears.tend(now_ms, self._timeline.utc(now_ms)):
            self._look(now_ms)
        self._outbox.sign_one()
        self._agent.courier.pump()

    def _hear(self, wait_ms: int) -> None:
        heard = self._ears.read(wait_ms)
        if self._closed:
            return  # read, so that the ring is empty when the place opens, and not looked at
        for closed in self._listening.hear_all(heard, LINK_RADIOTAP):
            self._outbox.put(closed)

    def _look(self, now_ms: int) -> None:
        """Once a second: clock, key, windows that are over, and now and then a report."""
        self._listening.lost(self._ears.kernel_drops_total - self._kernel_drops)
        self._kernel_drops = self._ears.kernel_drops_total
        was_trusted = self._timeline.trust is not Trust.UNKNOWN
        stamp = ntp.stamp(self._agent.config.clock_file)  # before the clock: a step comes before its stamp
        self._timeline.read(self._clock.mono_ms(), self._clock.wall_ms(), stamp)
        self._obey()
        begun = self._timeline.trust is not Trust.UNKNOWN and not was_trusted
        key_has_come = self._key_has_come(now_ms)
        self._closed = self._terms.closed(self._timeline.best(now_ms))
        if self._closed or self._ears.state not in LISTENS:
            self._pause(now_ms)
        elif begun or key_has_come:
            # What is heard from now on has a time, or a key: it need not wait for the end of a window that has not.
            for closed in self._listening.cut(now_ms):
                self._outbox.put(closed)
        else:
            for closed in self._listening.advance(now_ms - LAG_MS):
                self._outbox.put(closed)
        self._outbox.make()
        if now_ms >= self._report_due_ms or self._state != self._said_state:
            self._report()

    def _obey(self) -> None:
        """Do what the collector wants, and give up what it was not reached with."""
        orders = self._agent.orders
        if orders is None:
            return
        orders.watch(self._agent.courier.state)
        if self._agent.courier.connected and (news := orders.news()):
            self._agent.courier.answer(news)
        wanted, orders.wanted = orders.wanted, []
        for verb in wanted:
            if verb is Verb.RESTART:
                self.wants_restart = self._stopping = True
            elif verb is Verb.KICK:
                self._ears.kick()
            elif verb is Verb.RESEND:
                self._agent.courier.resend()
            elif verb is Verb.REPORT:
                self._report_due_ms = 0
        if orders.heard and not self._said_heard:
            self._said_heard, self._report_due_ms = True, 0  # footfall-upgrade waits for it

    def _pause(self, now_ms: int) -> None:
        for closed in self._listening.pause(now_ms):
            self._outbox.put(closed)
        self._epoch = None

    def _key_has_come(self, now_ms: int) -> bool:
        """Ask for this time's key and the place's list, where they are not here or another was announced; and shortly
        before the turn for the next key. True when a key is there that the open window has not.
        """
        utc_ms = self._timeline.best(now_ms)
        if utc_ms is None:
            return False
        courier = self._agent.courier
        running = self._terms.epoch_at(utc_ms)  # looked for each second: so ended keys are dropped at once
        if running is None or self._terms.objections.stale:
            courier.want_key(utc_ms, moving=True)
        else:
            courier.want_next_key(running.end_ms, utc_ms)
        return running is not None and self._epoch is None

    def _epoch_for(self, mono_ms: int) -> Epoch | None:
        utc_ms = self._timeline.best(mono_ms)
        self._epoch = None if utc_ms is None else self._terms.epoch_at(utc_ms)
        if self._epoch is not None:
            self._placing.note(self._epoch)
        return self._terms.filling(self._epoch, utc_ms)

    @property
    def _state(self) -> str:
        return CLOSED if self._closed else self._ears.state

    def _report(self, running: bool = True) -> None:
        now_ms = self._clock.mono_ms()
        self._report_due_ms = now_ms + self._agent.config.health_s * 1000
        self._said_state = self._state
        self._agent.report(
            Health(
                self._totals(),
                uptime_s=0.0,
                time_ms=self._timeline.best(now_ms) or 0,
                radio=self._state,
                epoch=self._epoch.name if self._epoch else "",
                clock=self._timeline.trust.value,
                clock_offset_ms=ntp.offset_ms(self._agent.config.clock_file),
                held=len(self._placing.waiting),
                channels=self._ears.plan,
                heard=tuple(self._listening.channel_frames.items()),
                key_wanted=self._epoch is None and not self._closed,
                objections=self._agent.courier.objections.version,
            ),
            running,
        )
        for chore in self.chores if running else ():
            chore()

    def _totals(self) -> Totals:
        return replace(
            self._agent.totals,
            beacons=self._ears.beacons_total,
            kicks=self._ears.kicks_total,
            kernel_drops=self._ears.kernel_drops_total,
            windows_dropped=self._placing.waiting.dropped_total,
        )


def start(startup: Startup) -> Live:
    """An agent as the configuration wants it. Raises SensorError."""
    clock, config = Clock(), startup.config
    by_ntp = ntp.vouches(config.clock)
    agent = Agent(config, os.urandom(BOOT_BYTES), startup=startup)
    air = Air(config.interface, config.ring_kib, config.networks, clock.mono_ms)
    radio = Radio(config.interface, config.channel_numbers, config.dwell_ms, config.hop == "auto")
    ears = Ears(air, radio, Watch(clock.mono_ms() / 1000, config.beacons))
    return Live(agent, ears, clock, Timeline(BUILT_S * 1000, by_ntp))
