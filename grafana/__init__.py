"""The dashboards as Python. What Grafana reads is ``dashboards/*.json``, written by ``python -m milepost.grafana``."""
