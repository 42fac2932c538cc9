"""Journey 4: the legal officer hands the evidence out; the court's expert runs one file, offline, and sees that it is whole."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from shouyue.cli.demo.journeys import friend_request
from shouyue.cli.demo.stage import Stage, must


def play(stage: Stage) -> None:
    from shouyue.desk.matters import reads as matters
    from shouyue.desk.messages.evidence import hand_out
    from shouyue.desk.people import reads as people
    from shouyue.evidence import onefile
    from shouyue.evidence.container import pack, unpack

    friend_request.play(stage)
    chen = people.staff_by_no("4001")
    matter = next(m for m in matters.visible_to(chen) if matters.threads_of(m).exists())
    with tempfile.TemporaryDirectory() as folder:
        package, program = Path(folder) / "package.zip", Path(folder) / "shouyue_verify.py"
        with stage.step("陈律师 exports the matter as a court package") as shown:
            _, made = hand_out(about=matter, reason="立案举证", tool="shouyue rehearse", by=chen, at=stage.at)
            package.write_bytes(made.package)
            shown |= {"entries": made.entries, "log_size": made.log_size, "sha256": made.digest}

        program.write_bytes(onefile.python_verifier())
        words = [sys.executable, "-I", str(program), "--zh", str(package)]
        with stage.step("the court's expert checks it with the one file inside, offline") as shown:
            done = subprocess.run(words, capture_output=True, text=True, timeout=120)
            must(done.returncode == 0, done.stdout + done.stderr)
            shown["verdict"] = done.stdout.splitlines()[-1]
            shown["threads"] = [row.strip() for row in done.stdout.splitlines() if row.startswith("     与")]

        with stage.step("one letter of one message is changed: the expert is told which") as shown:
            files = unpack(package.read_bytes())
            name = next(n for n in files if n.endswith("-body.txt"))
            files[name] = files[name].replace("您".encode(), "你".encode(), 1)
            package.write_bytes(pack(files))
            done = subprocess.run(words, capture_output=True, text=True, timeout=120)
            must(done.returncode == 1 and name in done.stdout, f"the change went unseen: {done.stdout}")
            shown["found"] = next(row.strip() for row in done.stdout.splitlines() if name in row)
