"""Set up `.venv` on a machine that has python3 and nothing else of ours.

Finds uv, or a way to get it: `venv` with pip, or (bare Debian) `venv` without pip and pip run from its own
wheel. Then installs exactly what `lock/all.txt` names, hash-checked, and the project itself.
Standard library only; Python 3.11.
"""

from __future__ import annotations

import hashlib
import html.parser
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
UV = "uv==0.13.9"


def run(*words: str | Path, **env: str) -> None:
    subprocess.run([str(w) for w in words], check=True, cwd=ROOT, env={**os.environ, **env})


def index_url() -> str | None:
    """The package index this machine is configured for, as pip would find it; None where nobody said."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    for place in (Path("/etc/pip.conf"), Path.home() / ".pip/pip.conf", Path.home() / ".config/pip/pip.conf"):
        if place.exists():
            found = re.search(r"^\s*index-url\s*=\s*(\S+)", place.read_text(), re.M)
            if found:
                return found.group(1)
    return None


class Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for key, value in attrs if key == "href" and value]


def pip_wheel() -> Path:
    """Fetch a pip wheel from the index and check it against the hash that the index states."""
    index = index_url()
    if index is None:
        raise SystemExit(
            "python3 here has no pip: install python3-venv, or set PIP_INDEX_URL to a package index"
        )
    base = index.rstrip("/") + "/pip/"
    links = Links()
    with urllib.request.urlopen(base, timeout=60) as page:
        links.feed(page.read().decode())
    wheels = [w for w in links.found if re.search(r"/pip-\d+\.\d+(\.\d+)?-py3-none-any\.whl#sha256=", w)]
    if not wheels:
        raise SystemExit(
            f"no pip wheel with a hash found at {base}; install python3-venv or uv and run again"
        )
    newest = max(wheels, key=lambda w: [int(n) for n in re.search(r"pip-([\d.]+)-", w).group(1).split(".")])
    url, digest = urllib.parse.urljoin(base, newest).split("#sha256=")
    with urllib.request.urlopen(url, timeout=120) as answer:
        body = answer.read()
    if hashlib.sha256(body).hexdigest() != digest:
        raise SystemExit(f"the pip wheel from {base} does not match its hash; nothing was installed")
    target = VENV / url.rsplit("/", 1)[1]
    target.write_bytes(body)
    return target


def find_uv() -> str:
    found = shutil.which("uv") or shutil.which("uv", path=str(VENV / "bin"))
    if found:
        return found
    python = VENV / "bin/python"
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True)
    if made.returncode and index_url() is None and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "update", "-qq", **quiet)
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "python3-venv", **quiet)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True)
    if made.returncode == 0:
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", UV)
    else:
        run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
        wheel = pip_wheel()
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", UV, PYTHONPATH=str(wheel))
    return str(VENV / "bin/uv")


def main() -> None:
    if sys.version_info < (3, 11):
        raise SystemExit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    uv = find_uv()
    if not (VENV / "bin/python").exists():
        run(uv, "venv", "-q", "--python", sys.executable, VENV)
    which = "desk" if os.environ.get("SHOUYUE_SETUP") == "desk" else "all"
    here = {"VIRTUAL_ENV": str(VENV)}
    run(uv, "pip", "install", "-q", "--require-hashes", "-r", f"lock/{which}.txt", **here)
    run(uv, "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", ".", **here)
    for locale in sorted(ROOT.glob("src/shouyue/desk/**/locale")):
        run(VENV / "bin/pybabel", "-q", "compile", "-d", locale, "-D", "django")
    print(f"ready: {VENV.name} with {which} dependencies")


if __name__ == "__main__":
    main()
