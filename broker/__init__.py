"""Local brokers: a real Apache Kafka from Python packages alone, and librdkafka's mock where no jars can be had.

This room imports nothing else of ours.
"""
