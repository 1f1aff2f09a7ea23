#!/bin/bash
# Has every program read the rendered files it is for, in network and mount namespaces of its own.
#
#   unshare --net --mount read_files.sh FOLDER
#
# FOLDER holds a router's files as they lie on the router.
# FOLDER/said/NAME.status, .out and .err then hold what each program said.
set -euo pipefail
cd "$1"
etc=$PWD/etc
mkdir said

reads() {
	local name=$1 status=0
	shift
	"$@" >"said/$name.out" 2>"said/$name.err" || status=$?
	echo "$status" >"said/$name.status"
}

ip link set lo up
ip tuntap add closed mode tun
ip tuntap add internet mode tun
ip link set closed up
mount -t tmpfs none /run
mkdir /run/flets-to-vpc

reads frr vtysh -C -f "$etc/frr/frr.conf"
reads nftables nft --check --file "$etc/nftables.conf"
reads addresses ip -force -batch "$etc/flets-to-vpc/addresses.ip"
reads addresses-again ip -force -batch "$etc/flets-to-vpc/addresses.ip"
reads loopback ip -brief address show dev lo
reads sysctl sysctl --quiet --load "$etc/sysctl.d/60-flets-to-vpc.conf"
ip tuntap add wg-late mode tun
reads a-late-device sysctl -n net.ipv4.conf.wg-late.rp_filter net.ipv4.conf.closed.rp_filter
for conf in "$etc"/wireguard/*.conf; do
	reads "$(basename "$conf" .conf)" wg-quick strip "$conf"
done
if [ -e "$etc/keepalived" ]; then
	reads keepalived keepalived -t -f "$etc/keepalived/keepalived.conf"
fi
printf '[Unit]\nDescription=the path\n' >"$etc/systemd/system/flets-to-vpc-path.target"
reads systemd systemd-analyze verify --root="$PWD" flets-to-vpc-path.target
