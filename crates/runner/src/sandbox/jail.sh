# $1 the new root, $2 writable and $3 readable paths (one a line), $4 the working directory, then the program.
# Runs as root of a user namespace of its own, with mounts, network, processes and names of its own, before any of the
# workload's code does. Whatever fails here ends it: there is no sandbox then.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 writable=$2 readable=$3 folder=$4
shift 4
mount --make-rprivate /
mount -t tmpfs -o size=16m,mode=0755 sandbox "$root"
mkdir "$root/proc" "$root/tmp" "$root/.old"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=64m tmp "$root/tmp"
bind() {
  if [ -L "$1" ]; then
    [ -e "$root$1" ] || { mkdir -p "$root${1%/*}"; ln -s "$(readlink "$1")" "$root$1"; }
    return 0
  fi
  [ -e "$1" ] || return 0
  if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root${1%/*}"; [ -e "$root$1" ] || : >"$root$1"; fi
  mount --bind "$1" "$root$1"
  if [ -n "$2" ]; then mount -o "remount,bind,$2" "$root$1"; fi
}
IFS='
'
for path in $readable; do bind "$path" ro,nosuid,nodev; done
for path in $writable; do bind "$path" nosuid,nodev; done
for path in /dev/null /dev/zero /dev/random /dev/urandom; do bind "$path" ""; done
unset IFS
cd "$root"
pivot_root . .old
umount -l /.old
rmdir /.old
mount -o remount,bind,ro /
cd "$folder"
ulimit -u 512 2>/dev/null || true
unset PWD OLDPWD SHLVL
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
