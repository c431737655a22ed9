"""docs/runbooks/README.md, made from the alerts: what each says, how urgent it is, and the way to its runbook."""

from __future__ import annotations

from milepost.k8s.monitoring.groups import ALERTS

_HEAD = """# Runbooks

Made from the alerts by `make docs`; do not edit. One page for each name. A page wakes somebody, a ticket is looked at
in working hours; some alerts are both, by lane or by speed.

The commands stand as on one machine. In a cluster `kubectl -n milepost` reaches namespace `milepost` (take
the `namespace` of the alert), and the verbs run at the desk, a pod with an operator's rights that is there only while
somebody needs it:
```sh
kubectl -n milepost scale deployment/milepost-desk --replicas=1
kubectl -n milepost exec -it deployment/milepost-desk -- milepost status
kubectl -n milepost scale deployment/milepost-desk --replicas=0
```
`SO-0001`, `YOU`, `WHY`, `CAUSE` and `EXCEPTION` are yours to replace; where a command names lane fulfilment, take the
alert's lane. The verb `act` with `--dry-run` shows what would follow. What is promised is in [slo.md](../slo.md).

| alert | severity | held for | dashboard |
| --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "".join(f"{row}\n" for row in _rows())


def _rows() -> list[str]:
    names = dict.fromkeys(alert.name for alert in ALERTS)
    return [_row(name) for name in names]


def _row(name: str) -> str:
    same = [alert for alert in ALERTS if alert.name == name]
    severities = ", ".join(dict.fromkeys(alert.severity for alert in same))
    held = ", ".join(dict.fromkeys("at once" if alert.held == "0m" else alert.held for alert in same))
    return f"| [{name}]({name}.md) | {severities} | {held} | `{same[0].dashboard}` |"
