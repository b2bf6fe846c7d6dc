#!/bin/sh
# Makes what emulated devices boot from.
#
#   emulated.sh TREE KERNEL OUT
#
# TREE is a Debian root with kmod and busybox, KERNEL the unpacked package of a Debian kernel. OUT gets vmlinuz, initrd and
# disk, the image of a file system that keeps quotas of users, groups and projects.
set -eu
tree=$1 kernel=$2 out=$3
version=$(ls "$kernel/usr/lib/modules")

mkdir -p "$tree/usr/lib/modules" "$out"
cp -a "$kernel/usr/lib/modules/$version" "$tree/usr/lib/modules/"
chroot "$tree" depmod "$version"
cp "$kernel/boot/vmlinuz-$version" "$out/vmlinuz"

init=$out/init
mkdir -p "$init/bin" "$init/modules" "$init/dev" "$init/proc" "$init/new"
cp "$tree/usr/bin/busybox" "$init/bin/"
for name in sh mount umount insmod mkdir cp sleep switch_root; do ln -s busybox "$init/bin/$name"; done
for module in virtio_pci virtio_blk virtio_console ext4 quota_v2 9pnet_virtio 9p; do
  chroot "$tree" modprobe -S "$version" --show-depends "$module"
done | while read -r verb file rest; do
  [ "$verb" = insmod ] || continue
  name=$(basename "${file%.xz}")
  grep -qxF "$name" "$init/order" 2>/dev/null && continue
  echo "$name" >>"$init/order"
  case $file in
    *.xz) xz -dc "$tree$file" >"$init/modules/$name" ;;
    *) cp "$tree$file" "$init/modules/" ;;
  esac
done
# What the command line of the kernel names as share=TAG:PLACE:rw is mounted before systemd starts. What it names as
# share=TAG:PLACE:ro is copied to the disk once: it is read faster there, and no suspend takes it away.
cat >"$init/init" <<'EOF'
#!/bin/sh
mount -t devtmpfs dev /dev
mount -t proc proc /proc
while read -r module; do insmod "/modules/$module"; done </order
mount -t ext4 -o noatime,prjquota /dev/vda /new || sleep 5
for word in $(cat /proc/cmdline); do
  case $word in share=*) ;; *) continue ;; esac
  word=${word#share=} tag=${word%%:*} word=${word#*:} place=${word%:*}
  mkdir -p "/new$place"
  case ${word##*:} in
    ro)
      copied=/new/var/local/$tag
      if [ ! -e "$copied" ]; then
        mkdir -p /share
        mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,ro,cache=loose "$tag" /share
        cp -a /share/. "/new$place" && : >"$copied"
        umount /share
      fi
      ;;
    *) mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,rw,cache=none "$tag" "/new$place" ;;
  esac
done
mount -o move /dev /new/dev
umount /proc
exec switch_root /new /lib/systemd/systemd
EOF
ln -s busybox "$init/bin/cat"
chmod 755 "$init/init"
(cd "$init" && find . | "$tree/usr/bin/busybox" cpio -o -H newc 2>/dev/null | gzip -1) >"$out/initrd"
rm -rf "$init"

# Runs what this machine lays into /host: a folder for each command, whose name comes in through the port.
mkdir -p "$tree/usr/local/lib"
cat >"$tree/usr/local/lib/runner" <<'EOF'
#!/bin/busybox sh
exec 3<>/dev/vport0p1
echo up >&3
while read -r id <&3; do
  (
    sh "/host/$id/run" <"/host/$id/in" >"/host/$id/out" 2>"/host/$id/err" 3>&-
    echo "$id $?" >&3
  ) &
done
EOF
chmod 755 "$tree/usr/local/lib/runner"
cat >"$tree/etc/systemd/system/runner.service" <<'EOF'
[Unit]
Description=Runs commands of the machine outside
After=multi-user.target
[Service]
ExecStart=/usr/local/lib/runner
Environment=LANG=C.UTF-8 HOME=/root
KillMode=process
TimeoutStopSec=5s
[Install]
WantedBy=multi-user.target
EOF
# Suspends the device to memory until its hardware clock wakes it up: suspend SECONDS. What it shares with this machine
# is gone meanwhile: the kernel's driver of 9p cannot suspend, and would hang afterwards.
cat >"$tree/usr/local/lib/suspend" <<'EOF'
#!/bin/sh
set -u
driver=/sys/bus/virtio/drivers/9pnet_virtio
success=/sys/power/suspend_stats/success
before=$(cat $success)
grep '^[^ ]* [^ ]* 9p ' /proc/mounts >/run/shares
while read -r _ place _; do
  until umount "$place"; do sleep 1; done
done </run/shares
devices=$(cd $driver && echo virtio*)
for device in $devices; do echo "$device" >$driver/unbind; done
echo "+$1" >/sys/class/rtc/rtc0/wakealarm
if systemctl suspend; then
  until [ "$(cat $success)" -gt "$before" ] || [ "$(cat /sys/power/suspend_stats/fail)" -gt 0 ]; do sleep 1; done
fi
for device in $devices; do echo "$device" >$driver/bind; done
while read -r tag place _; do
  mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,rw,cache=none "$tag" "$place"
done </run/shares
{
  echo "$(($(cat $success) - before))"
  tail -n +1 /sys/power/suspend_stats/*
} >/host/suspended.new
mv /host/suspended.new /host/suspended
EOF
chmod 755 "$tree/usr/local/lib/suspend"

wants=$tree/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
ln -sf ../runner.service "$wants/runner.service"
for unit in getty.target serial-getty@ttyS0.service systemd-networkd-wait-online.service; do
  ln -sf /dev/null "$tree/etc/systemd/system/$unit"
done
for file in machine-id hostname resolv.conf; do
  rm -f "$tree/etc/$file"
  : >"$tree/etc/$file"
done
rm -f "$tree/var/lib/dbus/machine-id"

rm -f "$out/disk"
truncate -s 3G "$out/disk"
mkfs.ext4 -q -F -O quota,project -E quotatype=usrquota:grpquota:prjquota,lazy_itable_init=1 -d "$tree" "$out/disk"
