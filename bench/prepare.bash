# What bench/compare and bench/paired need before they measure. Sourced, in the root of the repository.
python=${PYTHON:-python3.11}

# Installs bench/requirements-VERSION.txt into bench/.venv/VERSION, anew where these pins have changed.
environment() { # VERSION
  local venv=bench/.venv/$1 pins=bench/requirements-$1.txt
  ! cmp -s "$pins" "$venv/installed.txt" || return 0
  echo "installing TransformerLens $1: 6 GB, some minutes" >&2
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir -r "$pins"
  cp "$pins" "$venv/installed.txt"
}

# The models that all sides load: needs the network once, for SmolLM2.
models() {
  [ ! -f build/bench/prepared ] || return 0
  environment 2.16.1
  echo "making models" >&2
  mkdir -p build/bench
  bench/.venv/2.16.1/bin/python bench/tl_worker.py prepare build/bench "$(scripts/fetch-smollm2)" 2>build/bench/prepare.log
  touch build/bench/prepared
}

# Builds the worker and the command, and nothing into Maven's local repository.
build() { # ROOT
  echo "building $1" >&2
  "$1/mvnw" -f "$1/pom.xml" -q -B -ntp -DskipTests -pl fresnel-bench -am package </dev/null
  "$1/fresnel" --help >/dev/null # builds the command; its first start also shares classes
}
