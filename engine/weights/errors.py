"""What can be wrong with the weights of a model, in words for people."""


class WeightsError(Exception):
    """The weights of a model cannot be had or used.

    Attributes:
        code: one word for programs: `model_unknown`, `model_missing`, `model_damaged`,
            `model_installed`, `licence`, `layout`, `disk_full`, `store`, `busy`,
            `library_missing`, `hub_offline`, `hub_unreachable`, `hub_refused`, `hub_missing`,
            `hub_changed`, `import_only` or `catalogue`.
        reason: what is wrong, as a clause.
        remedy: what the user can do.
    """

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        self.code = code
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{reason[0].upper()}{reason[1:]}: {remedy}.")
