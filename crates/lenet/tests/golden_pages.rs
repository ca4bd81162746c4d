//! Pages of `vectors/pages` and what was read from them when they were put there: what a change of the reader changes is seen here first.

use std::fs;
use std::path::Path;

use lenet::read::{Limits, Picture, Reader};
use serde_json::Value;

#[test]
fn golden_pages_are_read_as_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/pages");
    let reader = Reader::shipped();
    let mut pages = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "json") {
            continue;
        }
        let expected: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let picture = folder.join(expected["file"].as_str().unwrap());
        let picture = Picture::from_bytes(&fs::read(&picture).unwrap(), &Limits::default()).unwrap();
        let page = serde_json::to_value(reader.read(&picture.grey)).unwrap();
        let name = path.display();
        assert_eq!(page["polarity"], expected["polarity"], "{name}");
        let (found, lines) = (page["lines"].as_array().unwrap(), expected["lines"].as_array().unwrap());
        assert_eq!(found.len(), lines.len(), "{name}");
        for (found, line) in found.iter().zip(lines) {
            assert_eq!((&found["text"], &found["bbox"]), (&line["text"], &line["bbox"]), "{name}");
            let digits = found["digits"].as_array().unwrap().iter().zip(line["digits"].as_array().unwrap());
            for (found, digit) in digits {
                assert_eq!((&found["value"], &found["bbox"]), (&digit["value"], &digit["bbox"]), "{name}");
                // Levels of vector instructions differ in the last bits.
                let off = found["probability"].as_f64().unwrap() - digit["probability"].as_f64().unwrap();
                assert!(off.abs() < 0.01, "{name}: {off}");
            }
        }
        pages += 1;
    }
    assert!(pages >= 3, "{pages} pages in {}", folder.display());
}
