# Each command that docs/tour.md and the EXAMPLES of the manual show, as it stands: commands.bash FOLDER-OF-TOOLS SOURCE
# FOLDER-OF-MPI-LIBRARY
set -u
tools=$1 source=$2 library=$3
export PATH=$tools:$PATH LC_ALL=C LD_LIBRARY_PATH=$library
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_plm_rsh_agent= OMP_NUM_THREADS=1
unset "${!SLURM_@}" "${!PMI_@}"
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-commands.XXXXXX")
names="frame frame-ready ready printer"
for name in $names; do
    [ ! -e "/dev/shm/mmv.$name" ] || { echo "SKIPPED: somebody uses the name $name"; exit 77; }
done
trap 'cd /; rm -rf "$work"; for name in $names; do mmipc remove $name 2>/dev/null; done' EXIT
mkdir "$work/bin" "$work/files"
cd "$work/files" || exit 1

# What a machine need not have: a printer, a cluster.
printf '#!/bin/sh\ncat "$@" >/dev/null\n' >../bin/lp
printf '#!/bin/sh\nexit 0\n' >../bin/sbatch
chmod +x ../bin/*
PATH=$work/bin:$PATH
export XDG_CACHE_HOME=$work/cache # for what mmrec compiles
[ -n "$(command -v xxd)" ] || { printf '#!/bin/sh\nexec od -An -tx1\n' >../bin/xxd && chmod +x ../bin/xxd; }

# The files that they name. Those of gigabytes are holes.
truncate -s 805306368 ExtremelyLargeImage.data
truncate -s 1258291200 Large.data
truncate -s 896000000 scan.raw
mmgen -t u16be -s 3 --width=800 --height=600 --pattern=noise dark.raw
mmgen -t u16be -s 4 --width=8192 --height=600 --pattern=noise old.data
mmgen -t i16le -s 4 --width=512 --height=600 --pattern=noise scan.data
mmgen -t i16le -s 4 --width=512 --height=512 --pattern=noise photo-512x512.data
mmgen -t u16le -s 1 --width=640 --height=480 --pattern=noise --format=npy heights.npy
mmgen -t u8 -s 3 --width=640 --height=480 --pattern=noise --format=npy photo.npy
mmgen -t i16le -s 2 --width=300 --height=200 --pattern=noise --format=npy stack.npy
mmgen -t u16le -s 4 --width=1000 --height=700 --pattern=noise --format=npy scan.npy
mmgen -t u8 -s 3 --width=640 --height=480 --pattern=noise --format=pnm page.ppm
mmgen -t u8 -s 3 --width=640 --height=480 --pattern=noise --format=npy before.npy
mmgen -t u8 -s 3 --width=640 --height=480 --pattern=noise --format=pam after.pam
mmgen -t u16be -s 1 --width=640 --height=480 --pattern=noise A.raw
mmgen -t u16le -s 1 --width=640 --height=480 --pattern=noise --format=npy B.npy
gzip -c A.raw >before.raw.gz
cp A.raw after.raw
mmgen -t u8 -s 1 --width=64 --height=64 --pattern=constant:7 mask.raw
mmgen -t f32le -s 1 --width=64 --height=64 --pattern=constant:7 mask.f32
head -c 512 /dev/zero | cat - mask.f32 >mask.dat
head -c 1600 /dev/urandom >old.bin
cp old.bin new.bin
head -c 1200 /dev/urandom >points.bin
cp points.bin log.bin
printf '#include <stdint.h>\nstruct point { uint64_t id; double value; uint32_t flags; };\n' >points.h
mmrec -q -i --record='u64 id, gap[16]' 'id = index' points.bin
cp points.bin day1.bin
cp points.bin day2.bin
mkdir selected
head -c 4096 /dev/urandom >frame.raw
header="{'descr': [('name', '|S8'), ('flux', '<f4')], 'fortran_order': False, 'shape': (2,), }"
printf '\x93NUMPY\1\0'"\\$(printf %o ${#header})"'\0%s' "$header" >stars.npy
printf 'M 31\0\0\0\0\0\0\x80?M 33\0\0\0\0\0\0\x80?' >>stars.npy
for i in 1 2 3; do head -c 120000 /dev/urandom >slice$i.raw; done
printf '%s\n' 'NDims = 3' 'DimSize = 200 300 3' 'ElementType = MET_SHORT' 'ElementDataFile = slice%d.raw 1 3 1' >slices.mhd
echo report >report.ps
mkdir many
for i in 1 2 3; do head -c 800 /dev/urandom >many/$i; done
printf '%s\n' many/1 many/2 many/3 >list
command -v ppm2tiff >/dev/null && ppm2tiff -c none page.ppm scan.tif

# What is in the way of one of them; "" = nothing.
lacks() {
    case $1 in
    *mpirun*) command -v mpirun >/dev/null && [ -n "$library" ] || echo "no MPI" ;;
    *scan.tif*) [ -s scan.tif ] || echo "no ppm2tiff" ;;
    *mmpng* | *--picture*) [ -x "$tools/mmpng" ] || echo "no libpng" ;;
    *--struct*'->'*) ;;
    *--struct*) mmrec --include=points.h --struct=point --print=id points.bin >/dev/null 2>&1 || echo "no libdw" ;;
    *--plot*) command -v gnuplot >/dev/null || echo "no gnuplot" ;;
    *parallel*) command -v parallel >/dev/null || echo "no GNU parallel" ;;
    esac
}
ran=0 failures=0
try() { # PLACE COMMAND
    local why
    why=$(lacks "$2")
    [ -z "$why" ] || { echo "SKIPPED: $why: $2"; return; }
    ran=$((ran + 1))
    timeout 120 bash -o pipefail -c "$2" >../log 2>&1 </dev/null ||
        { failures=$((failures + 1)); echo "FAILED: $1: $2: $(tail -n 5 ../log)"; }
}

# The tour: indented lines that begin with a command of ours; what is explained stands behind several blanks.
while IFS= read -r line; do
    try tour "$(sed -E 's/ {2,}.*//' <<<"$line")"
done < <(sed -nE 's/^ {4}((mm(bright|diff|gen|stat|dump|png|ipc|shard)|mpirun) .*)/\1/p' "$source/docs/tour.md")
rm -rf new.npy.parts scan.png
for name in $names; do mmipc remove $name 2>/dev/null; done
# Where there is no MPI, nobody has done the other parts of the one shard that the tour shows.
mmbright --discard-journal Large.data 2>/dev/null

# The manual: what is indented under EXAMPLES; lines that belong together end in ++.
for page in "$source"/docs/man/*.1.scd.in; do
    name=${page##*/}
    # Takes an hour; the tests of the benchmark run it with less.
    [ "$name" != mmbench.1.scd.in ] || continue
    while IFS= read -r line; do
        case $line in mm*[a-z]\ *) try "${name%.scd.in}" "$line" ;; esac
    done < <(sed -n '/^# EXAMPLES/,/^# [^E]/p' "$page" | sed -e 's/^\t//' | sed -e ':again' -e '/++$/{ N; s/++\n/; /; b again' -e '}' | sed 's/\\\*/*/g')
    rm -rf noise.data large.data new.npy new.npy.parts
done
echo "$ran commands, $failures failures"
[ "$ran" -ge 25 ] && [ "$failures" = 0 ]
