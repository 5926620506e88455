#!/bin/sh
# Install what Debian has of the field servers. Nothing is started: no service is left running or
# listening. Python's libraries: python -m pip install -r tests/field/requirements.txt
set -eu

packages="socat ncat netcat-traditional ucspi-tcp ipsvd systemd nodejs perl ruby tcl erlang-base \
golang-go rustc default-jdk-headless libwrap0 libtirpc3 libevent-2.1-7 libbsd0"
superservers="xinetd inetutils-inetd openbsd-inetd"
unpacked="${XDG_CACHE_HOME:-$HOME/.cache}/echo-harness-field/unpacked"
policy=/usr/sbin/policy-rc.d
made=""
scratch=$(mktemp -d)
trap 'rm -rf "$scratch" $made' EXIT

if ! command -v apt-get >/dev/null; then
    echo "install.sh: no apt-get here; install by hand: $packages $superservers" >&2
    exit 1
fi

if [ "$(id -u)" -eq 0 ]; then
    if [ ! -e "$policy" ]; then
        # The packages' scripts ask this file before they start a daemon.
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        made=$policy
        chmod +x "$policy"
    fi
    wanted=""
    for package in $packages; do
        # A language that is there already, from wherever, is kept.
        case $package in
            nodejs) tool=node ;; perl) tool=perl ;; ruby) tool=ruby ;; golang-go) tool=go ;;
            rustc) tool=rustc ;; default-jdk-headless) tool=java ;; *) tool="" ;;
        esac
        if [ -z "$tool" ] || ! command -v "$tool" >/dev/null; then wanted="$wanted $package"; fi
    done
    apt-get update
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $wanted
else
    echo "install.sh: not root, so nothing is installed system-wide. As root: apt-get install" >&2
    echo "$packages" >&2
fi

# The super-servers exclude each other as packages, and would be started: unpack them instead.
cd "$scratch"
for package in $superservers; do
    apt-get download "$package"
    mkdir -p "$unpacked/$package"
    dpkg-deb -x "$package"_*.deb "$unpacked/$package"
    dpkg-deb -W "$package"_*.deb >"$unpacked/$package/echo-field-version"
done
echo "install.sh: super-servers in $unpacked"
