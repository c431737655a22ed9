"""The few functions of librdkafka's mock cluster that we call, typed for ctypes.

The library comes inside the `confluent-kafka` wheel. Source of the signatures: librdkafka's rdkafka_mock.h, which calls
the interface experimental; so a missing function is one clear error, not a crash.
"""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from milepost.broker.errors import BrokerError

PRODUCER = 0
ERROR_TEXT_BYTES = 512

_p, _int, _short, _size, _text = ctypes.c_void_p, ctypes.c_int, ctypes.c_int16, ctypes.c_size_t, ctypes.c_char_p
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "rd_kafka_conf_new": (_p, []),
    "rd_kafka_conf_set": (_int, [_p, _text, _text, _text, _size]),
    "rd_kafka_new": (_p, [_int, _p, _text, _size]),
    "rd_kafka_destroy": (None, [_p]),
    "rd_kafka_err2name": (_text, [_int]),
    "rd_kafka_mock_cluster_new": (_p, [_p, _int]),
    "rd_kafka_mock_cluster_destroy": (None, [_p]),
    "rd_kafka_mock_cluster_bootstraps": (_text, [_p]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [_p, ctypes.c_int32]),
    "rd_kafka_mock_topic_create": (_int, [_p, _text, _int, _int]),
    "rd_kafka_mock_push_request_errors_array": (None, [_p, _short, _size, ctypes.POINTER(_int)]),
    "rd_kafka_mock_clear_request_errors": (None, [_p, _short]),
    # The last two are the first pair of a variable argument list: always called with one pair.
    "rd_kafka_mock_broker_push_request_error_rtts": (_int, [_p, ctypes.c_int32, _short, _size, _int, _int]),
    "rd_kafka_mock_broker_set_rtt": (_int, [_p, ctypes.c_int32, _int]),
    "rd_kafka_mock_broker_set_down": (_int, [_p, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_up": (_int, [_p, ctypes.c_int32]),
    "rd_kafka_mock_start_request_tracking": (None, [_p]),
    "rd_kafka_mock_get_requests": (ctypes.POINTER(_p), [_p, ctypes.POINTER(_size)]),
    "rd_kafka_mock_request_api_key": (_short, [_p]),
    "rd_kafka_mock_request_destroy_array": (None, [ctypes.POINTER(_p), _size]),
}


@cache
def load() -> ctypes.CDLL:
    """The library with its functions typed. Raises BrokerError where the wheel has none of them."""
    try:
        library = ctypes.CDLL(str(_library_file()))
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise BrokerError(f"the mock broker cannot be used with this confluent-kafka: {error}") from error
    return library


def _library_file() -> Path:
    """Wheels for Linux keep it beside the package, those for macOS inside of it."""
    spec = importlib.util.find_spec("confluent_kafka")
    if spec is None or spec.origin is None:
        raise BrokerError("the mock broker needs the package confluent-kafka")
    package = Path(spec.origin).parent
    for folder in (package.parent / "confluent_kafka.libs", package / ".dylibs"):
        for found in sorted(folder.glob("librdkafka*")):
            return found
    raise BrokerError(f"no librdkafka beside {package}: was confluent-kafka installed from a wheel?")
