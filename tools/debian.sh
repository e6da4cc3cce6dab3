#!/bin/sh
# Install the Debian packages named as arguments where they are missing and may be installed.
# What cannot be installed is said and left: the test that needs it skips at home and fails in CI.
missing=""
for package in "$@"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] \
    || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null 2>&1 && $as_root true 2>/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # the words of both lists are meant to be split
  $as_root apt-get update -qq </dev/null \
    && $as_root apt-get install -qq -y --no-install-recommends $missing </dev/null >/dev/null \
    && { echo "installed from Debian:$missing"; exit 0; }
fi
echo "NOT INSTALLED, and not installable from here:$missing." >&2
echo "As an administrator: apt-get install$missing" >&2
