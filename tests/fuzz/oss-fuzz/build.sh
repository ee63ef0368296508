#!/bin/bash -eu
# SPDX-License-Identifier: MIT
# build.sh - the fuzz targets as OSS-Fuzz wants them: programs, seeds, options and words in $OUT.
#
# OSS-Fuzz sets CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, SRC, WORK and OUT. Its machines have no libraries but the
# C library's: what is optional stays out.
source=$SRC/mmview
cmake -S "$source" -B "$WORK/build" -DCMAKE_BUILD_TYPE=None -DMMV_FUZZ=ON -DMMV_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" \
    -DMMV_THREADS=OFF -DMMV_CLONES=OFF -DMMV_MAN=OFF -DMMV_EXAMPLES=OFF -DMMV_MPI=OFF -DMMV_SHARED=OFF \
    -DMMV_INSTALL=OFF
for program in "$source"/tests/fuzz/fuzz_*.c; do
    target=$(basename "$program" .c)
    name=${target#fuzz_}
    cmake --build "$WORK/build" -j "$(nproc)" --target "$target"
    cp "$WORK/build/tests/fuzz/$target" "$OUT/"
    zip -q -j "$OUT/${target}_seed_corpus.zip" "$source/tests/fuzz/corpus/$name"/*
    [ ! -f "$source/tests/fuzz/words/$name" ] || cp "$source/tests/fuzz/words/$name" "$OUT/$target.dict"
    printf '[libfuzzer]\nmax_len = 4096\ntimeout = 20\nclose_fd_mask = 3\n' >"$OUT/$target.options"
done
# The command line's words are its help's.
if cmake --build "$WORK/build" -j "$(nproc)" --target mmbright; then
    "$WORK/build/tools/mmbright" --help | grep -o -- '--[a-z-]*' | sort -u | sed 's/.*/"&="/' >"$OUT/fuzz_options.dict"
fi
