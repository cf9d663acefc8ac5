#!/bin/sh
# footfall-tunnel: root's part in a lean unit's WireGuard tunnel.
#
# footfall-tunnel key     make the unit's key where there is none, and print its public half
# footfall-tunnel apply   bring what the collector gave into /etc/config/network; changes nothing a second time
# footfall-tunnel wait    the same, as soon as the collector has given it
#
# What the collector gave lies where the agent's user can write, so root does not believe it: each line must have one of
# a few forms, only the sections footfall and footfall_collector are written, and one private address goes through the
# tunnel: one that no network of the unit's own holds. The private key is in /etc/config/network alone.

NETWORK=/etc/config/network
NETWORK_INIT=/etc/init.d/network
BYTES_MAX=2048
POLL_S=5

OCTET='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
ADDRESS="(10\.$OCTET|172\.(1[6-9]|2[0-9]|3[01])|192\.168)\.$OCTET\.$OCTET"
KEY='[A-Za-z0-9+/]{43}='
HOST='[A-Za-z0-9][A-Za-z0-9.:-]{0,252}'
PORT='[1-9][0-9]{0,4}'
TAB="$(printf '\t')"
FORMS="config interface 'footfall'|config wireguard_footfall 'footfall_collector'"
FORMS="$FORMS|${TAB}option proto 'wireguard'|${TAB}list addresses '$ADDRESS/32'"
FORMS="$FORMS|${TAB}option public_key '$KEY'|${TAB}option endpoint_host '$HOST'|${TAB}option endpoint_port '$PORT'"
FORMS="$FORMS|${TAB}option persistent_keepalive '25'|${TAB}option route_allowed_ips '1'"
FORMS="$FORMS|${TAB}list allowed_ips '$ADDRESS/32'"

export LC_ALL=C
state_dir="$(uci -q get "footfall.@sensor[0].state_dir" || echo /etc/footfall)"
given="$state_dir/tunnel.conf"

say() {
	logger -t footfall -p "daemon.$1" "$2"
}

refuse() {
	say err "$given will not do: $1"
	return 1
}

# The value of the line of $text that names $1; nothing where there is no such line, or more than one.
value() {
	local found
	found="$(echo "$text" | sed -n "s/^${TAB}[a-z]* $1 '\(.*\)'\$/\1/p")"
	[ "$(echo "$found" | wc -l)" -eq 1 ] && echo "$found"
}

# Whether a network that the unit has without the tunnel holds the address $1: the tunnel would take it away.
is_taken() {
	ip -4 route show match "$1" | grep -v -e '^default' -e ' dev footfall' | grep -q .
}

# Sets address, broker, public_key, host and port from what the collector gave.
read_given() {
	local text
	[ -f "$given" ] && [ ! -L "$given" ] || refuse "no file" || return 1
	text="$(head -c "$((BYTES_MAX + 1))" "$given")"
	[ "${#text}" -le "$BYTES_MAX" ] || refuse "too long" || return 1
	! echo "$text" | grep -v '^$' | grep -Evxq "$FORMS" || refuse "it has a line that belongs to no tunnel" || return 1
	address="$(value addresses)" && broker="$(value allowed_ips)" && public_key="$(value public_key)" &&
		host="$(value endpoint_host)" && port="$(value endpoint_port)" &&
		[ -n "$address" ] && [ -n "$broker" ] && [ -n "$public_key" ] && [ -n "$host" ] && [ -n "$port" ] ||
		refuse "address, broker, key, host and port are wanted, once each" || return 1
	[ "$port" -le 65535 ] || refuse "no port: $port" || return 1
	[ "$address" != "$broker" ] || refuse "the broker has the unit's own address" || return 1
	! is_taken "${broker%/32}" || refuse "$broker is in a network that this unit is in without the tunnel. Give the \
collector another network for tunnels" || return 1
}

# The unit's private key, made here and never shown; before there is a tunnel its interface stays down.
make_key() {
	local private
	private="$(uci -q get network.footfall.private_key)"
	[ -z "$private" ] || return 0
	command -v wg >/dev/null || {
		say err "no tunnel: wg is not here. Build the image with kmod-wireguard and wireguard-tools"
		return 1
	}
	[ -z "$(uci -q get network.footfall)" ] || {
		say err "no tunnel: /etc/config/network has an interface footfall already, and it is no tunnel of ours"
		return 1
	}
	private="$(wg genkey)" && [ -n "$private" ] || return 1
	touch "$NETWORK" && chmod 0600 "$NETWORK" || return 1
	uci batch <<-END # not as words of a command, which everybody may read in /proc
		set network.footfall=interface
		set network.footfall.proto=wireguard
		set network.footfall.disabled=1
		set network.footfall.private_key=$private
		commit network
	END
}

# Into a folder of the agent's user: made anew, so that no link of his leads root elsewhere.
publish_key() {
	local public file="$state_dir/wireguard.pub"
	public="$(uci -q get network.footfall.private_key | wg pubkey)" && [ -n "$public" ] || return 1
	if [ -L "$file" ] || [ ! -f "$file" ] || [ "$(cat "$file")" != "$public" ]; then
		rm -f "$file"
		(umask 022 && set -C && echo "$public" >"$file") || return 1
	fi
	echo "$public"
}

present() {
	local option
	for option in footfall.addresses footfall_collector.allowed_ips footfall_collector.public_key \
		footfall_collector.endpoint_host footfall_collector.endpoint_port footfall.disabled; do
		uci -q get "network.$option"
	done
}

apply() {
	local address broker public_key host port
	read_given || return 1
	[ "$(uci -q get network.footfall.proto)" = "wireguard" ] || refuse "the unit has no key for it" || return 1
	[ "$(present)" != "$(printf '%s\n' "$address" "$broker" "$public_key" "$host" "$port")" ] || return 0
	uci -q delete network.footfall.disabled
	uci -q delete network.footfall.addresses
	uci -q delete network.footfall_collector
	uci batch <<-END
		add_list network.footfall.addresses=$address
		set network.footfall_collector=wireguard_footfall
		set network.footfall_collector.public_key=$public_key
		set network.footfall_collector.endpoint_host=$host
		set network.footfall_collector.endpoint_port=$port
		set network.footfall_collector.persistent_keepalive=25
		set network.footfall_collector.route_allowed_ips=1
		add_list network.footfall_collector.allowed_ips=$broker
		commit network
	END
	chmod 0600 "$NETWORK"
	"$NETWORK_INIT" reload
	say notice "tunnel to $host as $address"
}

case "$1" in
key) mkdir -p "$state_dir" && make_key && publish_key ;;
apply) apply ;;
wait)
	until [ -e "$given" ]; do sleep "$POLL_S"; done
	apply
	;;
*)
	echo "usage: footfall-tunnel key | apply | wait" >&2
	exit 2
	;;
esac
