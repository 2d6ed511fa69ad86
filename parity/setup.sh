#!/bin/sh
# Makes parity/.venv with the pinned packages. PYTHON says which Python to use (3.11).
set -eu
cd "$(dirname "$0")"
"${PYTHON:-python3.11}" -m venv .venv
.venv/bin/pip install -r requirements.txt
.venv/bin/pip install --no-deps transformer-lens==2.16.1
