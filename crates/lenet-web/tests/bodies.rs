//! Bodies as the routes read them, without a server: what fuzzing begins with is understood, and what comes out is no more than went in.

use lenet_web::bodies::{Route, read};

const TENSOR: &str = r#"{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,28,28],"parameters":{"binary_data_size":784}}]}"#;

#[test]
fn bodies_of_every_route() {
    let images = format!(r#"{{"images":[[{}]]}}"#, vec!["7"; 784].join(","));
    let tensor = [TENSOR.as_bytes(), &[0; 784]].concat();
    let length = TENSOR.len().to_string();
    let bytes = |side| Route::Classify { json: false, side };
    for (route, body, levels) in [
        (Route::Infer { json_length: Some(length.as_bytes()) }, &tensor[..], 784),
        (Route::Classify { json: true, side: None }, images.as_bytes(), 784),
        (bytes(None), &[0; 1568][..], 1568),
        (bytes(Some(32)), &[0; 1024][..], 1024),
        (Route::Look, &[0; 784][..], 784),
        (Route::Strings { width: 40 }, &[0; 1280][..], 1280),
        (Route::Runs, &br#"{"recipe":"fast","net":"lenet-1","validation":5000}"#[..], 0),
    ] {
        assert_eq!(read(route, body), Ok(levels), "{route:?}");
        let (status, sentence) = read(route, &body[1..]).unwrap_err();
        assert!(status == 400 && !sentence.is_empty(), "{route:?}: {sentence}");
    }
}
