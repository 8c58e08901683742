"""Mounts a file or directory over another one, for one process only."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def run_with_mount(source: Path, target: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command that sees `source` mounted at `target`; nobody else does."""
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    words = [*alone, "sh", "-c", script, str(source), str(target), *command]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
