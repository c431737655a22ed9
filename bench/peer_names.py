"""The peers: what each is called, how it is started, what it can be measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from milepost.bench.environments import Say, java_command, own_python, python_of
from milepost.bench.places import PEERS

OURS = "milepost"
QUIX = "quixstreams"
BYTEWAX = "bytewax"
FAUST = "faust-tuned"
FAUST_BATCHED = "faust-batched"
FAUST_DEFAULT = "faust-default"
AIOKAFKA = "aiokafka-loop"
CONFLUENT = "confluent-loop"
STREAMS = "kafka-streams"
STREAMS_ROCKSDB = "kafka-streams-rocksdb"

SHORT, MIDDLE, LONG = "short", "middle", "long"
"""How many events a peer is given: stock Faust would take minutes for what others do in a second."""


@dataclass(frozen=True, slots=True)
class Peer:
    """environment: a requirements file's, "" for Milepost's own, "java"; changelog: whether it writes one."""

    name: str
    title: str
    environment: str
    program: str = ""
    variant: str = ""
    sizes: tuple[str, ...] = (MIDDLE,)
    changelog: bool = True
    recovers: bool = False
    steady: bool = False

    def command(self, say: Say) -> list[str]:
        """Return the command line up to its argument. Raises Missing."""
        if self.environment == "java":
            return java_command(say)
        python = python_of(self.environment, say) if self.environment else own_python()
        return [python, str(PEERS / self.program)]


PEERS_KNOWN: tuple[Peer, ...] = (
    Peer(OURS, "Milepost's durable batch", "", "milepost_shell.py", sizes=(MIDDLE, LONG), recovers=True, steady=True),
    Peer(AIOKAFKA, "bare aiokafka loop", "aiokafka", "aiokafka_loop.py"),
    Peer(CONFLUENT, "bare confluent loop", "confluent", "confluent_loop.py"),
    Peer(BYTEWAX, "bytewax (no changelog)", "bytewax", "bytewax_flow.py", changelog=False),
    Peer(QUIX, "quixstreams tuned", "quixstreams", "quix.py", steady=True),
    Peer(FAUST_BATCHED, "Faust tuned, take and batches", "faust", "faust_stock.py", "batched", (SHORT,)),
    Peer(FAUST, "Faust tuned", "faust", "faust_stock.py", "tuned", (SHORT,), recovers=True),
    Peer(FAUST_DEFAULT, "Faust defaults", "faust", "faust_stock.py", "default", (SHORT,)),
    Peer(STREAMS, "Kafka Streams, in memory", "java", variant="memory", sizes=(LONG,), recovers=True, steady=True),
    Peer(STREAMS_ROCKSDB, "Kafka Streams, RocksDB", "java", variant="rocksdb", sizes=(LONG,)),
)


def chosen(names: Sequence[str]) -> list[Peer]:
    """Return the peers of these names, all without any. Raises ValueError with what is allowed."""
    known = {peer.name: peer for peer in PEERS_KNOWN}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"peer {unknown[0]!r} is not known; known: {', '.join(known)}")
    return [known[name] for name in names] if names else list(PEERS_KNOWN)
