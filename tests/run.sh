#!/bin/sh
# Installs what the tests need and runs them all: ruff, pyright, pytest.
# System packages: ffmpeg (strips as H.264), exiftool (metadata), heif-enc (HEIC).
# Python packages: the constraints, into .venv-tests.
set -eu
cd "$(dirname "$0")/.."

packages="ffmpeg libimage-exiftool-perl libheif-examples"
if ! { command -v ffmpeg && command -v exiftool && command -v heif-enc; } >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
        echo "Installing the system packages $packages with apt-get."
        apt-get update -qq
        # shellcheck disable=SC2086 # several packages
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    else
        echo "ffmpeg, exiftool or heif-enc is missing. Install them, on Debian or Ubuntu with:"
        echo "  sudo apt-get install $packages"
        exit 1
    fi
fi

python=.venv-tests/bin/python
[ -x "$python" ] || python3 -m venv .venv-tests
"$python" -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[dev,pixelsmile,heic,raw,c2pa]"

.venv-tests/bin/ruff format --check .
.venv-tests/bin/ruff check .
.venv-tests/bin/pyright --pythonpath "$python"
exec "$python" -m pytest -n 2 "$@"
