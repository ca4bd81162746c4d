//! A body of a request: it is read as its route does, or refused with a reason. The first byte names the route, the next ones what its
//! query or headers say.
#![no_main]

use lenet_web::bodies::{Route, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, rest)) = bytes.split_first() else { return };
    let (route, body) = match which % 8 {
        0 => (Route::Infer { json_length: None }, rest),
        1 => {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            (Route::Infer { json_length: Some(&rest[..end]) }, rest.get(end + 1..).unwrap_or_default())
        }
        2 => (Route::Classify { json: true, side: None }, rest),
        3 => (Route::Classify { json: false, side: None }, rest),
        4 => {
            let Some((side, body)) = rest.split_first() else { return };
            (Route::Classify { json: false, side: Some((*side).into()) }, body)
        }
        5 => (Route::Look, rest),
        6 => {
            let Some((width, body)) = rest.split_first_chunk() else { return };
            (Route::Strings { width: u16::from_le_bytes(*width).into() }, body)
        }
        _ => (Route::Runs, rest),
    };
    match read(route, body) {
        // An image costs who sends it at least its bytes.
        Ok(levels) => assert!(levels <= body.len()),
        Err((status, sentence)) => assert!((400..500).contains(&status) && !sentence.is_empty()),
    }
});
