#!/bin/sh
# Installs what the tests need and runs them all: ruff, pyright, pytest.
# System packages: ffmpeg (strips as H.264). Python packages: the constraints, into .venv-tests.
set -eu
cd "$(dirname "$0")/.."

if ! command -v ffmpeg >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
        echo "Installing the system package ffmpeg with apt-get."
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ffmpeg >/dev/null
    else
        echo "ffmpeg is missing. Install it, on Debian or Ubuntu with:  sudo apt-get install ffmpeg"
        exit 1
    fi
fi

python=.venv-tests/bin/python
[ -x "$python" ] || python3 -m venv .venv-tests
"$python" -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[dev,pixelsmile]"

.venv-tests/bin/ruff format --check .
.venv-tests/bin/ruff check .
.venv-tests/bin/pyright --pythonpath "$python"
exec "$python" -m pytest -n 2 "$@"
