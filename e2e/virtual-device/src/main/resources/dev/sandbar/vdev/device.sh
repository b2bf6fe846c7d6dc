#!/bin/sh
# Boots, ends and removes virtual devices and their networks. Run by the classes of dev.sandbar.vdev, as root.
# All values come in VD_* variables and argument words whose form the Java side has checked; nothing is evaluated.
#
#   boot      VD_STATE VD_CGROUP VD_ROOT VD_NODES VD_DISK VD_NAME VD_BINDS
#             [VD_HOTPLUG] [VD_NET_PID VD_PORT VD_IP4 VD_IP6 VD_GW4 VD_GW6]
#   network   VD_STATE VD_CGROUP
#   offline COMMAND...            VD_STATE VD_ROOT VD_DISK; the disk of a device that is down is its root
#   kill STATE CGROUP             ends all processes of a device or network at once
#   remove STATE CGROUP DISK|-    kill, then remove every trace
#   reap OWNER STATES CGROUPS DISKS   waits for the end of standard input, then removes what OWNER held
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
me=$0

# --- ending -----------------------------------------------------------------------------------------------------

# What the disk was not told to keep is lost, as in a power cut: the file system of a disk image stops without
# writing what it still has in memory (EXT4_IOC_SHUTDOWN, without flushing the journal).
stop_disk() {
  [ -e "$1/disk" ] && [ -s "$1/supervisor" ] || return 0
  read -r supervisor <"$1/supervisor"
  [ -d "/proc/$supervisor" ] || return 0
  # While the image is not mounted its mount point lies on the file system of the machine, which must never be stopped:
  # what was opened is compared with the directory above it.
  nsenter --target "$supervisor" --mount -- perl -e '
    open(my $disk, "<", $ARGV[0]) or die "$ARGV[0]: $!";
    exit if (stat $disk)[0] == (stat $ARGV[1])[0];
    my $flag = pack("L", 2);
    ioctl($disk, 0x8004587D, $flag) or die "cannot stop $ARGV[0]: $!"' "$1/disk" "$1"
}

power_cut() {
  stop_disk "$1"
  kill_group "$1" "$2"
}

# One write kills the whole tree, with no process id that could have been reused meanwhile. The supervisor is not
# in it: it is waited for, since it could be about to boot the device again.
kill_group() {
  true 2>/dev/null >"$1/ending" || :
  tries=0
  while [ "$tries" -lt 1000 ]; do
    echo 1 2>/dev/null >"$2/cgroup.kill" || :
    if ! grep -q '^populated 1' "$2/cgroup.events" 2>/dev/null; then
      supervisor=$(cat "$1/supervisor" 2>/dev/null) || return 0
      [ -d "/proc/$supervisor" ] || return 0
    fi
    tries=$((tries + 1))
    sleep 0.01
  done
}

remove_group() {
  tries=0
  while [ -d "$1" ] && [ "$tries" -lt 200 ]; do
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null && return 0
    tries=$((tries + 1))
    sleep 0.01
  done
  return 0
}

# Loop devices whose backing file lies on the device's own disk. The kernel detaches those that systemd set up by
# itself once the last mount is gone; what is left after a moment was set up by hand inside.
detach_loops() {
  [ -s "$1/dev" ] || return 0
  read -r number <"$1/dev"
  tries=0
  while :; do
    found=$(losetup --list --noheadings --output NAME,BACK-MAJ:MIN 2>/dev/null | awk -v n="$number" '$2 == n {print $1}')
    [ -n "$found" ] || return 0
    if [ "$tries" -ge 20 ]; then
      for loop in $found; do losetup --detach "$loop" 2>/dev/null || :; done
    fi
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || return 0
    sleep 0.02
  done
}

remove() {
  kill_group "$1" "$2"
  remove_group "$2"
  detach_loops "$1"
  if [ "$3" != - ]; then rm -rf "$3"; fi
  # Last: as long as the entry stands, a sweep can find what an interrupted removal left.
  rm -rf "$1"
}

