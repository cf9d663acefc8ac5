"""How long classes of data are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keep:
    """Days that visits without tokens, and windows, are kept. How long tokens are is no setting: see retention."""

    visits_days: int = 400
    windows_days: int = 800
