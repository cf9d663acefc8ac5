import resource

import pytest

from tools.errors import ToolError
from tools.load import descriptors


def test_too_few_open_files_are_said_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: pytest.fail("nothing can be raised here"))
    with pytest.raises(ToolError, match="ulimit -n 5256"):
        descriptors.allow(5000)


def test_the_limit_is_raised_as_far_as_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 20_000))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: said.append(limits))
    descriptors.allow(5000)
    descriptors.allow(100)
    assert said == [(5256, 20_000)]
