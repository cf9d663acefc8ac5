from itertools import count

import pytest

from footfall_sensor import capture
from footfall_sensor.frames import LINK_IEEE802_11, LINK_RADIOTAP
from tools.bench import dpkt_peer, frames, paths, peers, scapy_peer, sensor

READERS = [pytest.param(dpkt_peer.read, id="dpkt"), pytest.param(scapy_peer.read, id="scapy")]


@pytest.fixture(scope="module")
def material() -> frames.Material:
    return frames.synthetic(count=600)


def test_the_same_seed_gives_the_same_frames(material):
    """Runs of different days measure the same bytes."""
    assert material == frames.synthetic(count=600)
    assert material.frames != frames.synthetic(count=600, seed=1).frames


def test_made_up_frames_are_sound_probe_requests_of_many_kinds(material):
    """Every made-up frame is read, and models, addresses, levels and directed probes differ among them."""
    classify = paths.Pseudonymiser(paths.KEY).model_class
    probes = [paths._probe(frame, classify) for frame in material.frames]
    assert all(probes)
    assert len({probe.model_class for probe in probes}) == len(frames.PHONES)
    assert len({probe.mac for probe in probes}) > 100
    assert {probe.freq_mhz for probe in probes} == {2412, 2437, 2462}
    assert 0.05 < sum(probe.directed for probe in probes) / len(probes) < 0.4
    assert any(probe.mac[0] & 2 for probe in probes)
    assert not all(probe.mac[0] & 2 for probe in probes)


@pytest.mark.parametrize("read", READERS)
def test_a_peer_reads_what_we_read(read, material):
    """Address, signal, frequency, sequence number, class and directed flag are the same, frame by frame."""
    found = paths.agreement(read, material.frames[:200])
    assert found == paths.Agreement(frames=200, failed=0, differing=0)


@pytest.mark.parametrize("read", READERS)
def test_a_peer_reads_bare_frames_too(read, material):
    """Without a radiotap header the rest is the same and the signal is unknown."""
    bare = [frame._replace(raw=frame.raw[38:-4], link_type=LINK_IEEE802_11) for frame in material.frames[:40]]
    assert paths.agreement(read, bare) == paths.Agreement(frames=40, failed=0, differing=0)


@pytest.mark.parametrize("read", READERS)
def test_a_peer_makes_the_same_tokens_and_as_many_sightings(read, material):
    """The bare loop's tokens, ours and the peer's are one set; windows hold the same number of sightings."""
    some = (*material.frames[:150], None, *material.frames[150:300])
    tokens = {paths.hmac.digest(paths.KEY, raw[at : at + 6], "sha256")[:8] for raw, at in paths.placed(some)}
    pseudonyms = paths.Pseudonymiser(paths.KEY)
    assert tokens == {pseudonyms.token(raw[at : at + 6]) for raw, at in paths.placed(some)}
    seen: set[bytes] = set()

    class Recording(peers.Tracker):
        def close(self) -> None:
            seen.update(self.window)
            super().close()

    tracker = Recording(paths.KEY)
    for frame in material.frames[:300]:
        tracker.add(frame.ts_ms, read(frame.raw, frame.link_type))
    tracker.close()
    assert seen == tokens
    assert peers.track(read, paths.KEY, some).closed == paths.footfall_path(some).sightings


def test_what_dpkt_reads_otherwise_is_counted(material):
    """dpkt leaves out a short last element: such a frame counts as differing; one it cannot read is no crash."""
    bare = material.frames[0].raw[38:-4]
    short = material.frames[0]._replace(raw=bare + b"\x32\x02\x30\x48", link_type=LINK_IEEE802_11)
    assert paths.agreement(dpkt_peer.read, [short]) == paths.Agreement(frames=1, failed=0, differing=1)
    with pytest.raises(peers.Unreadable):
        dpkt_peer.read(bare[:4], LINK_RADIOTAP)


def test_a_sample_keeps_bursts_together(material):
    """Blocks of frames that follow each other, spread over the whole list."""
    some = frames.sample(material, wanted=100, block=20)
    places = [material.frames.index(frame) for frame in some]
    assert len(some) == 100
    assert places[:20] == list(range(20))
    assert places[-1] > len(material) * 0.7


def test_the_result_names_its_figures(material):
    """A fake clock gives each turn a second: figures then follow from the number of frames alone."""
    seconds = count()
    found = sensor.measure(material, 3, lambda: None, clock_s=lambda: float(next(seconds))).figures()
    assert found["us_per_frame"] == pytest.approx(1e6 / 600, abs=1e-3)
    assert found["scapy_us_per_frame"] == 2500.0
    assert (found["floor_ratio"], found["dpkt_speedup"], found["scapy_speedup"]) == (1.0, 1.0, 1.5)
    assert (found["frames"], found["dpkt_frames"], found["scapy_frames"]) == (600, 600, 400)
    assert 55 <= found["windows"] <= 60  # half an hour
    assert found["sightings"] == peers.track(dpkt_peer.read, paths.KEY, material.frames).closed
    assert (found["dpkt_failed"], found["dpkt_differing"], found["rounds"]) == (0, 0, 3)
    assert str(frames.SEED) in found["source"]


@pytest.mark.shared_data
def test_peers_read_real_frames_as_we_do(shared_data):
    """On a real phone's frames the peers are no worse off than on ours."""
    path = sorted(shared_data.glob("phones/K/*modeA*.pcap"))[0]
    some = list(capture.read(path))[:300]
    assert some
    for read in (dpkt_peer.read, scapy_peer.read):
        found = paths.agreement(read, some)
        assert (found.failed, found.differing) == (0, 0)
