"""`pixelsmile models get|verify|import|remove|commercial-only`: models that do not ship."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.endings import DONE, FAILED, WRONG_USAGE
from engine.cli.interruption import Interrupted
from engine.cli.options import UsageFault
from engine.cli.questions import agrees, can_ask
from engine.cli.report import Report
from engine.cli.text import count, printable, size
from engine.cli.transfer import Transfer

if TYPE_CHECKING:
    from engine.weights.catalogue import WeightsModel
    from engine.weights.store import Installation
    from engine.weights.verification import Findings


def get(name: str, *, accepted: bool, as_json: bool, progress: bool = False) -> int:
    """Download a model of the catalogue; `accepted`: the licence is, without a question.

    `progress`: rows say how far it is.
    """
    from engine.weights.download import download, now
    from engine.weights.store import read_record
    from engine.weights.usage import check_use

    model = _catalogued(name)

    def work(report: Report) -> int:
        check_use(model)
        if (record := read_record(model.name)) is not None:
            report.note(f"{model.name} is installed already")
            return _installed(report, record)
        _check_downloadable(model)
        if not _licence_accepted(model, accepted, report):
            return FAILED
        with _transfer("fetched", report, progress and as_json) as watch:
            record = download(model, accepted=now(), watch=watch)
        return _installed(report, record)

    return _reported(model.name, work, as_json, kept="what has arrived is kept")


def import_(
    name: str, source: str, *, accepted: bool, as_json: bool, progress: bool = False
) -> int:
    """Take a model from a folder or file; returns 1 when it is not the one it should be."""
    from engine.weights.download import now
    from engine.weights.imports import import_model
    from engine.weights.usage import check_use

    model = _catalogued(name)

    def work(report: Report) -> int:
        check_use(model)
        # Whoever has the files had them under their licence; only a ban needs a word more.
        if model.commercial:
            report.note(f"{model.title}: {model.licence}, {model.licence_url}")
        elif not _licence_accepted(model, accepted, report):
            return FAILED
        agreed = None if model.commercial and not accepted else now()
        with _transfer("checked", report, progress and as_json) as watch:
            record = import_model(model, Path(source).expanduser(), accepted=agreed, watch=watch)
        return _installed(report, record)

    return _reported(model.name, work, as_json)


def verify(names: Sequence[str], *, as_json: bool, progress: bool = False) -> int:
    """Hash installed models again, all unless some are named; returns 1 when one is not whole."""
    from engine.weights.store import model_folder
    from engine.weights.verification import verify as check

    whole = [name for name in _own_names() if model_folder(name).is_dir()]
    names = [_name_on_disk(name) for name in names] or whole
    if not names:
        with Report(as_json=as_json, total=0) as report:
            report.note("no models are installed; see `pixelsmile models`")
        return DONE

    def work_on(name: str) -> Callable[[Report], int]:
        def work(report: Report) -> int:
            with _transfer("checked", report, progress and as_json) as watch:
                findings = check(name, watch)
            _show(report, findings)
            return DONE if findings.whole else FAILED

        return work

    worst = DONE
    for name in dict.fromkeys(names):
        worst = max(worst, _reported(name, work_on(name), as_json))
        if worst > WRONG_USAGE:  # stopped
            break
    return worst


def remove(name: str, *, sure: bool, as_json: bool) -> int:
    """Delete a model, whole or partial; `sure`: without a question."""
    from engine.weights import store

    name = _name_on_disk(name)

    def work(report: Report) -> int:
        folders = (store.model_folder(name), store.partial_folder(name), store.import_folder(name))
        taken = sum(store.taken_bytes(folder) for folder in folders)
        if any(folder.is_dir() for folder in folders) and not sure:
            if not can_ask():
                raise UsageFault(f"removing {name} needs --yes where nobody can be asked")
            if not agrees(f"Remove {name}, {size(taken)}?"):
                report.note("nothing was removed")
                return FAILED
        freed = store.remove(name)
        row = {"download": name, "state": "removed", "freed_bytes": freed}
        report.row(row, f"{name} is removed; that frees {size(freed)}")
        return DONE

    return _reported(name, work, as_json)


def commercial_only(wanted: str | None, *, as_json: bool) -> int:
    """Show the setting, or set it to `on` or `off`."""
    from engine.weights import usage

    if wanted not in (None, "on", "off"):
        raise UsageFault(f"{wanted!r} is neither on nor off")

    def work(report: Report) -> int:
        if wanted is not None:
            usage.set_commercial_only(wanted == "on")
        now_on = usage.commercial_only()
        if wanted is not None and now_on != (wanted == "on"):
            report.note(f"{usage.COMMERCIAL_VARIABLE} is set and comes first")
        line = "only models that allow commercial use" if now_on else "all models"
        report.row({"commercial_only": now_on}, f"{line} may be used")
        return DONE

    return _reported("commercial-only", work, as_json)


def _transfer(verb: str, report: Report, in_rows: bool) -> Transfer:
    return Transfer(verb, (lambda row: report.row(row, "")) if in_rows else None)


def _reported(
    source: str, work: Callable[[Report], int], as_json: bool, *, kept: str = "nothing was changed"
) -> int:
    """Do the work under a report; what is wrong with the weights becomes a sentence and 1."""
    from engine.weights import WeightsError

    with Report(as_json=as_json, total=0) as report:
        try:
            return work(report)
        except WeightsError as error:
            report.failure(source, printable(f"{error.reason}; {error.remedy}"), error.code)
            return FAILED
        except Interrupted as error:
            report.note(f"{source}: stopped; {kept}")
            return error.exit_code


def _catalogued(name: str) -> "WeightsModel":
    from engine.weights import WeightsError
    from engine.weights.catalogue import catalogued

    try:
        return catalogued(name)
    except WeightsError as error:
        raise UsageFault(f"{error.reason}; {error.remedy}") from error


def _own_names() -> list[str]:
    """The models in the store, whole or partial, that this program made or knows."""
    from engine.weights.catalogue import catalogue
    from engine.weights.store import RECORD, model_folder, names_on_disk

    known = catalogue()
    return [
        name for name in names_on_disk() if name in known or (model_folder(name) / RECORD).exists()
    ]


def _name_on_disk(name: str) -> str:
    """The name of a model of the catalogue, or of one that an older catalogue had."""
    return name if name in _own_names() else _catalogued(name).name


def _check_downloadable(model: "WeightsModel") -> None:
    """What would fail in any case fails before the user is asked for anything."""
    from engine.weights.hub import check_library, import_only

    if model.repository is None:
        raise import_only(model)
    check_library()


def _licence_accepted(model: "WeightsModel", accepted: bool, report: Report) -> bool:
    known_size = f", {size(model.size_bytes)}" if model.size_bytes else ""
    report.note(f"{model.title}{known_size}: {model.purpose}")
    report.note(f"licence: {model.licence}, {model.licence_url}")
    report.note(f"{model.use}")
    if accepted:
        return True
    if not can_ask():
        raise UsageFault(
            f"the licence of {model.name} must be accepted; --yes does where nobody can be asked"
        )
    if agrees(f"Do you accept the licence {model.licence}?"):
        return True
    report.note("the licence was not accepted; nothing was changed")
    return False


def _installed(report: Report, record: "Installation") -> int:
    from engine.weights.store import model_folder

    folder = model_folder(record.name)
    row: dict[str, Any] = {
        "download": record.name,
        "state": "installed",
        "path": str(folder),
        "size_bytes": record.size_bytes,
        "files": len(record.files),
        "revision": record.revision,
        "source": record.source,
        "licence": record.licence,
    }
    files = count(len(record.files), "file")
    report.row(
        row, f"{record.name} is installed: {files}, {size(record.size_bytes)}, {printable(folder)}"
    )
    return DONE


def _show(report: Report, findings: "Findings") -> None:
    record = findings.record
    row = {
        "download": record.name,
        "state": "whole" if findings.whole else "damaged",
        "files": len(record.files),
        "damaged": list(findings.damaged),
        "missing": list(findings.missing),
    }
    files = count(len(record.files), "file")
    report.row(row, f"{record.name}: {files} as they should be" if findings.whole else "")
    for path in findings.damaged:
        report.note(f"{record.name}: the file {printable(path)} is damaged")
    for path in findings.missing:
        report.note(f"{record.name}: the file {printable(path)} is missing")
    if not findings.whole:
        report.note(f"remove it with `pixelsmile models remove {record.name}` and get it again")
