#!/usr/bin/env bash
# `npm run train -- [objects] [faces]`: makes a virtual environment once, then runs the recipe. Everything it writes lies in one folder.
set -euo pipefail
work="${GRIDWARDEN_TRAINING:-$HOME/.cache/gridwarden-training}"
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$work"
if ! cmp -s "$here/requirements.txt" "$work/requirements.installed"; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$work/requirements.installed"
fi
exec "$work/venv/bin/python" "$here/recipe.py" --work "$work" "$@"
