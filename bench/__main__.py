"""`python -m bench [SUBJECT …]`: measure and print; nothing is asserted. One module a subject, each with a `main()`."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import bench


def main() -> None:
    subjects = sorted(
        m.name for m in pkgutil.iter_modules(bench.__path__) if m.name not in ("__main__", "soak")
    )
    for subject in sys.argv[1:] or subjects:
        print(f"── {subject}", flush=True)
        importlib.import_module(f"bench.{subject}").main()


if __name__ == "__main__":
    main()
