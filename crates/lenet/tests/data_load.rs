//! Data sets from directories: the names that are accepted, the sets that are recognised, the mixtures that are not.

use std::fs;

use lenet::data::known::{Known, Published, Role};
use lenet::data::{DataError, Dataset, SIDE};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const STANDARD: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Three training and two test images; `seed` makes sets differ.
fn files(seed: u8) -> [Vec<u8>; 4] {
    let images = |n: u8| {
        let mut file = vec![0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 28, 0, 0, 0, 28];
        file.extend((0..usize::from(n) * SIDE * SIDE).map(|k| (k / 3) as u8 ^ seed));
        file
    };
    let labels = |n: u8| {
        let mut file = vec![0, 0, 8, 1, 0, 0, 0, n];
        file.extend((0..n).map(|k| (k + seed) % 10));
        file
    };
    [images(3), labels(3), images(2), labels(2)]
}

fn directory(names: [&str; 4], files: &[Vec<u8>; 4]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    names.iter().zip(files).for_each(|(name, file)| fs::write(dir.path().join(name), file).unwrap());
    dir
}

fn set(name: &'static str, files: &[Vec<u8>; 4], transposed: bool) -> Known {
    let published = |file: &Vec<u8>| {
        let hash = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Published { gz_sha256: hash.into(), content: None }
    };
    Known { name: name.into(), files: files.each_ref().map(published), transposed }
}

#[test]
fn standard_names_are_accepted_with_hyphen_or_dot_raw_or_packed() {
    let files = files(0);
    let expected = Dataset::from_dir(directory(STANDARD, &files).path()).unwrap();
    assert_eq!((expected.train.len(), expected.test.len()), (3, 2));
    assert_eq!(expected.name, "unknown");
    for names in [
        STANDARD.map(|name| name.replacen("-idx", ".idx", 1)),
        STANDARD.map(|name| format!("{name}.gz")),
        STANDARD.map(|name| format!("{}.gz", name.replacen("-idx", ".idx", 1))),
    ] {
        let dir = directory(names.each_ref().map(|name| name.as_str()), &files);
        assert_eq!(Dataset::from_dir(dir.path()).unwrap(), expected);
    }
}

#[test]
fn a_missing_file_lists_the_names_that_were_tried() {
    let dir = directory(STANDARD, &files(0));
    fs::remove_file(dir.path().join(STANDARD[2])).unwrap();
    let error = Dataset::from_dir(dir.path()).unwrap_err();
    let DataError::Missing { tried, .. } = &error else { panic!("{error}") };
    let names = [
        "t10k-images-idx3-ubyte",
        "t10k-images.idx3-ubyte",
        "t10k-images-idx3-ubyte.gz",
        "t10k-images.idx3-ubyte.gz",
    ];
    assert_eq!(*tried, names);
    assert!(names.iter().all(|name| error.to_string().contains(name)), "{error}");
}

#[test]
fn a_path_that_is_no_directory_is_told_from_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Dataset::from_dir(dir.path()), Err(DataError::Missing { .. })));
    let error = Dataset::from_dir(dir.path().join("absent"));
    assert!(matches!(error, Err(DataError::NoDirectory { .. })));
}

#[test]
fn more_and_fewer_labels_than_images_are_refused_with_both_counts() {
    for count in [2, 4] {
        let mut files = files(0);
        files[1] = [vec![0, 0, 8, 1, 0, 0, 0, count], vec![0; usize::from(count)]].concat();
        let error = Dataset::from_dir(directory(STANDARD, &files).path()).unwrap_err();
        let DataError::Counts { images: 3, labels, .. } = error else { panic!("{error}") };
        assert_eq!(labels, usize::from(count));
    }
}

#[test]
fn an_error_in_a_file_names_the_file() {
    let mut files = files(0);
    files[3] = b"<!DOCTYPE html>".to_vec();
    let error = Dataset::from_dir(directory(STANDARD, &files).path()).unwrap_err().to_string();
    assert!(error.contains("t10k-labels-idx1-ubyte: not an IDX file: a web page"), "{error}");
}

#[test]
fn a_set_is_named_only_if_all_its_files_are_its_own() {
    let mut files = files(1);
    let sets = [set("ours", &files, false)];
    let named = Dataset::from_dir_among(directory(STANDARD, &files).path(), &sets).unwrap();
    assert_eq!(named.name, "ours");
    // Other labels for the same images: a fair experiment, but no longer that set.
    files[1][8] ^= 1;
    let changed = Dataset::from_dir_among(directory(STANDARD, &files).path(), &sets).unwrap();
    assert_eq!(changed.name, "unknown");
}

#[test]
fn training_files_of_one_set_beside_test_files_of_another_are_refused() {
    let (ours, theirs) = (files(1), files(2));
    let sets = [set("ours", &ours, false), set("theirs", &theirs, false)];
    let mixed = [ours[0].clone(), ours[1].clone(), theirs[2].clone(), theirs[3].clone()];
    let error = Dataset::from_dir_among(directory(STANDARD, &mixed).path(), &sets).unwrap_err();
    let DataError::Mixed { found, .. } = &error else { panic!("{error}") };
    assert_eq!(found[0], "train-images-idx3-ubyte is the train-images-idx3-ubyte of ours");
    assert_eq!(found[2], "t10k-images-idx3-ubyte is the t10k-images-idx3-ubyte of theirs");
}

#[test]
fn training_and_test_files_under_each_others_names_are_refused() {
    let [a, b, c, d] = files(1);
    let sets = [set("ours", &[a.clone(), b.clone(), c.clone(), d.clone()], false)];
    let error = Dataset::from_dir_among(directory(STANDARD, &[c, d, a, b]).path(), &sets).unwrap_err();
    assert!(matches!(error, DataError::Mixed { .. }), "{error}");
}

#[test]
fn images_stored_on_their_side_come_upright_once_their_set_is_recognised() {
    let files = files(1);
    let dir = directory(STANDARD, &files);
    let stored = Dataset::from_dir(dir.path()).unwrap();
    let upright = Dataset::from_dir_among(dir.path(), &[set("sideways", &files, true)]).unwrap();
    for (stored, upright) in [(&stored.train, &upright.train), (&stored.test, &upright.test)] {
        assert_eq!(stored.labels, upright.labels);
        for (stored, upright) in stored.images.iter().zip(&upright.images) {
            let at = |y: usize, x: usize| y * SIDE + x;
            assert!((0..SIDE).all(|y| (0..SIDE).all(|x| stored[at(y, x)] == upright[at(x, y)])));
        }
    }
}

#[test]
fn roles_follow_the_order_of_the_files() {
    assert_eq!(Role::ALL.map(Role::file_name), STANDARD);
}

#[cfg(feature = "bundled")]
#[test]
fn the_bundled_set_equals_its_files_and_they_are_recognised_as_mnist() {
    let dir = tempfile::tempdir().unwrap();
    for file in lenet_mnist::File::ALL {
        fs::write(dir.path().join(file.name()), file.decode()).unwrap();
    }
    let bundled = Dataset::bundled();
    assert_eq!(bundled.name, "mnist");
    assert_eq!(bundled.test.labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    assert!(bundled == Dataset::from_dir(dir.path()).unwrap());
}
