// SPDX-License-Identifier: MIT
// brighten: each sample of a raw image of 16-bit samples, saturating, in place, as Rust programmers do it.
//
//     brighten FILE AMOUNT THREADS        prints pass_seconds=N, from opening to unmapping
use memmap2::MmapMut;
use rayon::prelude::*;
use std::error::Error;
use std::fs::OpenOptions;
use std::time::Instant;

const PIECE: usize = 256 * 1024; // bytes of a task: stays in the cache

fn brighten(path: &str, amount: i16, threads: usize) -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    // Nobody else shortens the file meanwhile: that is what 'unsafe' asks of us.
    let mut image = unsafe { MmapMut::map_mut(&file)? };
    // A mapping begins on a page, so there is no odd byte in front.
    let (_, samples, _) = unsafe { image.align_to_mut::<i16>() };
    pool.install(|| {
        samples.par_chunks_mut(PIECE / 2).for_each(|piece| {
            for sample in piece {
                *sample = i16::from_le(*sample).saturating_add(amount).to_le();
            }
        })
    });
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() != 4 {
        return Err("usage: brighten FILE AMOUNT THREADS".into());
    }
    let start = Instant::now();
    brighten(&arguments[1], arguments[2].parse()?, arguments[3].parse()?)?;
    println!("pass_seconds={:.3}", start.elapsed().as_secs_f64());
    Ok(())
}
