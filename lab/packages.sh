#!/bin/sh
# Installs the Debian packages named in packages.txt, so that nothing they bring starts on this host, now or at its next boot.
# Exit 3: a package is missing and cannot be installed here; its name is on standard error.
set -eu

here=$(dirname "$0")
policy=/usr/sbin/policy-rc.d
saved=/usr/sbin/policy-rc.d.before-flets-to-vpc

missing=''
while read -r package; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done <"$here/packages.txt"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        exec sudo -n "$0"
    fi
    echo "this machine lacks Debian packages:$missing; install them as root, or run this with sudo" >&2
    exit 3
fi

# maintainer scripts start services only when this program allows it
restore() {
    rm -f "$policy"
    [ ! -e "$saved" ] || mv "$saved" "$policy"
}
[ -e "$saved" ] || [ ! -e "$policy" ] || mv "$policy" "$saved"
trap restore EXIT
trap 'exit 130' INT TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

enabled_units() {
    systemctl --root=/ list-unit-files --state=enabled --no-legend --no-pager 2>/dev/null | cut -d' ' -f1
}

echo "installing Debian packages:$missing"
enabled_before=$(enabled_units)
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of names
if ! { apt-get -q update && apt-get -qy install --no-install-recommends $missing; } </dev/null >&2; then
    echo "this machine lacks Debian packages:$missing; apt-get could not install them" >&2
    exit 3
fi

# frr alone brings logrotate and cron where they are not there yet
for unit in $(enabled_units | grep -vxF "$enabled_before"); do
    systemctl --root=/ disable "$unit"
done
