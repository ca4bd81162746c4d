//! Are the embedded files the published ones, to the last byte?

use lenet_mnist::File;
use sha2::{Digest, Sha256};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_file_has_its_published_content() {
    for file in File::ALL {
        let content = file.decode();
        assert_eq!(content.len(), file.size(), "{}", file.name());
        assert_eq!(hex(&Sha256::digest(&content)), file.sha256(), "{}", file.name());
    }
}

#[test]
fn the_frames_of_a_file_are_equal_shares() {
    for file in File::ALL {
        assert_eq!(file.size() % file.compressed().len(), 0, "{}", file.name());
    }
}

#[test]
fn the_whole_database_stays_below_ten_million_bytes() {
    let total: usize = File::ALL.iter().flat_map(|file| file.compressed()).map(|frame| frame.len()).sum();
    assert!(
        total < 9_900_000,
        "{total} bytes: a package registry takes at most 10 MB, code and lists included"
    );
}

#[test]
fn the_labels_are_counted_as_in_1998() {
    let count = |file: File| {
        let mut counts = [0; 10];
        file.decode()[8..].iter().for_each(|&label| counts[usize::from(label)] += 1);
        counts
    };
    assert_eq!(count(File::TrainLabels), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(count(File::TestLabels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
}
