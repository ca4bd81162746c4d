//! A file of images or labels as MNIST's, compressed or not: it is read, or refused with a reason.
#![no_main]

use lenet::data::idx;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = idx::images(bytes);
    let _ = idx::labels(bytes);
});
