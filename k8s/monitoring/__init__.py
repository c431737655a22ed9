"""Recording rules and alerts: each is written once, here, in Python; Prometheus reads the committed YAML."""
