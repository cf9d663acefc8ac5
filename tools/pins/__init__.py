"""Whether the ranges of pyproject.toml hold: the tests with the oldest versions they allow, and with the newest."""
