#!/bin/bash
# Into a new file, by three jobs that wait for each other: ./new_file.sh FILE OUT --add=N [OPTION...]
#
# prepare makes room for OUT, each task of the array writes its part, and finish gives the file its name when no part is
# missing.
set -eu
file=${1:?usage: ./new_file.sh FILE OUT --add=N [OPTION...]} out=${2:?usage: ./new_file.sh FILE OUT --add=N [OPTION...]}
shift 2
mmshard prepare "$file" "$out"
options=
[ $# -eq 0 ] || options=$(printf ' %q' "$@")
array=$(sbatch --parsable --array=0-7 --job-name=mmbright --wrap \
    "srun mmbright -o $(printf %q "$out") --shard=auto $options $(printf %q "$file")")
sbatch --parsable --dependency=afterok:"$array" --job-name=mmshard --wrap "mmshard finish $(printf %q "$out")"
