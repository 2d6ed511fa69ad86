# Starts Fresnel: finds Java, sets its flags, and prepares an archive of classes. Sourced by ./fresnel and by
# bin/fresnel of the zips, which set `kind` (what JAVA_HOME must name) and `launcher` (this folder).

fail() {
  printf 'fresnel: %s\n' "$1" >&2
  exit 1
}

said=
say() { # prints its first line, and no other
  [ -n "$said" ] || printf '%s\n' "$1" >&2
  said=yes
}

# ---- the Java to use: JAVA_HOME's, else the one on the PATH ----
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

# ---- the JVM's flags: a quick start, and no more memory than the machine has ----
memory() { # sets memory, in bytes: the machine's, or the container's where that is less
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
  -Xlog:disable # the JVM writes warnings to standard output, which is for results
)
[ "$memory" -le 0 ] || flags+=("-Dorg.bytedeco.javacpp.maxPhysicalBytes=$((memory / 4 * 3))")
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  *[Uu][Tt][Ff]*) ;;
  *) [ ! -d /proc ] || export LC_ALL=C.UTF-8 ;; # without it Java reads arguments as ASCII
esac
# Pages of 2 MB instead of 4 KB, where Linux has them for programs that ask: for Java's memory and code, and for libtorch's.
if [ -r /sys/kernel/mm/transparent_hugepage/enabled ] && read -r pages </sys/kernel/mm/transparent_hugepage/enabled &&
  [[ $pages != *'[never]'* ]]; then
  flags+=(-XX:+UseTransparentHugePages)
  export GLIBC_TUNABLES="glibc.malloc.hugetlb=1${GLIBC_TUNABLES:+:$GLIBC_TUNABLES}" # a user's own setting comes last, and wins
fi
export OPENBLAS_THREAD_TIMEOUT="${OPENBLAS_THREAD_TIMEOUT:-4}" # idle threads give up their cores soon

# Code is loaded from what is kept between calls: only from a folder to which nobody else can write.
closed() { # closed FOLDER: an absolute path, a folder, no link, and no write permission for others
  case $1 in /*) ;; *) return 1 ;; esac
  [ -d "$1" ] && [ ! -L "$1" ] && [ -z "$(find "$1" -prune \( -perm -020 -o -perm -002 \) -print)" ]
}

# user_folder: sets user_folder to this user's own folder for what can be made anew, with the permissions 0700: in the
# cache of the home folder, or where there is no home, in the temporary folder; empty if there is none
user_folder() {
  local caches=${XDG_CACHE_HOME:-} place
  case $caches in
    /*) ;;
    *) caches= && case ${HOME:-} in /*) [ ! -d "$HOME" ] || caches=$HOME/.cache ;; esac ;;
  esac
  for place in ${caches:+"$caches/fresnel"} "${TMPDIR:-/tmp}/fresnel-$UID"; do
    user_folder=$place/classes
    if (umask 077 && mkdir -p "$user_folder") 2>/dev/null && [ -O "$place" ] && [ -O "$user_folder" ] &&
      [ -w "$user_folder" ] && closed "$place" && chmod 700 "$user_folder" 2>/dev/null && closed "$user_folder"; then
      return
    fi
  done
  user_folder=
}

# natives ARCHIVE: the flag that names a file beside the archive, which holds where libtorch was found last time
natives() { printf '%s' "-Dfresnel.natives=${1%.jsa}.natives"; }

# share_classes ARCHIVE CLASSPATH: makes an archive of loaded classes, which halves the time to start. The
# archive is made by running a command once, after the natives are unpacked. Where that fails the archive is an
# empty file, and the JVM starts without it.
share_classes() {
  say "Preparing quick starts with Java $version ..."
  local part=${1%/*}/part.$$
  mkdir -p "$part"
  "$java" "${flags[@]}" "$(natives "$1")" -cp "$2" dev.fresnel.cli.Main heads \
    </dev/null >"$part/log" 2>&1 9>&- || true # unpacks the natives, and writes down where they are
  "$java" "${flags[@]}" "$(natives "$1")" "-XX:ArchiveClassesAtExit=$part/classes.jsa" -cp "$2" \
    dev.fresnel.cli.Main report --json --quiet --output "$part/report.html" \
    </dev/null >"$part/log" 2>&1 9>&- || true
  [ -f "$part/classes.jsa" ] || : >"$part/classes.jsa"
  mv "$part/classes.jsa" "$1" 2>/dev/null || true
  rm -rf "$part"
}

# own_program CLASSPATH ARGUMENTS...: Java with Fresnel on the class path, as quick to start as Fresnel itself
own_program() {
  local classpath=$1
  shift
  case $1 in
    -cp | -classpath | --class-path)
      [ $# -ge 3 ] || fail "expected a class path and a main class; try 'fresnel java --help'"
      classpath=$classpath:$2 # behind Fresnel's own, so that the archive of classes still fits
      shift 2
      ;;
  esac
  exec "$java" "${flags[@]}" -cp "$classpath" "$@"
}

# start ARCHIVE CLASSPATH ARGUMENTS...: runs the command, or with `java` a program of the user's own
start() {
  local archive=$1 classpath=$2
  shift 2
  [ ! -s "$archive" ] || flags+=("-XX:SharedArchiveFile=$archive" "$(natives "$archive")")
  case ${1:-}/${2:-} in
    java/ | java/-h | java/--help) ;;
    java/*)
      shift
      own_program "$classpath" "$@"
      ;;
  esac
  [ ! -t 2 ] || flags+=(-Dfresnel.terminal=true)
  [ ! -t 1 ] || flags+=(-Dfresnel.out.terminal=true)
  [ -n "${COLUMNS:-}" ] || [ ! -t 1 ] || { read -r _ COLUMNS < <(stty size <&1 2>/dev/null) && export COLUMNS; } || true
  exec "$java" "${flags[@]}" -cp "$classpath" dev.fresnel.cli.Main "$@"
}
