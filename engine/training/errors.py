"""Why a training cannot begin or go on."""


class TrainingError(Exception):
    """A configuration, a data set or a machine that will not do.

    Attributes:
        code: stable and machine-readable, such as `config_invalid` or `data_unusable`.
        reason: what is wrong, as a clause without a full stop.
        remedy: what the user can do, without a full stop.
    """

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.code = code
        self.reason = reason
        self.remedy = remedy
