# What `cmake --install` leaves, and that other projects can be built on it, in each of the ways that README names.
# install.bash BUILD SOURCE CMAKE: BUILD is complete.
set -u
build=$1 source=$2 cmake=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/mmview-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
checks=0 failures=0
check() { # WHAT COMMAND...
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" >"$work/log" 2>&1 || { failures=$((failures + 1)); echo "FAILED: $what"; tail -n 25 "$work/log"; }
}

# Installed, and moved: nothing may remember where it was built or first put.
check "install" "$cmake" --install "$build" --prefix "$work/first"
mv "$work/first" "$work/prefix"
prefix=$work/prefix
check "no path of the build" bash -c '! grep -rIl -e "$1" -e "$2/first" "$2/prefix"' - "$build" "$work"
components="Runtime Development Tools Documentation"
[ -z "$(find "$prefix" -name 'libmmview-mpi.so.0')" ] || components="$components Mpi"
for component in $components; do
    check "the component $component" "$cmake" --install "$build" --prefix "$work/part" --component "$component"
done
check "the components are all there is" diff -r "$prefix" "$work/part"
check "a soname" bash -c 'readelf -d "$1"/lib*/libmmview.so | grep -q "SONAME.*libmmview.so.0"' - "$prefix"

# Each command is there, and has a manual page and completions that its shell can read.
for tool in mmbright mmgen mmstat mmdump mmdiff mmipc mmrec mmshard; do
    check "$tool runs" "$prefix/bin/$tool" --version
    check "$tool has a manual page" test -s "$prefix/share/man/man1/$tool.1"
    check "bash completes $tool" bash -c '. "$1" && complete -p "$2"' - \
        "$prefix/share/bash-completion/completions/$tool" $tool
    check "zsh completes $tool" grep -q "^#compdef $tool" "$prefix/share/zsh/site-functions/_$tool"
    check "fish completes $tool" grep -q "^complete -c $tool .*-l help" \
        "$prefix/share/fish/vendor_completions.d/$tool.fish"
done
# The manual's other sections: a page for each function, type and macro, all of which a formatter reads.
for page in mmview mmview_walk mmv_walk mmv_shard mmimage mmi_stats_add mmv_walk_options mmv_chunk mmv_map_options mmv_walk_fn \
    MMV_VIEW_TYPED mmv_view_read_int32 MMV_FOREVER mmi_image; do
    check "$page(3)" test -s "$prefix/share/man/man3/$page.3"
done
check "all links lead somewhere" python3 "$source/tests/install/dead_links.py" "$prefix"
check "mmview_journal(5)" test -s "$prefix/share/man/man5/mmview_journal.5"
check "mmview_undo(5)" test -s "$prefix/share/man/man5/mmview_undo.5"
if command -v mandoc >/dev/null; then
    # scdoc itself puts a paragraph behind every heading; a page that is another one must be found when the pages are
    # compressed, too.
    check "mandoc -Tlint" bash -c 'cd "$1" && ! { mandoc -Tlint -W warning man[135]/* 2>&1 | grep -v -e "skipping paragraph macro" -e "so is fragile" | head -5 | grep .; }' - "$prefix/share/man"
    check "man mmv_walk shows it" bash -c 'cd "$1" && mandoc man3/mmv_walk.3 | grep -q "run a function over all records"' - "$prefix/share/man"
else
    echo "SKIPPED: mandoc is not installed"
fi
complete_words() { # LINE: what bash would offer for its last word
    bash -c '. "$1"; COMP_WORDS=($2); [[ $2 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        compopt() { :; }; _mmbright; echo "${COMPREPLY[*]}"' - "$prefix/share/bash-completion/completions/mmbright" "$1"
}
check "an option" test "$(complete_words 'mmbright --journal-f')" = "--journal-file="
check "its values" test "$(complete_words 'mmbright --io = m')" = mmap
check "all its values" test "$(complete_words 'mmbright --journal = ')" = "kill power off"

check "the Python package" env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$prefix/lib/python3/dist-packages" /usr/bin/python3 -c \
    'import mmview, sys; assert len(mmview.open(sys.argv[1])) > 0' "$prefix/bin/mmbright"

# Other people's projects.
consume() { # WAY [CMAKE ARGUMENT...]
    local way=$1 program
    shift
    check "$way: configure" "$cmake" -S "$source/tests/install/consumer" -B "$work/$way" -DWAY="$way" \
        -DCMAKE_BUILD_TYPE=Debug -DMMVIEW_SOURCE="$source" "$@"
    check "$way: build" "$cmake" --build "$work/$way" -j 2
    for program in consumer engine; do
        [ "$way" = pkg-config ] && [ $program = engine ] && continue
        printf 'abc\377' >"$work/data"
        check "$way: $program runs" env LD_LIBRARY_PATH="$libraries" "$work/$way/$program" "$work/data"
        check "$way: $program brightens" test "$(od -An -tu1 "$work/data" | tr -d ' ')" = 107108109255
    done
}
libraries=$(dirname "$(find "$prefix" -name 'libmmview.so.0')")
consume package -DCMAKE_PREFIX_PATH="$prefix"
check "package: the shared library" bash -c 'readelf -d "$1" | grep -q "NEEDED.*libmmview.so.0"' - \
    "$work/package/consumer"
case $components in
*Mpi*) consume mpi -DCMAKE_PREFIX_PATH="$prefix" ;;
*) echo "SKIPPED: this build has no MPI" ;;
esac
libraries=
consume static -DCMAKE_PREFIX_PATH="$prefix"
check "static: no shared library" bash -c '! readelf -d "$1" | grep -q "NEEDED.*libmm"' - "$work/static/consumer"
libraries=$(dirname "$(find "$prefix" -name 'libmmview.so.0')")
export PKG_CONFIG_PATH=$libraries/pkgconfig
if command -v pkg-config >/dev/null; then
    consume pkg-config
    check "pkg-config --static" cc "$source/tests/install/consumer/consumer.c" -o "$work/by-hand" \
        $(pkg-config --static --cflags mmimage) -Wl,-Bstatic $(pkg-config --libs mmimage) -Wl,-Bdynamic \
            $(pkg-config --static --libs mmimage | sed 's/-lmm[a-z]*//g')
    printf 'abc\377' >"$work/data"
    check "pkg-config --static: runs" "$work/by-hand" "$work/data"
else
    echo "SKIPPED: pkg-config is not installed"
fi
libraries=
# The loops for newer processors take longest to compile; those of the first will do.
consume fetch -DMMV_CLONES=OFF
consume subdirectory -DMMV_CLONES=OFF
# A component that this build does not have is an error that says which there are.
mkdir "$work/none"
printf 'cmake_minimum_required(VERSION 3.22)\nproject(none C)\nfind_package(mmview REQUIRED COMPONENTS image sound)\n' \
    >"$work/none/CMakeLists.txt"
"$cmake" -S "$work/none" -B "$work/none/build" -DCMAKE_PREFIX_PATH="$prefix" >"$work/none/log" 2>&1
check "an unknown component" grep -q "without 'sound'; it has: static" <(tr -s ' \n' ' ' <"$work/none/log")

echo "$checks checks, $failures failed"
[ "$failures" = 0 ]
