# How Fresnel starts: which Java, with which flags, and with classes as it likes them. Sourced by ./fresnel
# and by bin/fresnel of the zips, which set `kind` (what JAVA_HOME must name) and `launcher` (this folder).

fail() {
  printf 'fresnel: %s\n' "$1" >&2
  exit 1
}

said=
say() { # one line of progress, however much there is to do
  [ -n "$said" ] || printf '%s\n' "$1" >&2
  said=yes
}

# ---- which Java: JAVA_HOME's, or else the one on the PATH ----
if [ -n "${JAVA_HOME:-}" ]; then
  java=$JAVA_HOME/bin/java
  java_home=$JAVA_HOME
  [ -x "$java" ] || fail "there is no $java; JAVA_HOME must name $kind, 17 or later"
else
  java=$(command -v java) || fail "no java was found; install $kind, 17 or later, or set JAVA_HOME"
  java_home=$(readlink -f "$java" 2>/dev/null || printf %s "$java")
  java_home=${java_home%/bin/java}
fi
version=
if [ -r "$java_home/release" ]; then
  while IFS='=' read -r key value; do
    [ "$key" != JAVA_VERSION ] || version=${value//\"/}
  done <"$java_home/release"
fi
major=${version%%[!0-9]*}
[ -z "$major" ] || [ "$major" -ge 17 ] ||
  fail "$java is Java $version; expected 17 or later: set JAVA_HOME to $kind of that age"

# ---- how the JVM runs: short starts, no more memory than the machine has ----
memory() { # in bytes: the machine's, or less where a container has less
  local key value limit
  memory=0
  if [ -r /proc/meminfo ]; then
    while read -r key value _; do
      [ "$key" != MemTotal: ] || { memory=$((value * 1024)) && break; }
    done </proc/meminfo
  else
    memory=$(sysctl -n hw.memsize 2>/dev/null) || memory=0
  fi
  for limit in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    [ -r "$limit" ] && read -r value <"$limit" || continue
    case $value in
      '' | *[!0-9]*) ;;
      *) [ "${#value}" -ge 19 ] || [ "$value" -ge "$memory" ] || memory=$value ;;
    esac
  done
}

memory
flags=(
  -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData
  --enable-native-access=ALL-UNNAMED
  -Xlog:disable # the JVM's warnings go to standard output, which is for results
)
[ "$memory" -le 0 ] || flags+=("-Dorg.bytedeco.javacpp.maxPhysicalBytes=$((memory / 4 * 3))")
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  *[Uu][Tt][Ff]*) ;;
  *) [ ! -d /proc ] || export LC_ALL=C.UTF-8 ;; # else Java reads arguments as ASCII
esac
export OPENBLAS_THREAD_TIMEOUT="${OPENBLAS_THREAD_TIMEOUT:-4}" # idle threads leave the cores to others

# natives ARCHIVE: beside the archive of classes stands where libtorch's parts were found the last time
natives() { printf '%s' "-Dfresnel.natives=${1%.jsa}.natives"; }

# share_classes ARCHIVE CLASSPATH: classes as the JVM likes them, which halves the time to start. Made by
# running a command once, as it will run: with the natives unpacked. Where that fails, an empty file stands
# in, and the JVM starts without.
share_classes() {
  say "Preparing quick starts with Java $version ..."
  local part=${1%/*}/part.$$
  mkdir -p "$part"
  "$java" "${flags[@]}" "$(natives "$1")" -cp "$2" dev.fresnel.cli.Main heads \
    </dev/null >"$part/log" 2>&1 9>&- || true # unpacks the natives, and notes where they are
  "$java" "${flags[@]}" "$(natives "$1")" "-XX:ArchiveClassesAtExit=$part/classes.jsa" -cp "$2" \
    dev.fresnel.cli.Main report --json --quiet --output "$part/report.html" \
    </dev/null >"$part/log" 2>&1 9>&- || true
  [ -f "$part/classes.jsa" ] || : >"$part/classes.jsa"
  mv "$part/classes.jsa" "$1" 2>/dev/null || true
  rm -rf "$part"
}

# start ARCHIVE CLASSPATH ARGUMENTS...: the command, or a Java shell with Fresnel imported and a model loaded
start() {
  local archive=$1 classpath=$2
  shift 2
  if [ "${1:-}" = jshell ]; then
    shift
    [ -x "$java_home/bin/jshell" ] || fail "there is no $java_home/bin/jshell; JAVA_HOME must name a JDK"
    exec "$java_home/bin/jshell" "${flags[@]/#/-R}" --class-path "$classpath" \
      --startup DEFAULT --startup "$launcher/startup.jsh" "$@"
  fi
  [ ! -s "$archive" ] || flags+=("-XX:SharedArchiveFile=$archive" "$(natives "$archive")")
  [ ! -t 2 ] || flags+=(-Dfresnel.terminal=true)
  exec "$java" "${flags[@]}" -cp "$classpath" dev.fresnel.cli.Main "$@"
}
