#!/bin/bash
# Starts FRR from one rendered frr.conf, in namespaces of its own, and compares the file with what FRR then runs.
#
#   unshare --mount --net --pid --fork --uts --mount-proc --kill-child frr_alone.sh ROUTER FRR_CONF SYSCTL ADDRESS/LENGTH@DEVICE ...
#
# Standard output is frr-reload.py's: nothing when there is no line to delete and none to add.
set -euo pipefail
router=$1 conf=$2 sysctl=$3
shift 3

hostname "$router" # FRR writes its host name back
mount -t tmpfs none /run
mount -t tmpfs none /etc/frr
mount -t tmpfs none /var/log
mkdir /run/frr /var/log/frr
echo 'service integrated-vtysh-config' >/etc/frr/vtysh.conf
cp "$conf" /etc/frr/frr.conf
chown -R frr:frr /run/frr /etc/frr /var/log/frr

sysctl --quiet --load="$sysctl"
ip link set lo up
for own in "$@"; do
	device=${own#*@}
	[ "$device" = lo ] || ip link show "$device" &>/dev/null || ip tuntap add "$device" mode tun
	ip address add "${own%@*}" dev "$device"
	ip link set "$device" up
done

vtysh --dryrun # exit 2 on a line that FRR does not know
for daemon in zebra staticd bfdd bgpd; do
	/usr/lib/frr/$daemon --daemon --user frr --group frr --vty_addr 127.0.0.1 --config_file /dev/null
done >/dev/null 2>&1
# Its exit status is 0 whatever it refuses: the comparison below finds a line that is missing.
vtysh --boot >/dev/null 2>&1
/usr/lib/frr/frr-reload.py --test /etc/frr/frr.conf 2>/dev/null