reap() {
  trap '' HUP INT TERM
  while read -r _; do :; done
  for kind in devices networks; do
    for entry in "$2/$kind"/*; do
      [ -f "$entry/owner" ] || continue
      read -r owner <"$entry/owner"
      [ "$owner" = "$1" ] || continue
      id=${entry##*/}
      disk=-
      [ "$kind" = networks ] || disk=$4/$id
      remove "$entry" "$3/$kind.$id" "$disk"
    done
  done
}

# --- booting ----------------------------------------------------------------------------------------------------

# The controllers that the machine offers; which those are is not ours to change.
make_group() {
  parent=${VD_CGROUP%/*}
  mkdir -p "$parent"
  for controller in $(cat "$parent/cgroup.controllers"); do
    echo "+$controller" 2>/dev/null >"$parent/cgroup.subtree_control" || :
  done
  mkdir -p "$VD_CGROUP"
}

# Lives as long as the device or network does, outside of its cgroup and pid namespace.
supervise() {
  # Not HUP: ignored signals are inherited, and by that one unshare tells of a reboot.
  trap '' INT TERM
  echo $$ >"$VD_STATE/supervisor"
  while :; do
    make_group
    [ "$1" != enter-device ] || mount_image
    code=0
    unshare --mount --propagation private --pid --uts --ipc --net --fork --kill-child -- sh "$me" "$1" || code=$?
    remove_group "$VD_CGROUP"
    rm -f "$VD_STATE/pid"
    [ ! -e "$VD_STATE/disk" ] || umount "$VD_STATE/disk"
    # The kernel ends a pid namespace whose systemd reboots with SIGHUP.
    [ "$code" -eq 129 ] && [ ! -e "$VD_STATE/ending" ] || break
  done
  rm -f "$VD_STATE/supervisor"
}

boot() {
  rm -f "$VD_STATE/ending" "$VD_STATE/pid"
  # Left by a supervisor that was killed: in a cgroup that was killed once, new processes may be killed too.
  remove_group "$VD_CGROUP"
  supervise enter-device
}

# Pid 1 of the new namespaces, still seeing the host's /proc: its own entry there tells its pid on the host.
enter_group() {
  read -r host_pid _ </proc/self/stat
  export host_pid
  echo 0 >"$VD_CGROUP/cgroup.procs"
  exec unshare --cgroup -- sh "$me" "$1"
}

join_network() {
  ip link set lo up
  [ -n "${VD_NET_PID:-}" ] || return 0
  net=/proc/$VD_NET_PID/ns/net
  ip link add name eth0 type veth peer name "$VD_PORT"
  ip link set "$VD_PORT" netns "$net"
  nsenter --net="$net" ip link set "$VD_PORT" master devices up
  ip link set eth0 up
  ip address add "$VD_IP4/24" dev eth0
  ip address add "$VD_IP6/64" dev eth0 nodad
  ip route add default via "$VD_GW4"
  ip -6 route add default via "$VD_GW6"
}

bind_files() {
  tab=$(printf '\t')
  printf '%s' "$VD_BINDS" | while IFS="$tab" read -r from to; do
    [ -n "$from" ] || continue
    # A symbolic link on the way would lead out of the device.
    target=$(realpath -m "$mnt$to")
    case $target in
      "$mnt"/*) ;;
      *) echo "$to leads out of the device" >&2; exit 1 ;;
    esac
    if [ -d "$from" ]; then
      mkdir -p "$target"
    else
      mkdir -p "${target%/*}"
      [ -e "$target" ] || : >"$target"
    fi
    mount --bind "$from" "$target"
    mount -o remount,bind,ro "$target"
  done
}

mount_devices() {
  mount -t tmpfs -o mode=755,nosuid,size=4m tmpfs "$mnt/dev"
  cp -a "$VD_NODES/." "$mnt/dev/"
  chmod 755 "$mnt/dev"
  mkdir "$mnt/dev/pts" "$mnt/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$mnt/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$mnt/dev/shm"
}

# What belongs to the one kernel that the device shares with the machine is read-only, so that nothing in a device
# changes the machine. What has a namespace of its own stays writable: net.*, names, System V IPC.
mount_kernel() {
  mount -t proc -o nosuid,nodev,noexec proc "$mnt/proc"
  mount --bind "$mnt/proc/sys" "$mnt/proc/sys"
  mount --bind "$mnt/proc/sys/net" "$mnt/proc/sys/net"
  for own in hostname domainname shmmax shmall shmmni shm_rmid_forced msgmax msgmnb msgmni sem; do
    mount --bind "$mnt/proc/sys/kernel/$own" "$mnt/proc/sys/kernel/$own"
  done
  mount -o remount,bind,ro "$mnt/proc/sys"
  if [ -e "$mnt/proc/sysrq-trigger" ]; then
    mount --bind "$mnt/proc/sysrq-trigger" "$mnt/proc/sysrq-trigger"
    mount -o remount,bind,ro "$mnt/proc/sysrq-trigger"
  fi
  mount -t sysfs -o nosuid,nodev,noexec sysfs "$mnt/sys"
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$mnt/sys/fs/cgroup"
  mount -t bpf -o nosuid,nodev,noexec,mode=700 bpf "$mnt/sys/fs/bpf"
  mount -t securityfs -o nosuid,nodev,noexec securityfs "$mnt/sys/kernel/security" || :
  if [ "${VD_HOTPLUG:-}" != yes ]; then
    mount -o remount,bind,ro,nosuid,nodev,noexec "$mnt/sys"
    return
  fi
  # systemd has units for devices, and udev runs, only where /sys itself is writable; all that is in it stays read-only.
  for part in "$mnt"/sys/*; do
    mount --rbind "$part" "$part"
    mount -o remount,bind,ro,nosuid,nodev,noexec "$part"
  done
  # Where /dev is no devtmpfs systemd listens to udev only if udev seems to run already.
  mkdir "$mnt/run/udev"
  : >"$mnt/run/udev/control"
}

name_device() {
  hostname "$VD_NAME" 2>/dev/null || echo "$VD_NAME" >/proc/sys/kernel/hostname
  echo "$VD_NAME" >"$mnt/etc/hostname"
  if [ ! -s "$mnt/etc/machine-id" ]; then
    tr -d '\n-' </proc/sys/kernel/random/uuid >"$mnt/etc/machine-id"
    echo >>"$mnt/etc/machine-id"
    {
      echo "127.0.0.1 localhost"
      echo "::1 localhost ip6-localhost"
      echo "127.0.1.1 $VD_NAME"
    } >"$mnt/etc/hosts"
    # The root was installed completely: nothing of it (ldconfig, catalog, users) is to be done again at first boot.
    touch -r "$mnt/usr" "$mnt/etc/.updated" "$mnt/var/.updated"
  fi
}

# systemd runs each of them at every reload, which is half of what a reload costs. Those that stay read init scripts; the
# others have nothing to find in a device: it has no fstab, no partitions, no kernel command line and no getty.
mask_generators() {
  mkdir -p "$mnt/run/systemd/system-generators"
  for generator in "$mnt"/usr/lib/systemd/system-generators/*; do
    case $generator in
      */systemd-sysv-generator | */systemd-rc-local-generator) ;;
      */systemd-*) ln -s /dev/null "$mnt/run/systemd/system-generators/${generator##*/}" ;;
    esac
  done
}

