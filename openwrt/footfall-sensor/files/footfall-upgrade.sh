#!/bin/sh
# footfall-upgrade: root's part in an upgrade of the agent's package from afar, or of the whole image (image.sh).
#
# footfall-upgrade wait    wait for an order of the agent's, and have it carried out apart from the agent's service
# footfall-upgrade run     carry it out; or, after a power cut, bring what was begun to its end
#
# The order lies where the agent's user can write, so root does not believe it. Each release in it is a note that the
# release key has signed: /etc/footfall-release.pub, which is in the image or there is no upgrade from afar. What is
# installed has the size and hash of its note, is of this package, and newer; what it goes back to is the release that
# runs. Both are here before anything is changed. An agent that does not hear its collector with the new package within
# ten minutes gets the old one back, also after a power cut.

ETC_KEY=/etc/footfall-release.pub
KEPT=/etc/footfall-upgrade
WORK=/var/run/footfall-upgrade
FETCHED=/tmp/footfall-upgrade
OVERLAY=/etc
IMAGES=/usr/lib/footfall/image.sh
PROBATION_S=600
POLL_S=5
NOTE_BYTES_MAX=1024
ROOM_FACTOR=5 # an installed package is three and a half times its file; the old one lies beside it

FORMS='footfall-release 1|package footfall-sensor(-lean)?|version [0-9]{1,5}(\.[0-9]{1,5}){1,3}-r[0-9]{1,5}'
FORMS="$FORMS|form (ipk|apk)|size [1-9][0-9]{0,6}|sha256 [0-9a-f]{64}"
FIELDS="footfall-release package version form size sha256 "
URL='https?://[][A-Za-z0-9.:-]{1,80}/[A-Za-z0-9._~/-]{1,120}'

export LC_ALL=C
run_dir="$(uci -q get "footfall.@sensor[0].run_dir" || echo /var/run/footfall)"
orders="$run_dir/upgrade"
status="$run_dir/status.json"
# shellcheck source=/dev/null
. "$IMAGES"

say() {
	logger -t footfall -p "daemon.$1" "$2"
}

# How order $1 is getting on, for the agent to read and the collector to hear.
tell() {
	say notice "upgrade $2: $3"
	echo "$1 $2 $3" >"$WORK/verdict.new" && mv "$WORK/verdict.new" "$WORK/verdict"
}

# What became of order $1; it is over.
verdict() {
	tell "$@"
	rm -f "$orders/order"
	rm -rf "$FETCHED"
}

# A file of the agent's, copied to where he cannot change it any more.
take() {
	[ -f "$orders/$1" ] && [ ! -L "$orders/$1" ] && head -c "$NOTE_BYTES_MAX" "$orders/$1" >"$FETCHED/$1"
}

field() {
	sed -n "s/^$2 //p" "$FETCHED/$1.note"
}

# Whether the release $1 (new, back, image) is one that the key vouches for; sets why where it is not. $2: the names of its
# note's lines, in their order; $3: what each may be.
vouched() {
	why="its $1 release is not whole"
	take "$1.note" && take "$1.sig" && take "$1.url" || return 1
	! grep -Evxq "$3" "$FETCHED/$1.note" || return 1
	[ "$(sed 's/ .*//' "$FETCHED/$1.note" | tr '\n' ' ')" = "$2" ] || return 1
	[ "$(wc -l <"$FETCHED/$1.url")" -eq 1 ] && grep -Exq "$URL" "$FETCHED/$1.url" || return 1
	why="its $1 release is not signed by the key in $ETC_KEY"
	usign -V -q -m "$FETCHED/$1.note" -p "$ETC_KEY" -x "$FETCHED/$1.sig" >/dev/null 2>&1
}

# Name and version of the package that is installed, with a blank between.
installed() {
	if command -v opkg >/dev/null; then
		opkg list-installed 'footfall-sensor*' | sed -n 's/^\(footfall-sensor[a-z-]*\) - \(.*\)$/\1 \2/p' | head -n 1
	else
		apk info -v 2>/dev/null | sed -n 's/^\(footfall-sensor[a-z-]*\)-\([0-9].*\)$/\1 \2/p' | head -n 1
	fi
}

# Whether version $1 is newer than $2, by its numbers: 0.2.0-r1; of an image 24.10.4-r28739.2.
newer() {
	awk -v a="$1" -v b="$2" 'BEGIN {
		split(a, x, "-r"); split(b, y, "-r"); split(x[1], p, "."); split(y[1], q, ".")
		for (i = 1; i <= 4; i++) if (p[i] + 0 != q[i] + 0) exit !(p[i] + 0 > q[i] + 0)
		split(x[2], p, "."); split(y[2], q, ".")
		for (i = 1; i <= 2; i++) if (p[i] + 0 != q[i] + 0) exit !(p[i] + 0 > q[i] + 0)
		exit 1
	}'
}

room_kib() {
	df -k "$1" | awk 'END { print $(NF - 2) }'
}

fetch() {
	local size
	size="$(field "$1" size)"
	uclient-fetch -q -T 60 -O - "$(cat "$FETCHED/$1.url")" 2>/dev/null | head -c "$((size + 1))" >"$FETCHED/$1.pkg"
	[ "$(wc -c <"$FETCHED/$1.pkg")" -eq "$size" ] || { why="its $1 package cannot be fetched" && return 1; }
	why="its $1 package is not the one that was signed"
	[ "$(sha256sum <"$FETCHED/$1.pkg" | cut -c 1-64)" = "$(field "$1" sha256)" ]
}

