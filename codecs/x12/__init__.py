"""X12: tokenizer, envelope, sets as data, acknowledgements, writer."""
