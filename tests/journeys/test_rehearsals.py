"""The journeys, through the doors: the same rehearsals that a newcomer can play."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from shouyue.cli.demo.rehearse import JOURNEYS


@pytest.mark.parametrize("journey", JOURNEYS)  # "all" plays these, each in a process of its own
def test_every_step_happens_and_the_log_verifies(journey):
    done = subprocess.run(
        [sys.executable, "-m", "shouyue.cli", "demo", "--rehearse", journey, "--json"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    assert all(step["ok"] for step in steps)
    assert steps[-1]["entries"] > 0


def test_an_unknown_journey_is_refused_with_those_that_exist():
    done = subprocess.run(
        [sys.executable, "-m", "shouyue.cli", "demo", "--rehearse", "moon"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "friend-request" in done.stderr