# All that is asked before anything is changed; sets why where it will not do.
check() {
	local has form=ipk need
	why="there is no release key in $ETC_KEY: it belongs into the unit's image"
	[ -f "$ETC_KEY" ] || return 1
	vouched new "$FIELDS" "$FORMS" && vouched back "$FIELDS" "$FORMS" || return 1
	has="$(installed)"
	why="the unit has ${has:-no package}, and the release to go back to is another one"
	[ -n "$has" ] && [ "$has" = "$(field back package) $(field back version)" ] || return 1
	why="the release is for another package"
	[ "$(field new package)" = "$(field back package)" ] || return 1
	why="$(field new version) is not newer than ${has#* }"
	newer "$(field new version)" "${has#* }" || return 1
	command -v opkg >/dev/null || form=apk
	why="this system takes .$form packages"
	[ "$(field new form)" = "$form" ] && [ "$(field back form)" = "$form" ] || return 1
	need=$(((($(field new size) + $(field back size)) * ROOM_FACTOR) / 1024 + 1))
	why="no room: $need KiB are wanted, $(room_kib "$OVERLAY") are there. Such a unit needs a new image"
	[ "$(room_kib "$OVERLAY")" -ge "$need" ] || return 1
	fetch new && fetch back
}

install_package() {
	rm -f "$status" # what the agent said before must not vouch for the one to come
	if command -v opkg >/dev/null; then
		cp "$1" "$WORK/package.ipk" && opkg install --force-downgrade --force-reinstall "$WORK/package.ipk" >/dev/null 2>&1
	else
		cp "$1" "$WORK/package.apk" && apk add --allow-untrusted "$WORK/package.apk" >/dev/null 2>&1
	fi
}

# The agent's word that the collector has spoken to a start of this version.
heard() {
	[ -f "$status" ] && [ ! -L "$status" ] &&
		[ "$(jsonfilter -i "$status" -e @.version | tr -d '"')" = "${1%-r*}" ] &&
		[ "$(jsonfilter -i "$status" -e @.heard)" = "true" ] &&
		[ "$(jsonfilter -i "$status" -e @.running)" = "true" ]
}

# The new package, on probation, for order $1 of version $2.
prove() {
	local waited=0
	until heard "$2"; do
		[ "$waited" -lt "$PROBATION_S" ] || return 1
		sleep "$POLL_S"
		waited=$((waited + POLL_S))
	done
	rm -rf "$KEPT"
	sync
	verdict "$1" ok "runs ${2%-r*}"
}

go_back() {
	if install_package "$KEPT/back.pkg"; then
		verdict "$1" reverted "$2"
		rm -rf "$KEPT"
		sync
	else
		touch "$WORK/stuck"
		say err "the package from before could not be installed again: tried anew at the next start of the unit"
	fi
}

# The way back, on flash before the note $1 says that it will be needed.
keep() {
	rm -rf "$KEPT"
	mkdir "$KEPT" && chmod 0700 "$KEPT" && cp "$FETCHED/back.pkg" "$KEPT/back.pkg" && sync &&
		echo "$1" >"$KEPT/trial" && sync
}

begin() {
	local id why="" version
	id="$(head -c 16 "$orders/order" | tr -cd 0-9a-f)"
	rm -rf "$FETCHED"
	(umask 077 && mkdir "$FETCHED") || return 1
	if grep -q ' image$' "$orders/order"; then
		write_image "$id"
		return
	fi
	if ! check; then
		verdict "$id" refused "$why"
		return
	fi
	version="$(field new version)"
	keep "$id $version" || {
		rm -rf "$KEPT"
		verdict "$id" refused "the package to go back to cannot be kept"
		return
	}
	say notice "upgrade to $version begins"
	install_package "$FETCHED/new.pkg" || {
		go_back "$id" "the new package could not be installed"
		return
	}
	prove "$id" "$version" || go_back "$id" "the collector was not heard within $((PROBATION_S / 60)) minutes"
}

# After a power cut: what is installed decides.
resume() {
	local id version
	read -r id version <"$KEPT/trial"
	case "$(installed)" in
	*" $version") prove "$id" "$version" || go_back "$id" "the collector was not heard after a power cut" ;;
	*) go_back "$id" "the power was cut while it was installed" ;;
	esac
}

# Installing stops the agent's service, and this with it: so it is done by a copy, under a service of its own.
depart() {
	ubus call service delete '{"name":"footfall-upgrade"}' >/dev/null 2>&1 # of an earlier order
	cp "$0" "$WORK/program" && chmod 0700 "$WORK/program" &&
		ubus call service add "{\"name\":\"footfall-upgrade\",\"instances\":{\"once\":{\"command\":[\"/bin/sh\",\"$WORK/program\",\"run\"]}}}"
}

mkdir -p "$WORK" && chmod 0755 "$WORK"
case "$1" in
run)
	mkdir "$WORK/lock" 2>/dev/null || exit 0
	trap 'rmdir "$WORK/lock"' EXIT
	if [ -f "$KEPT/trial" ]; then
		resume
	elif [ -f "$KEPT/image" ]; then
		image_from_before
	elif [ -f "$orders/order" ]; then
		begin
	fi
	;;
wait)
	while :; do
		if [ ! -d "$WORK/lock" ] && [ ! -e "$WORK/stuck" ]; then
			if [ -f "$KEPT/trial" ] || [ -f "$KEPT/image" ] || [ -f "$orders/order" ]; then depart; fi
		fi
		sleep "$POLL_S"
	done
	;;
*)
	echo "usage: footfall-upgrade wait | run" >&2
	exit 2
	;;
esac
