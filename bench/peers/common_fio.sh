# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154 # common.sh sets them
# common_fio: fio reads FILE once, from start to end.

packages="fio python3"

probe() {
    need fio "$packages"
    need python3 "$packages"
    fio --version
}

# fio_read OPTION...: prints bytes_per_second=N. --readonly and allow_file_create=0: fio must neither write nor lay out
# FILE.
fio_read() {
    # fio takes a colon for the end of a name.
    name=$(printf '%s' "$image" | sed 's/:/\\:/g')
    report=$(fio --readonly --allow_file_create=0 --output-format=json --name=read --rw=read --bs=1M --filename="$name" "$@") || return
    printf '%s' "$report" | python3 -c 'import json, sys
job = json.load(sys.stdin)["jobs"][0]
if job["error"] or not job["read"]["bw_bytes"]: sys.exit("fio read nothing")
print("bytes_per_second=%d" % job["read"]["bw_bytes"])'
}
