"""The counterpart of WeCom on this machine: it speaks the same protocol, its borrowers behave, and it can misbehave.

`Rehearsal` runs it in this process (tests); `python -m shouyue.connectors.rehearsal` as a process of its own (the demo).
Only the base address tells the desk which of the two worlds it is in. Whatever begins with /rehearsal/ is not WeCom's.
"""
