"""A process that holds a lease or waits for it. Arguments: broker, account, topic; it prints ``held``."""

from __future__ import annotations

import sys
import time

from milepost.runtime.erp.lease import Lease

SESSION_S = 6.0


def main() -> None:
    broker, account, topic = sys.argv[1:4]
    lease = Lease(broker, account, topic=topic, session_timeout_s=SESSION_S)
    lease.start()
    lease.wait()
    print("held", flush=True)
    while True:
        time.sleep(60.0)


if __name__ == "__main__":
    main()
