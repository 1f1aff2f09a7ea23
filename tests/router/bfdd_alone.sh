#!/bin/bash
# Starts a bfdd that can only talk to itself, in namespaces of its own, and then what is to look at it.
#
#   unshare --mount --net --pid --fork --mount-proc --kill-child bfdd_alone.sh COMMAND ...
set -euo pipefail

mount -t tmpfs none /run
install -d -o frr -g frr /run/frr
ip link set lo up
for own in 10.9.0.1/32 10.9.0.2/32; do
	ip address add $own dev lo
done
for daemon in zebra bfdd; do
	/usr/lib/frr/$daemon --daemon --user frr --group frr --vty_addr 127.0.0.1 --config_file /dev/null
done >/dev/null 2>&1
"$@"
