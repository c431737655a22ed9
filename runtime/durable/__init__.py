"""The durable batch: the one shell around every stateful agent."""
