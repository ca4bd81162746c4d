//! Every kind of bad IDX file is refused with its own words, and no file, however foreign, does harm.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use lenet::data::idx::{self, Kind};
use lenet::data::{DataError, Foreign, IdxError, Image, SIDE};
use proptest::prelude::*;

fn header(element: u8, sizes: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, element, sizes.len() as u8];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes
}

fn image_file(images: &[Image]) -> Vec<u8> {
    let mut bytes = header(8, &[images.len() as u32, SIDE as u32, SIDE as u32]);
    bytes.extend(images.as_flattened());
    bytes
}

fn label_file(labels: &[u8]) -> Vec<u8> {
    [header(8, &[labels.len() as u32]), labels.to_vec()].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Two images in which no two pixels in a row are equal.
fn two_images() -> Vec<Image> {
    (0..2).map(|n| std::array::from_fn(|k| (k * 7 + n) as u8)).collect()
}

#[test]
fn raw_and_gzip_files_give_the_same_digits() {
    let (images, labels) = (two_images(), vec![3, 9, 0]);
    for pack in [|bytes: &[u8]| bytes.to_vec(), gzip] {
        assert_eq!(idx::images(&pack(&image_file(&images))).unwrap(), images);
        assert_eq!(idx::labels(&pack(&label_file(&labels))).unwrap(), labels);
    }
}

#[test]
fn gzip_files_of_several_members_are_read_to_the_end() {
    let file = label_file(&[1, 2, 3, 4]);
    assert_eq!(idx::labels(&[gzip(&file[..9]), gzip(&file[9..])].concat()).unwrap(), [1, 2, 3, 4]);
}

#[test]
fn the_extended_labels_of_qmnist_give_their_first_column() {
    let mut file = header(0x0c, &[3, 8]);
    for class in [7i32, 0, 9] {
        [class, 4, 2600, 11, 0x37, 0, 0, 0].iter().for_each(|value| file.extend(value.to_be_bytes()));
    }
    assert_eq!(idx::labels(&file).unwrap(), [7, 0, 9]);
    file[12 + 32..][..4].copy_from_slice(&(-1i32).to_be_bytes());
    assert_eq!(idx::labels(&file), Err(IdxError::LabelRange { index: 1, label: -1 }));
    assert_eq!(idx::labels(&header(0x0c, &[3, 5])), Err(IdxError::LabelColumns { found: 5 }));
}

#[test]
fn what_is_no_idx_file_is_told_by_name() {
    let npz = [b"PK\x03\x04".as_slice(), &[0; 22], &[11, 0, 0, 0], b"x_train.npy"].concat();
    let zip = [b"PK\x03\x04".as_slice(), &[0; 22], &[5, 0, 0, 0], b"a.txt"].concat();
    for (bytes, foreign) in [
        (b"<!DOCTYPE html><title>404".as_slice(), Foreign::WebPage),
        (b"\xef\xbb\xbf\r\n <HTML>".as_slice(), Foreign::WebPage),
        (&npz, Foreign::Npz),
        (&zip, Foreign::Zip),
        (b"\x89PNG\r\n\x1a\n".as_slice(), Foreign::Png),
        (b"\xfd7zXZ\0\0".as_slice(), Foreign::Xz),
        (b"PAR1\x15".as_slice(), Foreign::Parquet),
        (b"version https://git-lfs.github.com/spec/v1\n".as_slice(), Foreign::GitLfs),
        (b"\x01\x02\x03\x04\x05".as_slice(), Foreign::Unknown([1, 2, 3, 4])),
        (b"\x00\x00\x07\x01".as_slice(), Foreign::Unknown([0, 0, 7, 1])),
        (b"\x07".as_slice(), Foreign::Unknown([7, 0, 0, 0])),
    ] {
        assert_eq!(idx::images(bytes), Err(IdxError::NotIdx(foreign)));
    }
    let saved_packed = gzip(b"<html>moved</html>");
    assert_eq!(idx::labels(&saved_packed), Err(IdxError::NotIdx(Foreign::WebPage)));
    let message = idx::labels(&saved_packed).unwrap_err().to_string();
    assert!(message.contains("a web page was saved instead of the data"), "{message}");
}

#[test]
fn empty_and_cut_files_say_how_much_is_there() {
    let file = label_file(&[1, 2, 3]);
    assert_eq!(idx::labels(&[]), Err(IdxError::Empty));
    assert_eq!(idx::labels(&gzip(&[])), Err(IdxError::Empty));
    assert_eq!(idx::labels(&file[..3]), Err(IdxError::Truncated { found: 3, expected: 4 }));
    assert_eq!(idx::labels(&file[..6]), Err(IdxError::Truncated { found: 6, expected: 8 }));
    assert_eq!(idx::labels(&file[..10]), Err(IdxError::Truncated { found: 10, expected: 11 }));
    assert_eq!(idx::labels(&gzip(&file[..10])), Err(IdxError::Truncated { found: 10, expected: 11 }));
}

#[test]
fn bytes_after_the_data_are_refused() {
    let mut file = label_file(&[1, 2, 3]);
    file.push(0);
    assert_eq!(idx::labels(&file), Err(IdxError::TrailingBytes { expected: 11 }));
    assert_eq!(idx::labels(&gzip(&file)), Err(IdxError::TrailingBytes { expected: 11 }));
}

#[test]
fn a_cut_or_damaged_gzip_file_is_told_from_a_cut_idx_file() {
    let whole = gzip(&image_file(&two_images()));
    let cut = idx::images(&whole[..whole.len() - 9]);
    assert!(matches!(cut, Err(IdxError::GzipTruncated { .. })), "{cut:?}");
    let mut wrong_sum = whole.clone();
    let end = whole.len();
    wrong_sum[end - 6] ^= 1;
    let damaged = idx::images(&wrong_sum);
    assert!(matches!(damaged, Err(IdxError::GzipDamaged { .. })), "{damaged:?}");
}

#[test]
fn an_absurd_promise_costs_no_memory() {
    let greedy = header(8, &[u32::MAX, 28, 28]);
    let promised = 16 + u64::from(u32::MAX) * 784;
    assert_eq!(idx::images(&greedy), Err(IdxError::TooLarge { promised, limit: idx::MAX_BYTES }));
    assert_eq!(idx::images(&gzip(&greedy)), Err(IdxError::TooLarge { promised, limit: idx::MAX_BYTES }));
    // Just below the limit the length decides, before a byte is taken.
    let below = header(8, &[1_000_000, 28, 28]);
    assert_eq!(idx::images(&below), Err(IdxError::Truncated { found: 16, expected: 784_000_016 }));
}

#[test]
fn a_gzip_bomb_is_unpacked_no_further_than_its_header_promises() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    bomb.write_all(&header(8, &[5])).unwrap();
    for _ in 0..64 {
        bomb.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    assert_eq!(idx::content(&bomb, Kind::Labels), Err(IdxError::TrailingBytes { expected: 13 }));
}

#[test]
fn other_types_shapes_and_sizes_are_refused_each_by_itself() {
    assert_eq!(idx::images(&header(0x0d, &[1, 28, 28])), Err(IdxError::ElementType { found: 0x0d }));
    assert_eq!(idx::labels(&header(0x09, &[1])), Err(IdxError::ElementType { found: 0x09 }));
    assert_eq!(idx::images(&header(8, &[1, 28])), Err(IdxError::Dimensions { found: 2, expected: 3 }));
    assert_eq!(idx::labels(&header(8, &[1, 1])), Err(IdxError::Dimensions { found: 2, expected: 1 }));
    assert_eq!(idx::images(&header(8, &[1, 32, 28])), Err(IdxError::ImageSize { rows: 32, columns: 28 }));
    assert_eq!(idx::images(&header(8, &[0, 28, 28])), Err(IdxError::NoItems));
    assert_eq!(idx::labels(&header(8, &[0])), Err(IdxError::NoItems));
}

#[test]
fn swapped_files_are_named_as_such() {
    assert_eq!(idx::images(&label_file(&[1])), Err(IdxError::LabelsForImages));
    assert_eq!(idx::images(&header(0x0c, &[1, 8])), Err(IdxError::LabelsForImages));
    assert_eq!(idx::labels(&image_file(&two_images())), Err(IdxError::ImagesForLabels));
}

#[test]
fn a_label_that_is_no_digit_is_pointed_at() {
    let letters = label_file(&[1, 9, 25, 3]);
    assert_eq!(idx::labels(&letters), Err(IdxError::LabelRange { index: 2, label: 25 }));
}

#[test]
fn errors_of_paths_begin_with_the_path() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("labels");
    let missing = idx::read_labels(&file).unwrap_err();
    assert!(matches!(missing, DataError::Unreadable { .. }));
    assert!(missing.to_string().contains(&file.display().to_string()));
    std::fs::write(&file, label_file(&[10])).unwrap();
    let wrong = idx::read_labels(&file).unwrap_err().to_string();
    assert!(
        wrong.starts_with(&file.display().to_string()) && wrong.contains("label number 0 is 10"),
        "{wrong}"
    );
    assert!(matches!(idx::read_images(dir.path()), Err(DataError::Unreadable { .. })));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let packed = gzip(&bytes);
        prop_assert_eq!(idx::images(&bytes).ok(), idx::images(&packed).ok());
        prop_assert_eq!(idx::labels(&bytes).ok(), idx::labels(&packed).ok());
    }

    #[test]
    fn any_bytes_after_a_good_beginning_are_read_or_refused(
        element in 0u8..16,
        sizes in proptest::collection::vec(prop_oneof![Just(28), Just(8), 0u32..4, any::<u32>()], 0..5),
        rest in proptest::collection::vec(any::<u8>(), 0..2000),
    ) {
        let bytes = [header(element, &sizes), rest].concat();
        let packed = gzip(&bytes);
        prop_assert_eq!(idx::images(&bytes).ok(), idx::images(&packed).ok());
        prop_assert_eq!(idx::labels(&bytes).ok(), idx::labels(&packed).ok());
    }

    #[test]
    fn a_changed_byte_of_a_gzip_file_is_found_or_harmless(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let images = two_images();
        let mut packed = gzip(&image_file(&images));
        let at = at.index(packed.len());
        packed[at] ^= flip;
        // The check sum covers the content; bytes of the gzip header (time, system) change nothing.
        if let Ok(read) = idx::images(&packed) {
            prop_assert_eq!(read, images);
        }
    }

    #[test]
    fn any_cut_of_a_file_is_found(at in any::<prop::sample::Index>(), pack in any::<bool>()) {
        let file = image_file(&two_images());
        let file = if pack { gzip(&file) } else { file };
        prop_assert!(idx::images(&file[..at.index(file.len())]).is_err());
    }

    #[test]
    fn what_is_written_is_read_back(
        labels in proptest::collection::vec(0u8..10, 1..300),
        pixels in proptest::collection::vec(any::<u8>(), 784 * 3),
        pack in any::<bool>(),
    ) {
        let images: Vec<Image> = pixels.as_chunks().0.to_vec();
        let form = |bytes: Vec<u8>| if pack { gzip(&bytes) } else { bytes };
        prop_assert_eq!(idx::labels(&form(label_file(&labels))), Ok(labels));
        prop_assert_eq!(idx::images(&form(image_file(&images))), Ok(images));
    }
}
