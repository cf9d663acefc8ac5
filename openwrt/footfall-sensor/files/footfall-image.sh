# Root's part in a whole image from afar; footfall-upgrade reads this file and does the rest.
#
# An image has no way back on a unit with one place for it. So all that can be asked is asked before: whether the release
# key vouches for it, for this board and compat version, whether it is newer, whether there is room, whether the unit's key
# would be kept, and what the unit's own `sysupgrade --test` says. What came from the collector is only believed where the
# release key vouches for it. The image is in memory, never in the flash that it is to replace.

# shellcheck disable=SC2154 # run_dir, orders, status, KEPT, WORK ...: footfall-upgrade's

SYSUPGRADE=sysupgrade
SERVICE=/etc/init.d/footfall
RELEASE=/etc/openwrt_release
BUILD=/etc/footfall-image
BOARD=/tmp/sysinfo/board_name
MEMORY=/proc/meminfo
RESERVE_KIB=8192 # sysupgrade copies its tools and what it keeps into memory: chosen, not measured
FETCH_TRIES=8 # each goes on where the line was cut
PAUSE_S=5 # before it tries or asks again
DRAIN_S=60
SAY_S=20       # for the agent to pass on what it was told
WRITE_S=900    # longer than any unit writes
SPOOL_KIB_MAX=512

IMAGE_FORMS='footfall-image 1|boards [a-z0-9][a-z0-9._,-]{1,63}( [a-z0-9][a-z0-9._,-]{1,63}){0,7}'
IMAGE_FORMS="$IMAGE_FORMS|version [0-9]{1,5}(\.[0-9]{1,5}){1,3}-r[0-9]{1,7}(\.[0-9]{1,5})?"
IMAGE_FORMS="$IMAGE_FORMS|compat [0-9]{1,3}\.[0-9]{1,3}|older (yes|no)|size [1-9][0-9]{0,7}|sha256 [0-9a-f]{64}"
IMAGE_FIELDS="footfall-image boards version compat older size sha256 "

state_dir="$(uci -q get "footfall.@sensor[0].state_dir" || echo /etc/footfall)"

# The version of the image that runs, as the agent says it; nothing where it has none that can be compared.
image_runs() {
	local release revision build
	release="$(sed -En "s/^DISTRIB_RELEASE=['\"]?([0-9]{1,5}(\.[0-9]{1,5}){1,3})(-rc[0-9]+)?['\"]?$/\1/p" "$RELEASE" 2>/dev/null)"
	revision="$(sed -En "s/^DISTRIB_REVISION=['\"]?r([0-9]{1,7})([-+][^'\"]*)?['\"]?$/\1/p" "$RELEASE" 2>/dev/null)"
	build="$(sed -En '1s/^([0-9]{1,5})$/.\1/p' "$BUILD" 2>/dev/null)"
	[ -z "$release" ] || [ -z "$revision" ] || echo "$release-r$revision$build"
}

# All that is asked before anything is fetched; sets why where it will not do.
image_fits() {
	local board has compat
	why="there is no release key in $ETC_KEY: it belongs into the unit's image"
	[ -f "$ETC_KEY" ] || return 1
	vouched image "$IMAGE_FIELDS" "$IMAGE_FORMS" || return 1
	board="$(cat "$BOARD" 2>/dev/null)"
	why="the image is for $(field image boards); this unit is ${board:-of no known board}"
	case " $(field image boards) " in *" ${board:-?} "*) ;; *) return 1 ;; esac
	compat="$(uci -q get system.@system[0].compat_version || echo 1.0)"
	why="the image has compat version $(field image compat), this unit $compat: its settings would not do. Write it by hand"
	[ "$(field image compat)" = "$compat" ] || return 1
	has="$(image_runs)"
	why="this unit's system has no version to compare"
	[ -n "$has" ] || return 1
	why="$(field image version) runs already"
	[ "$(field image version)" != "$has" ] || return 1
	why="$(field image version) is not newer than $has"
	[ "$(field image older)" = yes ] || newer "$(field image version)" "$has" || return 1
	why="a sysupgrade would not keep the unit's key, $state_dir/sensor.key"
	"$SYSUPGRADE" -l 2>/dev/null | grep -Fqx "$state_dir/sensor.key"
}

memory_kib() {
	awk '/^MemAvailable:/ { print $2 }' "$MEMORY"
}

# Room in memory for the image; the agent stops listening where it stands in the way.
image_room() {
	local size_kib
	size_kib=$(($(field image size) / 1024 + 1))
	why="no room: $size_kib KiB are wanted, $(room_kib "$FETCHED") are there in /tmp"
	[ "$(room_kib "$FETCHED")" -ge "$size_kib" ] || return 1
	[ "$(memory_kib)" -lt "$((size_kib + RESERVE_KIB))" ] || return 0
	tell "$1" trying "stops listening for want of memory, then fetches and writes $(field image version)"
	sleep "$SAY_S"
	stopped=1
	"$SERVICE" stop
	sleep "$PAUSE_S"
	why="no memory: $((size_kib + RESERVE_KIB)) KiB are wanted, $(memory_kib) are available, the agent stopped"
	[ "$(memory_kib)" -ge "$((size_kib + RESERVE_KIB))" ]
}

