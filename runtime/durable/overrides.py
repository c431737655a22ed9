"""Everything of Faust, mode and aiokafka that this room overrides or relies on by a private name, each with its reason.

A test compares the source of each with the fingerprint it had when this was written: an upgrade that touches one of
them fails there, and whoever upgrades reads the new source before trusting it with events.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from typing import Any, NamedTuple


class Relied(NamedTuple):
    path: str
    """module:qualified name"""
    why: str


DRIVER = "faust.transport.drivers.aiokafka"
CONSUMER = "faust.transport.consumer"
GROUP = "aiokafka.consumer.group_coordinator:GroupCoordinator"
JOIN = "aiokafka.consumer.group_coordinator:CoordinatorGroupRebalance"

OVERRIDDEN = (
    Relied(f"{DRIVER}:ConsumerRebalanceListener", "cancel reads at revoke, pause in aiokafka before any fetch"),
    Relied(f"{DRIVER}:Consumer._new_consumer_thread", "the thread that reads by era"),
    Relied(f"{CONSUMER}:Consumer._drain_messages", "one event per chunk, no four tasks per message, no gaps by offset"),
    Relied(f"{CONSUMER}:Consumer.on_partitions_revoked", "drain and commit while this generation still may"),
    Relied(f"{CONSUMER}:Consumer.wait_empty", "chunks are never acked: our own drain, with a time-out"),
    Relied(f"{CONSUMER}:Consumer.force_commit", "offsets come from our books: Faust's commit past unacked chunks"),
    Relied(f"{CONSUMER}:Consumer.perform_seek", "must never run: it skips partitions without a commit"),
    Relied(f"{CONSUMER}:Consumer.verify_all_partitions_active", "looks at acks that chunks do not have"),
    Relied(f"{CONSUMER}:Consumer.ack", "Faust's ack book must stay empty"),
    Relied(f"{DRIVER}:AIOKafkaConsumerThread._create_worker_consumer", "read_committed, short waits, no reset"),
    Relied(f"{DRIVER}:AIOKafkaConsumerThread.on_start", "where the aiokafka objects that need a cure exist"),
    Relied(f"{DRIVER}:Producer._settings_extra", "the idempotent producer without transactions"),
    Relied(f"{DRIVER}:Producer.on_start", "a start without a broker ends with one line and a code of its own"),
    Relied("faust.tables.manager:TableManager.recovery", "our recovery in place of Faust's"),
    Relied("faust.tables.manager:TableManager.on_start", "check topics and start the lane before the group is joined"),
    Relied("faust.tables.manager:TableManager.on_stop", "stop the lane after its last commit"),
    Relied("faust.serializers.schemas:Schema", "the chunk passes undecoded"),
    Relied("faust.topics:Topic.get_topic_name", "a name for several topics, asked for by `faust agents`"),
    Relied(f"{GROUP}._send_req", "raise the error at the top of OffsetFetch, repeat a join that a broker could not do"),
    Relied(f"{GROUP}.reset_generation", "told when the group knows this member no more, to end a fight for its name"),
    Relied(f"{GROUP}._heartbeat_routine", "its _max_poll_interval is infinite: no leaving during a long recovery"),
    Relied("aiokafka.consumer.fetcher:Fetcher._proc_fetch_request", "pace, unpack into our record, end quietly"),
    Relied("aiokafka.consumer.fetcher:Fetcher.close", "awaits cancelled fetches, and raises what they raise"),
    Relied("aiokafka.consumer.fetcher:PartitionRecords", "its _consumer_record is ours, per object"),
)

RELIED_ON = (
    Relied("faust.tables.recovery:Recovery._resume_streams", "our _flow does what it does, in another order"),
    Relied("faust.tables.recovery:Recovery.on_rebalance", "what a recovery service is asked"),
    Relied("faust.tables.manager:TableManager._update_channels", "called by our on_start"),
    Relied("faust.tables.manager:TableManager.on_rebalance", "calls our recovery"),
    Relied(f"{CONSUMER}:Consumer.commit", "one commit at a time, ours inside it"),
    Relied(f"{CONSUMER}:Consumer.maybe_wait_for_commit_to_finish", "an older commit must not outlive its generation"),
    Relied(f"{CONSUMER}:Consumer._commit_handler", "calls force_commit every second"),
    Relied(f"{CONSUMER}:Fetcher._fetcher", "runs _drain_messages"),
    Relied(f"{CONSUMER}:ThreadDelegateConsumer", "carries the listener's calls to the app's loop"),
    Relied("faust.app.base:App._on_partitions_revoked", "runs after our drain"),
    Relied("faust.app.base:App._on_partitions_assigned", "ends in our recovery"),
    Relied("faust.app.base:App._stop_consumer", "drains through our wait_empty"),
    Relied("faust.transport.conductor:Conductor._compile_message_handler", "takes our message to the agent's queue"),
    Relied("mode.utils.queues:FlowControlEvent.resume", "clears the queues, so it comes before the first chunk"),
    Relied("mode.threads:ServiceThread", "thread_loop, in which everything of aiokafka runs"),
    Relied("aiokafka.consumer.fetcher:Fetcher.fetched_records", "consumes positions; a pending call is cancelled"),
    Relied("aiokafka.consumer.fetcher:Fetcher.seek_to", "forgets what was fetched before the seek"),
    Relied("aiokafka.consumer.fetcher:FetchResult", "drops results whose position has moved, or that are paused"),
    Relied(f"{GROUP}._on_join_prepare", "awaits our drain before rejoining"),
    Relied(f"{GROUP}._on_join_complete", "listener after assignment"),
    Relied(f"{GROUP}.check_errors", "tells a dead coordinator task"),
    Relied(f"{GROUP}._coordination_routine", "the task of the watchdog's look: done without a close means dead"),
    Relied(f"{GROUP}.fetch_committed_offsets", "repeats what is retriable"),
    Relied(f"{GROUP}._do_fetch_commit_offsets", "asks through _send_req"),
    Relied(f"{JOIN}.perform_group_join", "a request that raises did not arrive: it answers None and is called again"),
    Relied(f"{GROUP}.commit_offsets", "commits in the current generation"),
    Relied("aiokafka.producer.message_accumulator:MessageAccumulator.add_batch", "one unsent batch per partition"),
    Relied("aiokafka.producer.message_accumulator:BatchBuilder", "append answers None when full"),
    Relied("aiokafka.producer.sender:SendProduceReqHandler", "what is repeated and what is refused"),
)


def fingerprint(relied: Relied) -> str:
    """Of the source text; raises if the name is gone."""
    module, _, qualified = relied.path.partition(":")
    found: Any = importlib.import_module(module)
    for name in qualified.split("."):
        found = inspect.getattr_static(found, name)
    if isinstance(found, property):
        found = found.fget
    found = inspect.unwrap(getattr(found, "fun", found))  # `fun`: a background task of a mode service
    return hashlib.sha256(inspect.getsource(found).encode()).hexdigest()[:16]
