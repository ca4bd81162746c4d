//! A picture from anywhere: it is read, or refused with a reason, within its limits of memory.
#![no_main]

use std::sync::LazyLock;

use lenet::read::{Limits, Picture, Reader};
use libfuzzer_sys::fuzz_target;

static READER: LazyLock<Reader> = LazyLock::new(Reader::shipped);

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { pixels: 1 << 18, memory: 1 << 24 };
    if let Ok(picture) = Picture::from_bytes(bytes, &limits) {
        let page = READER.read(&picture.grey);
        for digit in page.lines.iter().flat_map(|line| &line.digits) {
            assert!(digit.bbox.right() <= picture.grey.width && digit.bbox.bottom() <= picture.grey.height);
            assert!((0.0..=1.0).contains(&digit.probability));
        }
    }
});
