"""Find a Chromium for the browser tests, or install Debian's; where neither works, say so in one line and go on."""

from __future__ import annotations

import os
import shutil
import subprocess

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    """The path of a Chromium: $CHROMIUM, then PATH."""
    named = os.environ.get("CHROMIUM")
    if named and os.access(named, os.X_OK):
        return named
    return next((path for path in map(shutil.which, NAMES) if path), None)


def apt(*packages: str) -> bool:
    """Install Debian packages when apt and root are there; True when it worked."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        if subprocess.run(["apt-get", *words], env=quiet, stdout=subprocess.DEVNULL).returncode:
            return False
    return True


def main() -> None:
    if not find():
        apt("chromium-headless-shell", "libatomic1")
    found = find()
    if found:
        print(f"browser: {found}")
    else:
        print(
            "browser: none found and none could be installed; browser tests are skipped. Set CHROMIUM=/path/to/chromium"
        )


if __name__ == "__main__":
    main()