device() {
  join_network
  mount_disk
  mountpoint -d "$mnt" >"$VD_STATE/dev"
  name_device
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$mnt/run"
  mkdir -p "$mnt/run/host"
  echo sandbar >"$mnt/run/host/container-manager"
  mask_generators
  mount_devices
  bind_files
  mount_kernel
  # The pid is told only after the pivot: before it /proc/PID/root would be the machine's own root.
  exec 9>"$VD_STATE/pid.new"
  mv "$VD_STATE/pid.new" "$VD_STATE/pid"
  cd "$mnt"
  pivot_root . .
  umount -l .
  cd /
  # Without shared propagation systemd silently loses credentials, live bind mounts and images.
  mount --make-rshared /
  echo "$host_pid" >&9
  exec 9>&-
  # The clock is the machine's own, and no device may set it.
  exec env -i container=sandbar PATH="$PATH" setpriv --bounding-set=-sys_time -- \
    /lib/systemd/systemd --log-target=journal --show-status=false </dev/null >/dev/null 2>&1
}

mount_disk() {
  mnt=$VD_STATE/root
  disk=$VD_DISK
  mkdir -p "$mnt"
  if [ -e "$VD_DISK/image" ]; then
    disk=$VD_STATE/disk
  fi
  mkdir -p "$disk/upper" "$disk/work"
  mount -t overlay -o "lowerdir=$VD_ROOT,upperdir=$disk/upper,workdir=$disk/work" overlay "$mnt"
}

