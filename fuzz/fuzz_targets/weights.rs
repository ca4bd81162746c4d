//! A weights file: it is read, or refused with a reason; what was read is written and read again as it was.
#![no_main]

use std::path::Path;

use lenet::export::weights;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(parameters) = weights::from_bytes(bytes, Path::new("fuzzed")) {
        let again = weights::from_bytes(&weights::to_bytes(&parameters, &[]), Path::new("written"));
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(again.unwrap().as_slice()), bits(parameters.as_slice()));
    }
});
