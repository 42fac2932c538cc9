"""Anchors: a checkpoint's digest in somebody else's ledger.

An EVM chain is spoken to by JSON-RPC: a public node, or a consortium chain that offers the same interface. The 32 bytes of the
digest are the whole call data of a transaction from our account to itself; the node holds the account's key.
An OpenTimestamps calendar gathers many digests into one Bitcoin transaction; its promise is kept and completed hours later.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

import httpx

from shouyue.evidence import ots

HASH = re.compile(r"0x[0-9a-f]{64}\Z")
ACCOUNT = re.compile(r"0x[0-9a-fA-F]{40}\Z")


class AnchorUnavailable(Exception):
    """The chain did not take or show the digest this time. Ask again later; nothing else waits for it."""


@dataclass(frozen=True, slots=True)
class EvmChain:
    """A node and the account that it may send from."""

    url: str
    account: str
    confirmations: int = 6

    @property
    def place(self) -> str:
        return f"evm:{self.account.lower()}@{self.url.split('//')[-1]}"

    def submit(self, digest: bytes, *, client: httpx.Client) -> dict[str, Any]:
        """Send the digest; returns what is known of the transaction so far."""
        if len(digest) != 32 or not ACCOUNT.match(self.account):
            raise ValueError("an anchor is a SHA-256 digest, sent from an account of 20 bytes")
        data = "0x" + digest.hex()
        call = {"from": self.account, "to": self.account, "data": data, "value": "0x0"}
        chain = self._ask("eth_chainId", [], client)
        tx = self._ask("eth_sendTransaction", [call], client)
        if not isinstance(tx, str) or not HASH.match(tx):
            raise AnchorUnavailable(f"the node answered no transaction: {str(tx)[:100]}")
        return {"chain": str(chain), "data": data, "transaction": tx}

    def confirm(self, record: dict[str, Any], *, client: httpx.Client) -> dict[str, Any] | None:
        """The record with its block once it is deep enough; None while it is not. Raises AnchorUnavailable."""
        tx = record["transaction"]
        receipt = self._ask("eth_getTransactionReceipt", [tx], client)
        if not isinstance(receipt, dict) or not receipt.get("blockNumber"):
            return None
        sent = self._ask("eth_getTransactionByHash", [tx], client)
        if not isinstance(sent, dict) or sent.get("input", sent.get("data")) != record["data"]:
            raise AnchorUnavailable(f"the transaction {tx} does not carry our digest")
        if receipt.get("status") not in (None, "0x1"):
            raise AnchorUnavailable(f"the transaction {tx} failed")
        block = self._ask("eth_getBlockByNumber", [receipt["blockNumber"], False], client)
        newest = self._ask("eth_blockNumber", [], client)
        try:
            depth = int(str(newest), 16) - int(receipt["blockNumber"], 16)
        except (TypeError, ValueError):
            raise AnchorUnavailable("the node answered no block number") from None
        if depth < self.confirmations or not isinstance(block, dict):
            return None
        if block.get("hash") != receipt.get("blockHash"):
            return None  # reorganised meanwhile; ask again
        header = {key: block[key] for key in ("hash", "number", "parentHash", "timestamp") if key in block}
        roots = {key: block[key] for key in ("transactionsRoot", "receiptsRoot") if key in block}
        return {**record, "block": {**header, **roots}, "confirmations": depth}

    def _ask(self, method: str, params: list[Any], client: httpx.Client) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            answer = client.post(self.url, json=body)
            value = answer.json()
        except (httpx.HTTPError, ValueError) as wrong:
            raise AnchorUnavailable(f"{self.place} cannot be reached: {wrong}") from None
        if answer.status_code != 200 or not isinstance(value, dict) or "result" not in value:
            raise AnchorUnavailable(f"{self.place} refused {method}: {str(value)[:200]}")
        return value["result"]


@dataclass(frozen=True, slots=True)
class Calendar:
    """An OpenTimestamps calendar. Asked for nothing but a digest and, later, the rest of its own promise."""

    url: str

    @property
    def place(self) -> str:
        return f"ots:{self.url.split('//')[-1].rstrip('/')}"

    def submit(self, digest: bytes, *, client: httpx.Client) -> dict[str, Any]:
        """Hand the digest in; returns the calendar's promise. Raises AnchorUnavailable for an answer that leads nowhere."""
        proof = self._ask("POST", "/digest", client, content=digest)
        if proof is None or not self._mine(proof, digest):
            raise AnchorUnavailable(f"{self.place} promised nothing that can be completed")
        return {"digest_bytes": digest.hex(), "ots": base64.b64encode(proof).decode()}

    def confirm(self, record: dict[str, Any], *, client: httpx.Client) -> dict[str, Any] | None:
        """The record with its Bitcoin block once the calendar says it; None while it does not. Raises AnchorUnavailable."""
        digest, proof = bytes.fromhex(record["digest_bytes"]), base64.b64decode(record["ots"])
        for pending in self._mine(proof, digest):
            rest = self._ask("GET", f"/timestamp/{pending.message.hex()}", client)
            if rest is None:
                continue
            done = ots.completed(proof, pending, rest)
            blocks = [one for one in self._followed(done, digest) if one.height is not None]
            if blocks:
                first = min(blocks, key=lambda one: one.height or 0)
                block = {"height": first.height, "merkle_root": first.merkle_root}
                return {**record, "ots": base64.b64encode(done).decode(), "bitcoin": block}
        return None

    def _mine(self, proof: bytes, digest: bytes) -> list[ots.Attested]:
        """The promises of this very calendar: no address that a proof names is ever asked because it is named."""
        own = self.url.rstrip("/")
        return [one for one in self._followed(proof, digest) if (one.calendar or "").rstrip("/") == own]

    def _followed(self, proof: bytes, digest: bytes) -> list[ots.Attested]:
        try:
            return ots.follow(proof, digest)
        except ots.ProofRefused as wrong:
            raise AnchorUnavailable(f"{self.place} answered no proof: {wrong}") from None

    def _ask(
        self, method: str, path: str, client: httpx.Client, content: bytes | None = None
    ) -> bytes | None:
        headers = {"accept": "application/vnd.opentimestamps.v1"}
        try:
            with client.stream(
                method, self.url.rstrip("/") + path, content=content, headers=headers
            ) as answer:
                if answer.status_code == 404 and method == "GET":
                    return None
                if answer.status_code != 200:
                    raise AnchorUnavailable(f"{self.place} answered {answer.status_code}")
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > ots.LARGEST_OTS:
                        raise AnchorUnavailable(f"{self.place} answers without end")
                return bytes(body)
        except httpx.HTTPError as wrong:
            raise AnchorUnavailable(f"{self.place} cannot be reached: {wrong}") from None