# The image comes as far as the line holds; what is there is kept, and the rest asked for: uclient-fetch -c looks for a
# file of the address's last name. A server that cannot go on sends all of it again: then it is more than there is, and
# is begun anew, as is what came in pieces and has another hash. The address names the hash, so the pieces are of one file.
image_fetch() {
	local size url part came pieces=0 tries=0
	size="$(field image size)"
	url="$(cat "$FETCHED/image.url")"
	part="$FETCHED/part/${url##*/}"
	mkdir "$FETCHED/part" && : >"$part" || return 1
	while :; do
		came="$(wc -c <"$part")"
		(cd "$FETCHED/part" && uclient-fetch -q -c -T 60 -O - "$url" 2>/dev/null) | head -c "$((size + 1 - came))" >>"$part"
		pieces=$((pieces + 1))
		came="$(wc -c <"$part")"
		why="the image is not the one that was signed"
		if [ "$came" -eq "$size" ]; then
			[ "$(sha256sum <"$part" | cut -c 1-64)" != "$(field image sha256)" ] || break
			[ "$pieces" -gt 1 ] || return 1
		fi
		tries=$((tries + 1))
		[ "$came" -ge "$size" ] || why="the image cannot be fetched: $came of $size bytes came, after $tries times"
		[ "$tries" -lt "$FETCH_TRIES" ] || return 1
		[ "$came" -lt "$size" ] || { : >"$part" && pieces=0; }
		sleep "$PAUSE_S"
	done
	mv "$part" "$FETCHED/image.bin"
}

image_tested() {
	local said
	said="$("$SYSUPGRADE" --test "$FETCHED/image.bin" 2>&1)" && return 0
	why="sysupgrade --test: $(echo "$said" | grep -v '^Image check failed' | tail -n 2 | tr '\n' ' ')"
	return 1
}

# What was heard and not yet taken by the collector: waited for, and the rest put where a sysupgrade keeps it. That
# folder is the agent's, so nothing in it is followed, and nothing of it is believed.
keep_spool() {
	local waited=0 kib path
	until [ "$(jsonfilter -q -i "$status" -e @.spool_batches)" = 0 ] || [ "$waited" -ge "$DRAIN_S" ]; do
		sleep "$POLL_S"
		waited=$((waited + POLL_S))
	done
	"$SERVICE" stop
	stopped=1
	rm -rf "$state_dir/spool"
	[ -d "$run_dir/spool" ] && [ ! -L "$run_dir/spool" ] || return 0
	kib="$(du -sk "$run_dir/spool" | cut -f 1)"
	[ "$kib" -le "$SPOOL_KIB_MAX" ] && [ "$(room_kib "$OVERLAY")" -ge "$((kib * 2))" ] || return 0
	mkdir "$state_dir/spool" || return 0
	for path in "$run_dir/spool"/*.seg; do
		[ -f "$path" ] && [ ! -L "$path" ] && cp "$path" "$state_dir/spool/"
	done
	return 0
}

image_refused() {
	[ -z "$stopped" ] || "$SERVICE" start
	verdict "$1" refused "$why"
}

# Order $1: to its end, or to the point from which there is no way back.
write_image() {
	local version why="" stopped=""
	if ! image_fits || ! image_room "$1"; then
		image_refused "$1"
		return
	fi
	version="$(field image version)"
	[ -n "$stopped" ] || tell "$1" trying "fetches $version"
	if ! image_fetch || ! image_tested; then
		image_refused "$1"
		return
	fi
	# The note is not kept over a sysupgrade: where it is still there at the next start, nothing was written.
	mkdir -p "$KEPT" && chmod 0700 "$KEPT" && echo "$1 $version" >"$KEPT/image" && sync
	if [ -z "$stopped" ]; then
		tell "$1" trying "writes $version now"
		sleep "$SAY_S"
	fi
	keep_spool
	say notice "sysupgrade to $version"
	"$SYSUPGRADE" "$FETCHED/image.bin" </dev/null >"$WORK/sysupgrade.log" 2>&1
	sleep "$WRITE_S" # sysupgrade ends every process, and this one: who is still here was not upgraded
	rm -rf "$KEPT" "$state_dir/spool"
	why="sysupgrade ended, and the unit did not start again: $(tail -n 1 "$WORK/sysupgrade.log")"
	image_refused "$1"
}

# The unit has started again, with what was there before.
image_from_before() {
	local id version
	read -r id version <"$KEPT/image"
	rm -rf "$KEPT"
	sync
	if [ "$(image_runs)" = "$version" ]; then
		verdict "$id" ok "runs $version"
	else
		verdict "$id" reverted "it started again with $(image_runs): $version was not written"
	fi
}
