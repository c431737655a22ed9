"""The errors a person at the keyboard must act on."""


class ConfigurationError(Exception):
    """A setting, policy or argument is wrong. Its text is one line that names it and says what is allowed."""

    exit_code = 2
