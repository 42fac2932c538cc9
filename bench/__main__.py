"""`python -m bench [SUBJECT …]`: measure and print; nothing is asserted. One module a subject, each with a `main()`."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import bench


def main() -> None:
    subjects = sys.argv[1:] or sorted(
        m.name for m in pkgutil.iter_modules(bench.__path__) if m.name not in ("__main__", "soak")
    )
    if len(subjects) == 1:
        print(f"── {subjects[0]}", flush=True)
        importlib.import_module(f"bench.{subjects[0]}").main()
        return
    for subject in subjects:  # each in a process of its own: a desk is set up once a process
        subprocess.run([sys.executable, "-m", "bench", subject], check=True)


if __name__ == "__main__":
    main()
