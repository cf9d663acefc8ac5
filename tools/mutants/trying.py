"""Changes of one module, made by cosmic-ray, and what the tests say to each."""

import random
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

from ..errors import ToolError
from . import copies
from .targets import Target

TIMEOUT_S = 120.0
# Of cosmic-ray's operators those that are mistakes people make; the others change the same places once more.
OPERATORS = frozenset(
    f"core/{name}"
    for name in (
        *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
        *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "NumberReplacer", "ZeroIterationForLoop"),
        *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Invert"),
        *(f"ReplaceComparisonOperator_{pair}" for pair in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
        *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "Gt_LtE")),
        *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_FloorDiv", "FloorDiv_Mul")),
        *(f"ReplaceBinaryOperator_{pair}" for pair in ("Mod_Mul", "LShift_RShift", "RShift_LShift")),
        *(f"ReplaceBinaryOperator_{pair}" for pair in ("BitAnd_BitOr", "BitOr_BitAnd", "BitXor_BitAnd", "Div_Mul")),
    )
)


@dataclass(frozen=True)
class Verdict:
    """What became of the changes of a module. survivors: a diff each."""

    name: str
    tried: int
    killed: int
    survivors: tuple[str, ...]


def judge(target: Target, limit: int, seed: int) -> Verdict:
    """Try up to `limit` changes of a module, drawn by the seed. Raises ToolError where its tests fail unchanged."""
    with tempfile.TemporaryDirectory(prefix="footfall-mutants-") as made:
        tree = copies.make(Path(made))
        words, env = copies.command(target), copies.environment(tree)
        plain = subprocess.run(words, cwd=tree, env=env, capture_output=True, text=True, check=False)
        if plain.returncode:
            raise ToolError(
                f"{target.name}: its tests fail without any change; mend them first:\n{plain.stdout[-2000:]}"
            )
        settings, session = Path(made) / "session.toml", Path(made) / "session.sqlite"
        settings.write_text(
            f'[cosmic-ray]\nmodule-path = "{target.module}"\ntimeout = {TIMEOUT_S}\nexcluded-modules = []\n'
            f'test-command = {_toml(shlex.join(words))}\n[cosmic-ray.distributor]\nname = "local"\n',
            encoding="utf-8",
        )
        _cosmic_ray("init", settings, session, tree, env)
        with use_db(str(session), WorkDB.Mode.open) as work:
            _thin(work, limit, seed)
        _cosmic_ray("exec", settings, session, tree, env)
        with use_db(str(session), WorkDB.Mode.open) as work:
            return _verdict(target.name, work)


def _cosmic_ray(verb: str, settings: Path, session: Path, tree: Path, env: Mapping[str, str]) -> None:
    exe = Path(sys.executable).with_name("cosmic-ray")
    if not exe.exists():
        raise ToolError("cosmic-ray is not installed; `make mutants` installs it")
    subprocess.run([exe, verb, settings, session], cwd=tree, env=env, check=True, capture_output=True)


def _thin(work: WorkDB, limit: int, seed: int) -> None:
    """Leave `limit` changes by OPERATORS; the others are marked as passed over."""
    items = sorted(work.work_items, key=_place)
    wanted = [item.job_id for item in items if item.mutations[0].operator_name in OPERATORS]
    kept = set(random.Random(seed).sample(wanted, min(limit, len(wanted))))
    over = WorkResult(worker_outcome=WorkerOutcome.SKIPPED)
    for item in items:
        if item.job_id not in kept:
            work.set_result(item.job_id, over)


def _place(item: WorkItem) -> tuple[object, ...]:
    change = item.mutations[0]
    return change.start_pos, change.end_pos, change.operator_name, change.occurrence


def _verdict(name: str, work: WorkDB) -> Verdict:
    tried = [result for _, result in work.results if result.worker_outcome is not WorkerOutcome.SKIPPED]
    alive = [result for result in tried if result.test_outcome is TestOutcome.SURVIVED]
    diffs = sorted(_changed(str(result.diff)) for result in alive)
    return Verdict(name, len(tried), len(tried) - len(alive), tuple(diffs))


def _changed(diff: str) -> str:
    """The changed lines of a diff, with where they begin."""
    lines = diff.splitlines()
    where = next((line for line in lines if line.startswith("@@")), "")
    return "\n".join([where, *(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))])


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
