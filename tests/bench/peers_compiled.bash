# The peers that are compiled first: Rust's compiler takes most of a minute for the crates.
. "${0%/*}/common.bash" || exit
"$peers/rust-memmap2" probe >../probe 2>&1 || skip "rust-memmap2: $(head -1 ../probe)"
peer_does_its_job rust-memmap2
finish
