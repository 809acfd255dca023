#!/bin/sh
# Installs what the tests need and runs them all: ruff, pyright, pytest.
# System packages: ffmpeg (strips as H.264), exiftool (metadata), heif-enc (HEIC); what Qt needs,
# and a screen and an accessibility bus for the tests that use the window as a user does; sshd for
# those of remote targets.
# Python packages: the constraints, into .venv-tests.
set -eu
cd "$(dirname "$0")/.."

packages="ffmpeg libimage-exiftool-perl libheif-examples
    libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 fonts-dejavu-core
    xvfb libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1
    libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libx11-xcb1
    dbus at-spi2-core python3-pyatspi openssh-server openssh-client iproute2"

are_there() {
    # shellcheck disable=SC2086 # several packages
    dpkg-query -W -f '${db:Status-Status}\n' $packages 2>/dev/null | grep -cx installed | grep -qx "$(echo $packages | wc -w)"
}

if ! are_there; then
    if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ]; then
        echo "Installing system packages with apt-get."
        apt-get update -qq
        # shellcheck disable=SC2086 # several packages
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    elif ! { command -v ffmpeg && command -v exiftool && command -v heif-enc; } >/dev/null 2>&1; then
        echo "System packages are missing. Install them, on Debian or Ubuntu with:"
        echo "  sudo apt-get install" $packages
        exit 1
    fi
fi

python=.venv-tests/bin/python
[ -x "$python" ] || python3 -m venv .venv-tests
"$python" -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[dev,desktop,pixelsmile,remote,heic,raw,c2pa]"

.venv-tests/bin/ruff format --check .
.venv-tests/bin/ruff check .
.venv-tests/bin/pyright --pythonpath "$python"
export QT_QPA_PLATFORM=offscreen
exec "$python" -m pytest -n 2 "$@"
