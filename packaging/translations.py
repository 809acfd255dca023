"""Bring the window's translations in line with its source.

    python packaging/translations.py [--check]

Collects every text into resources/translations/pixelsmile_LANGUAGE.ts, which Qt Linguist edits,
and compiles each into the .qm file that the window loads. With --check nothing is written; the exit
code says whether a text is missing, unfinished or left over. Needs the `desktop` extra.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.cli.models import shipped

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "translations"


def collect(translation: Path) -> None:
    """Bring the texts of the source into a .ts file; its translations stay."""
    sources = sorted(str(one) for one in (ROOT / "pixelsmile_desktop").rglob("*.py"))
    with tempfile.TemporaryDirectory() as name:
        tables = Path(name, "tables.py")
        tables.write_text(
            "".join(
                f'QT_TRANSLATE_NOOP("Resources", {json.dumps(text)})\n' for text in table_texts()
            )
        )
        sources.append(str(tables))
        _run("lupdate", "-locations", "none", "-no-obsolete", *sources, "-ts", str(translation))


def table_texts() -> list[str]:
    """The texts of `resources/*.json` that the window shows."""
    texts: list[str] = [one["summary"] for one in _table("expressions")]
    texts += [one["name"] for one in _table("presets")]
    for model in _table("weights")["models"]:
        texts += [model["title"], model["purpose"], model["use"], *model["needed_by"]]
    texts += [row["purpose"] for row in shipped()]
    return list(dict.fromkeys(texts))


def _table(name: str) -> Any:
    return json.loads((ROOT / "resources" / f"{name}.json").read_text())


def compile_to(translation: Path, compiled: Path) -> None:
    """Make the .qm file of a .ts file."""
    _run("lrelease", "-silent", str(translation), "-qm", str(compiled))


def unfinished(translation: Path) -> Iterator[str]:
    """The texts that are not translated yet."""
    for context in ElementTree.parse(translation).getroot().iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            translated = message.find("translation")
            if translated is None or translated.get("type") or not "".join(translated.itertext()):
                yield f"{name}: {message.findtext('source', '')}"


def check(translation: Path) -> list[str]:
    """What is wrong with a translation."""
    with tempfile.TemporaryDirectory() as name:
        fresh, compiled = Path(name, translation.name), Path(name, "fresh.qm")
        fresh.write_bytes(translation.read_bytes())
        collect(fresh)
        faults = [f"{translation.name} lacks {text!r}" for text in unfinished(fresh)]
        if not faults and texts(fresh) != texts(translation):
            faults.append(f"{translation.name} has texts that the source no longer has")
        compile_to(translation, compiled)
        shipped = translation.with_suffix(".qm")
        if not shipped.exists() or shipped.read_bytes() != compiled.read_bytes():
            faults.append(f"{shipped.name} is not what {translation.name} compiles to")
    return faults


def texts(translation: Path) -> set[tuple[str, str]]:
    """Every text with its context."""
    return {
        (context.findtext("name", ""), message.findtext("source", ""))
        for context in ElementTree.parse(translation).getroot().iter("context")
        for message in context.iter("message")
    }


def _run(tool: str, *arguments: str) -> None:
    program = Path(sys.executable).with_name(f"pyside6-{tool}")
    subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    faults: list[str] = []
    for translation in sorted(FOLDER.glob("*.ts")):
        if is_check:
            faults += check(translation)
        else:
            collect(translation)
            compile_to(translation, translation.with_suffix(".qm"))
            faults += [f"not translated: {text}" for text in unfinished(translation)]
    sys.exit("\n".join(faults) or 0)


if __name__ == "__main__":
    main()
