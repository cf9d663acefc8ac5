"""`footfall collector serve`: how it ends."""

from pathlib import Path
from typing import Never

import pytest
from click.testing import CliRunner

from collector.service import server
from tools.cli import cli
from tools.collecting import running


def test_ctrl_c_before_it_serves_ends_at_once_with_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No interpreter's end, which would tear threads out of DuckDB; the exit code is that of shells."""

    def interrupted(*_: object) -> Never:
        raise KeyboardInterrupt

    def ends(exit_code: int) -> Never:
        raise SystemExit(exit_code)

    monkeypatch.setattr(server, "serve", interrupted)
    monkeypatch.setattr(running.os, "_exit", ends)
    done = CliRunner().invoke(cli, ["collector", "serve", "--dir", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "interrupted before all was in order; nothing that was acknowledged is lost\n"
