"""``python -m milepost.k8s.monitoring``: write the rules anew."""

from __future__ import annotations

from milepost.k8s.monitoring.prometheusrule import FILE, text

if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"k8s/monitoring/{FILE.name}")
