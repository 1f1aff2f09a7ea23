#!/bin/sh
# Becomes a node's systemd: makes the root file system, mounts what a kernel's boot would mount, and hands over PID 1.
# Runs inside the node's own namespaces. Prints its process id as the lab sees it, then nothing more.
# Arguments: the node's disk (a tmpfs), the overlay's lower layers (relative to the working directory), and the
# hierarchies of cgroups: "v2", or the names of version 1's layout.
set -eu

disk=$1 lower=$2 hierarchies=$3

# The /proc of the lab still shows here; the node's own would say 1.
read -r pid _ </proc/self/stat

mkdir -p "$disk/upper" "$disk/work" "$disk/root"
mount -t overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work" node "$disk/root"
cd "$disk/root"

# Only net.* belongs to the node: any other kernel setting is the host's.
mount -t proc -o nosuid,nodev,noexec proc proc
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,ro proc/sys
if [ -e proc/sysrq-trigger ]; then
    mount --bind proc/sysrq-trigger proc/sysrq-trigger
    mount -o remount,bind,ro proc/sysrq-trigger
fi

# systemd would mount every controller it reads of here, and make its groups in the host's.
head -n 1 proc/cgroups >../cgroups
mount --bind ../cgroups proc/cgroups

mount -t sysfs -o nosuid,nodev,noexec,ro sysfs sys
if [ "$hierarchies" = v2 ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else
    mount -t tmpfs -o mode=0755,size=64k cgroup sys/fs/cgroup
    for hierarchy in $hierarchies; do
        mkdir "sys/fs/cgroup/$hierarchy"
        case $hierarchy in
            unified) mount -t cgroup2 cgroup2 "sys/fs/cgroup/$hierarchy" ;;
            *) mount -t cgroup -o "none,name=$hierarchy" cgroup "sys/fs/cgroup/$hierarchy" ;;
        esac
    done
fi

# Devices of its own: with the host's /dev a unit could change the host's.
mount -t tmpfs -o mode=0755,size=64k dev dev
mkdir dev/pts dev/shm dev/net
for device in null zero full random urandom tty net/tun; do
    [ ! -e "/dev/$device" ] || cp -a "/dev/$device" "dev/$device"
done
mount -t devpts -o mode=0620,ptmxmode=0666,newinstance devpts dev/pts
mount -t tmpfs -o mode=1777,size=16m shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr

mount -t tmpfs -o mode=0755,size=32m run run
mount -t tmpfs -o mode=1777,size=32m tmp tmp

pivot_root . .
umount -l .
echo "$pid"
exec env -i container=flets-to-vpc-lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin LANG=C.UTF-8 \
    /lib/systemd/systemd --system --unit=multi-user.target --show-status=no </dev/null >/dev/null 2>&1
