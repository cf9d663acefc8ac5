"""Who commits: while anybody does, nobody takes a file that is not listed for nobody's."""

import subprocess
import sys
from pathlib import Path

from collector.storage.writers import Writers

HOLD = (
    "import sys, pathlib; from collector.storage.writers import Writers; "
    "w = Writers(pathlib.Path(sys.argv[1])); w.join(); "
)


def test_nobody_is_alone_beside_another_process_until_that_one_is_killed(tmp_path: Path) -> None:
    words = [sys.executable, "-c", HOLD + "print('holds', flush=True); sys.stdin.read()", str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "holds\n"
        mine = Writers(tmp_path)
        assert not mine.alone()
        other.kill()
        other.wait()
        assert mine.alone()
        mine.leave()


def test_two_may_commit_at_a_time(tmp_path: Path) -> None:
    one, two = Writers(tmp_path), Writers(tmp_path)
    one.join()
    two.join()
    assert not one.alone()
    two.leave()
    assert one.alone()
    one.leave()
