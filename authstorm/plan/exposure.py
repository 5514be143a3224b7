"""Whether a file with secrets in it lies open: kept by git, or readable by others on this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def is_tracked(path: Path) -> bool:
    """Whether git keeps the file; False where there is no git."""
    return _git_says(path, "ls-files", "--error-unmatch")


def laid_open(path: Path) -> list[str]:
    """What leaves a file with secrets open, each in a sentence that says what would be right."""
    told = []
    if path.stat().st_mode & 0o077:
        told.append(f"others on this machine can read {path}: chmod 600 {path}")
    if _in_repository(path) and not _git_says(path, "check-ignore", "-q"):
        told.append(f"{path} lies in a git repository that does not ignore it: move it out, or name it in .gitignore")
    return told


def _in_repository(path: Path) -> bool:
    return any((folder / ".git").exists() for folder in path.absolute().parents)


def _git_says(path: Path, *question: str) -> bool:
    git = shutil.which("git")
    if git is None or not _in_repository(path):
        return False
    command = [git, "-C", str(path.absolute().parent), *question, "--", path.name]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - git, no shell
