"""The import rules of ARCHITECTURE.md, read from the source, so that they stay true."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("pixelsmile_desktop/**/*.py")])
MODELS_ONLY_IN = tuple(
    f"engine.{package}"
    for package in ("editors.pixelsmile", "editors.arc2face", "training", "bench")
)
NOT_IN_THE_WINDOW = ("cv2", "numpy", "PIL", "tifffile", "imagecodecs", "ai_edge_litert")
HEAVY = ("torch", "diffusers", "transformers", "peft", "optimum", "torchao")


def module_name(path: Path) -> str:
    """`engine.photos.opening` for engine/photos/opening.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, inside functions too; `from a import b` gives `a.b`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


# package → what of the engine it may import besides itself
ALLOWED: dict[str, tuple[str, ...]] = {
    "engine.recipes": (),
    "engine.protocol": ("engine.recipes",),
    "engine.library": ("engine.recipes", "engine.protocol"),
    "engine.client": ("engine.recipes", "engine.protocol"),
    "engine.weights": ("engine.recipes",),
    "engine.photos": ("engine.recipes",),
    "engine.faces": ("engine.recipes", "engine.weights"),
    "engine.editors": ("engine.recipes", "engine.weights", "engine.faces"),
    "engine.compositing": ("engine.recipes", "engine.faces"),
    "engine.strips": ("engine.recipes", "engine.photos"),
    "engine.render": (
        *("engine.recipes", "engine.weights", "engine.photos", "engine.faces"),
        *("engine.editors", "engine.compositing", "engine.strips"),
    ),
    "engine.worker": ("engine.recipes", "engine.protocol", "engine.render", "engine.faces",
                      "engine.photos", "engine.editors", "engine.weights", "engine.strips"),
    "engine.training": ("engine.recipes", "engine.weights", "engine.photos", "engine.faces",
                        "engine.editors"),
    "engine.remote": ("engine.recipes", "engine.training"),
    "engine.cli": ("engine",),
    "pixelsmile_desktop": ("engine.recipes", "engine.protocol", "engine.library", "engine.client"),
}  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_packages_import_only_what_they_may(path: Path) -> None:
    """Each package imports itself and what the table names."""
    name = module_name(path)
    package = next((p for p in ALLOWED if within(name, p)), None)
    if package is None:
        assert name == "engine", f"{name} belongs to no package of the table"
        return
    for imported in imports(path):
        if within(imported, "engine", "pixelsmile_desktop") and not within(imported, package):
            plain_constants = imported in ("engine.__version__", "engine")
            assert plain_constants or within(imported, *ALLOWED[package]), f"{name} → {imported}"


@pytest.mark.parametrize("package", ["photos", "faces", "editors", "strips", "compositing"])
def test_neighbours_use_each_others_public_names_only(package: str) -> None:
    """`engine.photos.open_photo`, never `engine.photos.jpeg`; plain data modules are public."""
    data_modules = ("engine.faces.face", "engine.photos.photo", "engine.editors.base")
    insides = {module_name(p) for p in SOURCES if within(module_name(p), f"engine.{package}")} - {
        f"engine.{package}",
        *data_modules,
    }
    neighbours = [f"engine.{p}" for p in ("photos", "faces", "editors", "strips", "compositing")]
    for path in SOURCES:
        name = module_name(path)
        if within(name, *neighbours) and not within(name, f"engine.{package}"):
            for imported in imports(path):
                module = imported if imported in insides else imported.rpartition(".")[0]
                assert module not in insides, f"{name} → {imported}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_stay_where_they_belong(path: Path) -> None:
    """torch and its kin only in the packages that run them; Qt only in the desktop."""
    name = module_name(path)
    for imported in imports(path):
        if within(imported, *HEAVY):
            assert within(name, *MODELS_ONLY_IN), f"{name} → {imported}"
        if within(imported, "PySide6"):
            assert within(name, "pixelsmile_desktop"), f"{name} → {imported}"
        if within(name, "pixelsmile_desktop"):
            assert not within(imported, *NOT_IN_THE_WINDOW, *HEAVY), f"{name} → {imported}"


@pytest.mark.parametrize(
    "package", ["engine.recipes", "engine.protocol"], ids=lambda p: p.rpartition(".")[2]
)
def test_plain_data_needs_the_standard_library_and_msgspec(package: str) -> None:
    """What the window imports must cost next to nothing."""
    for path in SOURCES:
        if within(module_name(path), package):
            for imported in imports(path):
                top = imported.partition(".")[0]
                assert top in {"engine", "msgspec"} or top in sys.stdlib_module_names, imported


def test_the_catalogue_needs_little() -> None:
    """The window opens it itself."""
    for path in SOURCES:
        if within(module_name(path), "engine.library"):
            for imported in imports(path):
                top = imported.partition(".")[0]
                known = {"engine", "msgspec", "platformdirs"}
                assert top in known or top in sys.stdlib_module_names, imported


def test_what_runs_on_a_node_needs_the_standard_library_alone() -> None:
    """It is sent as one file to machines that have nothing else yet."""
    for imported in imports(ROOT / "engine" / "remote" / "node.py"):
        assert imported.partition(".")[0] in sys.stdlib_module_names, imported


def test_nobody_unpickles() -> None:
    """Models and messages are safetensors and JSON; a pickle runs what is in it."""
    for path in SOURCES:
        for imported in imports(path):
            assert not within(imported, "pickle", "dill", "joblib", "shelve", "marshal"), path


def test_help_loads_nothing_heavy() -> None:
    """`pixelsmile --help` must be quick: no numpy, no cv2, no Pillow, no torch."""
    script = (
        "import sys\n"
        "sys.argv = ['pixelsmile', '--help']\n"
        "from engine.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'cv2', 'PIL', 'torch', 'ai_edge_litert', 'asyncssh'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_window_loads_nothing_heavy() -> None:
    """Its start must be quick, and a fault in a picture library must not take it down."""
    script = (
        "import sys\n"
        "import pkgutil, importlib, pixelsmile_desktop\n"
        "for found in pkgutil.walk_packages(pixelsmile_desktop.__path__, 'pixelsmile_desktop.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)\n"
        f"heavy = set({(*NOT_IN_THE_WINDOW, *HEAVY)!r}) & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
