#!/usr/bin/env bash
# Usage: install.sh DIR
#
# Installs the Autobahn testsuite into DIR/python, a "user base" of CPython 2.7 (see `site` in
# Python's manual), unless it is there already. Prints the path of that Python.
set -euo pipefail

requirements=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/requirements.txt
mkdir -p "$1"
dir=$(cd "$1" && pwd)
export PYTHONUSERBASE=$dir/python

find_python2() {
  local candidate versions=${PYENV_ROOT:-$HOME/.pyenv}/versions
  # The one in PATH may be a shim of pyenv's that refuses to run, so each one has to prove itself.
  for candidate in "${PYTHON2:-python2.7}" "$versions"/2.7.*/bin/python2.7; do
    "$candidate" -c 'import ctypes, site, ssl, sys, zlib
assert sys.version_info[:2] == (2, 7) and site.ENABLE_USER_SITE
print(sys.executable)' 2>/dev/null && return
  done
  echo "install.sh: the Autobahn testsuite needs CPython 2.7 with its headers: as python2.7 in" \
    "PATH, as a version of pyenv (pyenv install 2.7.18), or named by PYTHON2" >&2
  return 1
}

python2=$(find_python2)
if ! cmp -s "$requirements" "$dir/installed"; then
  echo "installing the Autobahn testsuite into $dir" >&2
  rm -rf "$PYTHONUSERBASE" "$dir/installed"
  # The last pip for Python 2.7, which may have none of its own. It runs where it was unpacked, but
  # not all of it as a wheel.
  wheel=pip-20.3.4-py2.py3-none-any.whl
  pip=("$python2" "$dir/pip/pip")
  install=("${pip[@]}" install
    --user --no-deps --no-build-isolation --no-warn-script-location)
  if ! {
    python3 -m pip download --no-deps --dest "$dir" pip==20.3.4 &&
      python3 -m zipfile --extract "$dir/$wheel" "$dir/pip" &&
      "${install[@]}" --requirement <(grep -E '^(setuptools|wheel)==' "$requirements") &&
      "${install[@]}" --requirement "$requirements" &&
      "${pip[@]}" check
  } >"$dir/install.log" 2>&1; then
    tail -n 20 "$dir/install.log" >&2
    echo "install.sh: failed, the whole log is $dir/install.log" >&2
    exit 1
  fi
  cp "$requirements" "$dir/installed"
fi
echo "$python2"