# Mounted for the supervisor: the file system must be within its reach when the power is cut.
mount_image() {
  [ -e "$VD_DISK/image" ] || return 0
  mkdir -p "$VD_STATE/disk"
  mount -o loop "$VD_DISK/image" "$VD_STATE/disk"
}

# The disk of a device that is down, for a command that reads or writes a file on it.
offline() {
  if [ "$1" != inside ]; then
    exec unshare --mount --propagation private -- sh "$me" offline inside "$@"
  fi
  shift
  mount_image
  mount_disk
  exec chroot "$mnt" "$@"
}

# --- network ----------------------------------------------------------------------------------------------------

# A router with a bridge for devices and one namespace each for "the internet" and "the local network".
# Named namespaces live in a tmpfs of this mount namespace, so everything goes with the last process.
network() {
  exec 9>"$VD_STATE/pid.new"
  mv "$VD_STATE/pid.new" "$VD_STATE/pid"
  mount -t tmpfs -o mode=755 tmpfs /run
  ip link set lo up
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  ip link add name devices type bridge
  ip link set devices up
  ip address add 192.0.2.1/24 dev devices
  ip address add 2001:db8:2::1/64 dev devices nodad
  peer internet 198.51.100 2001:db8:77:
  peer lan 192.168.77 fd77:
  echo "$host_pid" >&9
  exec 9>&-
  exec sleep infinity </dev/null >/dev/null 2>&1
}

peer() {
  ip netns add "$1"
  ip link add name "$1" type veth peer name eth0 netns "$1"
  ip link set "$1" up
  ip address add "$2.1/24" dev "$1"
  ip address add "$3:1/64" dev "$1" nodad
  ip -n "$1" link set lo up
  ip -n "$1" link set eth0 up
  ip -n "$1" address add "$2.2/24" dev eth0
  ip -n "$1" address add "$3:2/64" dev eth0 nodad
  ip -n "$1" route add default via "$2.1"
  ip -n "$1" -6 route add default via "$3:1"
}

command=$1
shift
case $command in
  boot) exec unshare --mount --propagation private -- sh "$me" boot-apart ;;
  boot-apart) boot ;;
  enter-device) enter_group device ;;
  device) device ;;
  network) supervise enter-network ;;
  enter-network) enter_group in-network ;;
  in-network) network ;;
  offline) offline "$@" ;;
  kill) power_cut "$1" "$2" ;;
  remove) remove "$1" "$2" "$3" ;;
  reap) reap "$1" "$2" "$3" "$4" ;;
  *) echo "unknown command: $command" >&2; exit 64 ;;
esac
