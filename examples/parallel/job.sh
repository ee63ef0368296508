#!/bin/bash
# Brighten one file in place with GNU parallel, here or on other machines: ./job.sh FILE PARTS --add=N [OPTION...]
#
# Interrupted in any way, the same command goes on: parallel leaves out the parts that its log says are done, and
# mmbright what its journals say of the others. The log belongs to this file, this number of parts and these options.
#     PARALLEL_OPTIONS="--sshloginfile nodes --wd ." ./job.sh FILE PARTS ...        on the machines that 'nodes' lists
set -eu
file=${1:?usage: ./job.sh FILE PARTS --add=N [OPTION...]} parts=${2:?usage: ./job.sh FILE PARTS --add=N [OPTION...]}
shift 2
# shellcheck disable=SC2086
seq "$parts" | parallel --joblog "$file.joblog" --resume-failed --retries 3 ${PARALLEL_OPTIONS:-} \
    mmbright -q -i --shard={}/"$parts" "$@" "$file"
rm "$file.joblog"
