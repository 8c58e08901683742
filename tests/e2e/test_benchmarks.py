"""The table of budgets in README has the rows that the benchmark measures."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from budgets import ROWS, Figure, table  # noqa: E402 - found by the line above

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_readme_shows_every_row():
    """README's table has each row, its reference and its budget, and marks those that are missed."""
    begin = README.index("| what | beside | ours |")
    lines = README[begin:].partition("\n\n")[0].split("\n")[2:]
    shown = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [(cells[0], cells[1]) for cells in shown] == [(row.name, row.reference) for row in ROWS]
    for cells, row in zip(shown, ROWS, strict=True):
        value = float(cells[2].removesuffix("×").removesuffix(" ms"))
        assert cells[4].startswith(f"{row.budget}")
        assert ("missed" in cells[4]) == (value > row.budget)


def test_a_missed_budget_is_said():
    """A figure above its budget is marked, one below is not."""
    row = ROWS[0]
    lines = list(table(iter([(row, Figure(1.0, 0.9, 1.1)), (row, Figure(9.0, 8.0, 9.5))])))
    assert "missed" not in lines[2]
    assert "missed" in lines[3]


def test_the_benchmark_explains_itself():
    """--help works without measuring anything."""
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "budgets.py", "--help"], capture_output=True, text=True, check=True
    )
    assert "--rows" in done.stdout
