"""The script of the lab, from the first beacon to the last frame; then everything noted goes to the host."""

import socket
import subprocess
import tarfile
import time
from functools import partial

from . import control, counters, phones, radios, scene
from .sensor import LISTEN, LISTEN_AND_HOP, Agent
from .tools import OUT, python, say, stop, until

AIR_S = 2.0  # until what was sent last has gone through every queue
SEAL_S = 3  # by an agent's own time, until a window that is over has been closed, signed and is in its spool
WAIT_S = 60  # a busy host's emulator is slow


def main() -> None:
    """Play everything; what was noted goes to the host in any case."""
    OUT.mkdir()
    try:
        FORMS[scene.FORM.read_text()]()
    finally:
        send_records()


def whole() -> None:
    """One act after the other; the host judges by what was recorded, not by what is said here."""
    radios.set_up()
    recorders = record(*scene.CAPTURES)
    access_point = phones.access_point()
    supplicant = phones.Supplicant()
    radios.add(scene.ACCESS_POINT, scene.SHARED)
    one_channel(supplicant)
    stop(recorders["observer"])
    send_on_purpose()
    agent = all_channels()
    say("sent", **counters.sent(scene.MONITOR))
    stop(recorders["second"])
    radios.remove(scene.SECOND)
    breaking(agent)
    say("sent", **counters.sent(scene.MONITOR))
    for process in (supplicant.process, access_point, recorders["everything"]):
        stop(process)
    radios.unload()
    agent.in_state("gone", 10)
    agent.stop()


def short() -> None:
    """One sensor stays on one channel, two phones scan, and nothing breaks."""
    radios.set_up()
    agent = Agent(scene.FIXED_AGENT, LISTEN)
    (recorder,) = record("everything").values()
    begin([agent])
    phones.scan(scene.SHORT)
    end([agent])
    agent.stop()
    send_on_purpose()
    stop(recorder)


def record(*names: str) -> "dict[str, subprocess.Popen[bytes]]":
    """Start the recorders of these captures, and wait until they hear."""
    recorders = {name: python(name, "guest.recorder", scene.CAPTURES[name], f"{OUT}/{name}.pcap") for name in names}
    until(lambda: all("recording" in (OUT / f"{name}.log").read_text() for name in names), WAIT_S, "recorders")
    return recorders


def send_on_purpose() -> None:
    """The counter-proof, between two readings of the counters."""
    say("sent", **counters.sent(scene.MONITOR))
    control.send()
    time.sleep(AIR_S)
    say("control", **counters.sent(scene.MONITOR))


def one_channel(supplicant: phones.Supplicant) -> None:
    """Two sensors stay on one channel, one by its settings, one beside an access point: both must count everything."""
    agents = [Agent(scene.FIXED_AGENT, LISTEN), Agent(scene.SHARED_AGENT, LISTEN_AND_HOP)]
    begin(agents)
    phones.scan(scene.FIXED)
    for _ in range(2):
        supplicant.look_around((scene.HOME,))
    supplicant.join()
    end(agents)
    for agent in agents:
        agent.stop()


def all_channels() -> Agent:
    """The sensor goes through the channels; it must count what its radio hears there, which is not everything."""
    agent = Agent(scene.HOPPING_AGENT, LISTEN_AND_HOP)
    begin([agent])
    phones.scan(scene.HOPPING)
    end([agent])
    return agent


def begin(agents: list[Agent]) -> None:
    """The phones send from now on; the agents are ready for it."""
    for agent in agents:
        until(agent.listens, WAIT_S, f"{agent.name} listens")
    for agent in agents:
        say("phones begin", agent=agent.name)


def end(agents: list[Agent]) -> None:
    """The phones are silent; wait until the windows are over and the collector has them."""
    time.sleep(AIR_S)
    for agent in agents:
        say("phones end", agent=agent.name)
    sealed_ms = round((time.time() // scene.WINDOW_S + 1) * scene.WINDOW_S + SEAL_S) * 1000
    for agent in agents:
        until(partial(agent.has_sent_all, sealed_ms), WAIT_S, f"the collector has all of {agent.name}")


def breaking(agent: Agent) -> None:
    """Make the sensor's radio deaf, switch it off, take it away, and give it back each time."""
    for act, state in radios.ACTS:
        say("act", act=act.__doc__, wanted=state)
        act()
        agent.in_state(state, 45)


def send_records() -> None:
    """Everything in OUT, as one archive, to the host."""
    with socket.create_connection((scene.HOST, scene.RECORDS_PORT)) as host:
        with host.makefile("wb") as file, tarfile.open(fileobj=file, mode="w|gz") as archive:
            archive.add(OUT, arcname=".")
        host.shutdown(socket.SHUT_WR)
        host.recv(1)


FORMS = {scene.WHOLE_FORM: whole, scene.SHORT_FORM: short}

if __name__ == "__main__":
    main()
