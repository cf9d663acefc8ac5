#!/bin/sh
# Run on an emulated target with the package installed: test.sh PACKAGE VERSION

case "$1" in
footfall-sensor | footfall-sensor-lean)
	said="$(footfall-sensor --version)" || exit 1
	[ "$said" = "footfall-sensor ${2%-r*}" ] || {
		echo "the agent says '$said', the package is $2" >&2
		exit 1
	}
	;;
esac
