"""librdkafka's mock cluster: brokers in this process that speak Kafka's protocol, with faults at request.

For tests that need the n-th produce request to fail, and for a look at the project where no jars can be had.
It proves nothing about a real broker.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from enum import IntEnum
from types import TracebackType
from typing import Self

from milepost.broker import librdkafka
from milepost.broker.errors import BrokerError

ALL_BROKERS = -1
DISCONNECT = -195  # RD_KAFKA_RESP_ERR__TRANSPORT: the connection is closed instead of an answer
NOTICE = (
    "broker: librdkafka's MOCK at {bootstrap}, not Kafka: in memory only, "
    "about 5 MB or 100,000 messages per partition, "
    "no compaction, no topic administration, no reliable groups of several members"
)


class ApiKey(IntEnum):
    """Requests of the Kafka protocol that faults are injected into."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    LEAVE_GROUP = 13
    SYNC_GROUP = 14
    INIT_PRODUCER_ID = 22


def say_on_stderr(line: str) -> None:
    """Standard output belongs to the command's own result."""
    print(line, file=sys.stderr)


class MockBroker:
    """A mock cluster; brokers are numbered from 1. A context manager: leaving it stops the cluster."""

    def __init__(self, brokers: int) -> None:
        self._library = librdkafka.load()
        self._handle: int | None = self._new_handle()
        self._cluster: int | None = self._library.rd_kafka_mock_cluster_new(self._handle, brokers)
        if not self._cluster:
            self._library.rd_kafka_destroy(self._handle)
            raise BrokerError("the mock broker could not be started")
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        self._library.rd_kafka_mock_start_request_tracking(self._cluster)
        self.bootstrap: str = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    @classmethod
    def start(cls, brokers: int = 1, *, say: Callable[[str], None] = say_on_stderr) -> Self:
        """Start a cluster and say in one line what it is not. Raises BrokerError."""
        started = cls(brokers)
        say(NOTICE.format(bootstrap=started.bootstrap))
        return started

    def create_topic(self, name: str, partitions: int, replication: int = 1) -> None:
        """Create a topic; the protocol's own request for it is not supported here."""
        self._check(self._library.rd_kafka_mock_topic_create(self._live(), name.encode(), partitions, replication))

    def inject(self, api_key: ApiKey, *errors: int) -> None:
        """The next requests of this kind get these answers, one each: Kafka error codes, 0 for success, DISCONNECT."""
        array = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(self._live(), api_key, len(errors), array)

    def inject_delay(self, api_key: ApiKey, delay_ms: int, *, error: int = 0, broker: int = 1) -> None:
        """The next request of this kind to this broker is answered late, with this error code (0: success)."""
        self._check(
            self._library.rd_kafka_mock_broker_push_request_error_rtts(
                self._live(), broker, api_key, 1, error, delay_ms
            )
        )

    def clear(self, api_key: ApiKey) -> None:
        """Forget the answers of `inject` that were not used."""
        self._library.rd_kafka_mock_clear_request_errors(self._live(), api_key)

    def set_rtt(self, delay_ms: int, broker: int = ALL_BROKERS) -> None:
        """Every answer takes this long from now on."""
        self._check(self._library.rd_kafka_mock_broker_set_rtt(self._live(), broker, delay_ms))

    def broker_down(self, broker: int = ALL_BROKERS) -> None:
        """Close all connections and refuse new ones; leaders stay where they are."""
        self._check(self._library.rd_kafka_mock_broker_set_down(self._live(), broker))

    def broker_up(self, broker: int = ALL_BROKERS) -> None:
        """Accept connections again."""
        self._check(self._library.rd_kafka_mock_broker_set_up(self._live(), broker))

    def requests(self, api_key: ApiKey) -> int:
        """How many requests of this kind have come since the start: what a test waits for."""
        count = ctypes.c_size_t()
        found = self._library.rd_kafka_mock_get_requests(self._live(), ctypes.byref(count))
        try:
            return sum(self._library.rd_kafka_mock_request_api_key(found[i]) == api_key for i in range(count.value))
        finally:
            self._library.rd_kafka_mock_request_destroy_array(found, count)

    def died(self) -> BrokerError | None:
        """Always None: it ends with this process only."""
        return None

    def stop(self) -> None:
        """End the cluster and forget all its data; a second call does nothing."""
        if self._cluster:
            self._library.rd_kafka_mock_cluster_destroy(self._cluster)
            self._library.rd_kafka_destroy(self._handle)
            self._cluster = self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _new_handle(self) -> int:
        """A client instance that the cluster hangs on; it is quiet, for injected faults are no news."""
        text = ctypes.create_string_buffer(librdkafka.ERROR_TEXT_BYTES)
        config = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(config, b"log_level", b"2", text, len(text))
        handle: int | None = self._library.rd_kafka_new(librdkafka.PRODUCER, config, text, len(text))
        if handle is None:
            raise BrokerError(f"the mock broker could not be started: {text.value.decode()}")
        return handle

    def _live(self) -> int:
        if not self._cluster:
            raise BrokerError("the mock broker has been stopped")
        return int(self._cluster)

    def _check(self, code: int) -> None:
        if code:
            raise BrokerError(f"the mock broker refused: {self._library.rd_kafka_err2name(code).decode()}")
