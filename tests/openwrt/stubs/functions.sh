# Stub of OpenWrt's /lib/functions.sh: what installing into an image's root ($IPKG_INSTROOT) does with a package.

_package_of() {
	basename "${1%.*}"
}

_add_users() {
	local wanted name group
	wanted="$(sed -n 's/^Require-User: *//p' "$IPKG_INSTROOT/usr/lib/opkg/info/$1.control")"
	for wanted in $wanted; do
		name="${wanted%%:*}" group="${wanted#*:}"
		echo "${group%%=*}:x:${group#*=}:" >>"$IPKG_INSTROOT/etc/group"
		echo "${name%%=*}:x:${name#*=}:${group#*=}:${name%%=*}:/var/run/${name%%=*}:/bin/false" >>"$IPKG_INSTROOT/etc/passwd"
	done
}

_each_service() {
	local script
	for script in $(grep '^/etc/init.d/' "$IPKG_INSTROOT/usr/lib/opkg/info/$1.list"); do
		sh "$IPKG_INSTROOT/etc/rc.common" "$IPKG_INSTROOT$script" "$2"
	done
}

default_postinst() {
	[ -n "$IPKG_INSTROOT" ] || exit 3
	_add_users "$(_package_of "$1")"
	_each_service "$(_package_of "$1")" enable
}

default_prerm() {
	[ -n "$IPKG_INSTROOT" ] || exit 3
	_each_service "$(_package_of "$1")" disable
}
