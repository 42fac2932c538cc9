"""The operator's own copy of WeCom's archive library, in a process of its own.

The library is not ours and not a dependency: the operator installs it and names its path. It is known to end its whole
process on a short or broken message and to dislike threads, so one child holds one SDK object and answers one question at
a time over its pipes. If the child dies, the question was bad (`LibraryDied`) and the next one starts a new child.

Run as `python -m shouyue.connectors.wecom.native PATH`, the credentials come as the first question, never as arguments.
"""

from __future__ import annotations

import base64
import ctypes
import json
import selectors
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from shouyue.connectors.wecom.archive import LibraryDied, LibraryRefused, Slice


class NativeLibrary:
    """`Library` over a child process. Safe for threads: one question at a time."""

    def __init__(
        self,
        path: Path,
        *,
        corpid: str,
        secret: str,
        timeout: float = 30.0,
        proxy: str = "",
        password: str = "",
    ) -> None:
        self._path = path
        self._first = {"do": "init", "corpid": corpid, "secret": secret, "proxy": proxy, "password": password}
        self._timeout = timeout
        self._child: subprocess.Popen[bytes] | None = None
        self._one = threading.Lock()

    def chat_data(self, seq: int, limit: int) -> bytes:
        return base64.b64decode(self._ask({"do": "GetChatData", "seq": seq, "limit": limit})["data"])

    def decrypt(self, key: bytes, sealed: str) -> bytes:
        asked = {"do": "DecryptData", "key": base64.b64encode(key).decode(), "sealed": sealed}
        return base64.b64decode(self._ask(asked)["data"])

    def media(self, reference: str, index: str) -> Slice:
        got = self._ask({"do": "GetMediaData", "reference": reference, "index": index})
        return Slice(base64.b64decode(got["data"]), got["index"], bool(got["last"]))

    def close(self) -> None:
        with self._one:
            self._end()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._one:
            if self._child is None or self._child.poll() is not None:
                self._child = subprocess.Popen(  # noqa: S603 our own module, the operator's own path
                    [sys.executable, "-m", __name__, str(self._path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,  # at its debug level the library writes secrets there
                )
                self._exchange(self._first)
            return self._exchange(question)

    def _exchange(self, question: dict[str, Any]) -> dict[str, Any]:
        child = self._child
        assert child is not None and child.stdin is not None and child.stdout is not None
        try:
            child.stdin.write(json.dumps(question).encode() + b"\n")
            child.stdin.flush()
            with selectors.DefaultSelector() as ready:
                ready.register(child.stdout, selectors.EVENT_READ)
                if not ready.select(self._timeout + 5):
                    raise LibraryDied(f"no answer to {question['do']} within {self._timeout + 5:.0f} s")
            line = child.stdout.readline()
        except OSError:
            line = b""
        except LibraryDied:
            self._end()
            raise
        if not line:
            code = self._end()
            raise LibraryDied(f"the library's process ended with {code} during {question['do']}")
        answer: dict[str, Any] = json.loads(line)
        if answer["code"]:
            if question["do"] == "init":
                self._end()
            raise LibraryRefused(question["do"], answer["code"])
        return answer

    def _end(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        return child.wait()


# ── the child ────────────────────────────────────────────────────────────────────────────────────────────
def _bind(path: str) -> ctypes.CDLL:
    sdk = ctypes.CDLL(path)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("NewSdk", pointer, []),
        ("Init", number, [pointer, text, text]),
        ("NewSlice", pointer, []),
        ("FreeSlice", None, [pointer]),
        ("GetContentFromSlice", pointer, [pointer]),
        ("GetSliceLen", number, [pointer]),
        ("GetChatData", number, [pointer, ctypes.c_ulonglong, ctypes.c_uint, text, text, number, pointer]),
        ("DecryptData", number, [text, text, pointer]),
        ("NewMediaData", pointer, []),
        ("FreeMediaData", None, [pointer]),
        ("GetMediaData", number, [pointer, text, text, text, text, number, pointer]),
        ("GetOutIndexBuf", pointer, [pointer]),
        ("GetIndexLen", number, [pointer]),
        ("GetData", pointer, [pointer]),
        ("GetDataLen", number, [pointer]),
        ("IsMediaDataFinish", number, [pointer]),
    ):
        function = getattr(sdk, name)
        function.restype, function.argtypes = result, arguments
    return sdk


class _Child:
    """The library bound, with one SDK object."""

    def __init__(self, path: str, first: dict[str, Any], timeout: int = 30) -> None:
        self.sdk = _bind(path)
        self.handle = self.sdk.NewSdk()
        self.proxy, self.password = first["proxy"].encode(), first["password"].encode()
        self.timeout = timeout
        self.code = self.sdk.Init(self.handle, first["corpid"].encode(), first["secret"].encode())

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        match question["do"]:
            case "GetChatData":
                way = (self.proxy, self.password, self.timeout)
                return self._slice(
                    lambda out: self.sdk.GetChatData(
                        self.handle, question["seq"], question["limit"], *way, out
                    )
                )
            case "DecryptData":
                key = base64.b64decode(question["key"])
                return self._slice(lambda out: self.sdk.DecryptData(key, question["sealed"].encode(), out))
            case _:
                return self._media(question["reference"].encode(), question["index"].encode())

    def _slice(self, call: Any) -> dict[str, Any]:
        out = self.sdk.NewSlice()
        try:
            code = call(out)
            data = (
                ctypes.string_at(self.sdk.GetContentFromSlice(out), self.sdk.GetSliceLen(out))
                if not code
                else b""
            )
            return {"code": code, "data": base64.b64encode(data).decode()}
        finally:
            self.sdk.FreeSlice(out)

    def _media(self, reference: bytes, index: bytes) -> dict[str, Any]:
        out = self.sdk.NewMediaData()
        try:
            code = self.sdk.GetMediaData(
                self.handle, index, reference, self.proxy, self.password, self.timeout, out
            )
            if code:
                return {"code": code}
            return {
                "code": 0,
                "data": base64.b64encode(
                    ctypes.string_at(self.sdk.GetData(out), self.sdk.GetDataLen(out))
                ).decode(),
                "index": ctypes.string_at(self.sdk.GetOutIndexBuf(out), self.sdk.GetIndexLen(out)).decode(),
                "last": bool(self.sdk.IsMediaDataFinish(out)),
            }
        finally:
            self.sdk.FreeMediaData(out)


def main(path: str, questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer questions line by line until the parent closes the pipe."""
    child: _Child | None = None
    for line in questions:
        question = json.loads(line)
        if child is None:
            child = _Child(path, question)
            said: dict[str, Any] = {"code": child.code}
        else:
            said = child.answer(question)
        answers.write(json.dumps(said).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
