//! Files of every kind become the same grey levels; damaged ones become errors.

use std::io::Cursor;

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageFormat, Luma, LumaA, Rgba, RgbaImage};
use lenet::read::{Limits, Note, Picture, PictureError};
use proptest::prelude::*;

const KINDS: [ImageFormat; 6] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Bmp,
    ImageFormat::WebP,
    ImageFormat::Pnm,
    ImageFormat::Gif,
];

/// Smooth enough for JPEG: dark at the upper left.
fn picture() -> GrayImage {
    GrayImage::from_fn(24, 16, |x, y| Luma([(x * 6 + y * 7) as u8]))
}

fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The picture with three colours for each pixel, and opacity where a file of this kind is written with it only.
fn colours(format: ImageFormat) -> DynamicImage {
    let grey = DynamicImage::ImageLuma8(picture());
    if format == ImageFormat::Gif { grey.into_rgba8().into() } else { grey.into_rgb8().into() }
}

fn read(bytes: &[u8]) -> Result<Picture, PictureError> {
    Picture::from_bytes(bytes, &Limits::default())
}

#[test]
fn every_kind_of_file_is_read() {
    for format in KINDS {
        let Picture { grey, notes } = read(&file(&colours(format), format)).unwrap();
        assert_eq!((grey.width, grey.height, notes.len()), (24, 16, 0), "{format:?}");
        let most = grey.pixels.iter().zip(picture().as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        let allowed = match format {
            ImageFormat::Jpeg | ImageFormat::Gif => 12,
            _ => 1,
        };
        assert!(most <= allowed, "{format:?}: {most}");
    }
}

#[test]
fn depths_are_brought_to_eight_bits() {
    let grey = DynamicImage::ImageLuma8(picture());
    let all = [
        DynamicImage::ImageLuma16(grey.to_luma16()),
        DynamicImage::ImageRgb16(grey.to_rgb16()),
        DynamicImage::ImageRgba16(grey.to_rgba16()),
        DynamicImage::ImageLumaA8(grey.to_luma_alpha8()),
    ];
    for picture in all {
        let pixels = read(&file(&picture, ImageFormat::Png)).unwrap().grey.pixels;
        assert!(
            pixels.iter().zip(grey.as_bytes()).all(|(a, b)| a.abs_diff(*b) <= 1),
            "{:?}",
            picture.color()
        );
    }
    let bits = read(b"P1 3 1 1 0 1").unwrap();
    assert_eq!(bits.grey.pixels, [0, 255, 0]);
}

#[test]
fn transparent_paper_is_white_and_colours_that_say_nothing_are_left_to_the_opacity() {
    for ink in [0, 255] {
        let strokes = GrayAlphaImage::from_fn(8, 8, |x, _| LumaA([ink, if x == 3 { 200 } else { 0 }]));
        let Picture { grey, notes } = read(&file(&strokes.into(), ImageFormat::Png)).unwrap();
        assert_eq!((grey.pixels[3], grey.pixels[4], &notes[..]), (55, 255, &[Note::InkFromAlpha][..]));
    }
    let cut_out = RgbaImage::from_fn(8, 8, |x, y| Rgba([x as u8 * 30, 0, 0, if y == 0 { 0 } else { 255 }]));
    let Picture { grey, notes } = read(&file(&cut_out.into(), ImageFormat::Png)).unwrap();
    assert!(grey.pixels[..8].iter().all(|level| *level == 255) && grey.pixels[8] == 0 && notes.is_empty());
}

/// A JPEG with the orientation of `Exif` metadata.
fn turned(orientation: u8) -> Vec<u8> {
    let jpeg = file(&DynamicImage::ImageLuma8(picture()), ImageFormat::Jpeg);
    let tiff =
        [b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]];
    let exif = [b"Exif\0\0".as_slice(), &tiff.concat()].concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn pictures_are_turned_upright() {
    // Where the dark corner is: left or right, above or below; of 6 and 8, width and height change places.
    for (orientation, size, [right, below]) in [
        (1, (24, 16), [false, false]),
        (3, (24, 16), [true, true]),
        (6, (16, 24), [true, false]),
        (8, (16, 24), [false, true]),
    ] {
        let Picture { grey, notes } = read(&turned(orientation)).unwrap();
        assert_eq!((grey.width, grey.height), size);
        let corner = |x: bool, y: bool| {
            let (x, y) = (if x { grey.width - 1 } else { 0 }, if y { grey.height - 1 } else { 0 });
            grey.pixels[y * grey.width + x]
        };
        assert!(corner(right, below) < 20 && corner(!right, !below) > 200, "{orientation}");
        assert_eq!(notes.contains(&Note::Turned), orientation != 1);
    }
}

#[test]
fn of_pictures_that_move_the_first_frame_is_read() {
    let mut bytes = Vec::new();
    let frames = [10u8, 200]
        .map(|level| image::Frame::new(RgbaImage::from_pixel(4, 4, Rgba([level, level, level, 255]))));
    image::codecs::gif::GifEncoder::new(&mut bytes).encode_frames(frames).unwrap();
    let Picture { grey, notes } = read(&bytes).unwrap();
    assert!(grey.pixels.iter().all(|level| *level < 20));
    assert_eq!(notes, [Note::FirstFrame]);
    assert!(notes[0].to_string().contains("first frame"));
}

#[test]
fn what_is_no_picture_is_told_in_words() {
    let says = |bytes: &[u8], words: &[&str]| {
        let message = read(bytes).unwrap_err().to_string();
        words.iter().for_each(|word| assert!(message.contains(word), "`{word}` is missing in: {message}"));
    };
    says(b"", &["empty", "picture"]);
    says(b"hello, world", &["not a picture", "68 65 6c 6c", "PNG"]);
    says(b"II\x2a\0\x08\0\0\0", &["Tiff", "convert"]);
    says(b"P5 0 0 255\n", &["0x0", "1x1"]);
    says(b"P5 what 3 255\n", &["PNM", "damaged"]);
    says(b"P5 100000 100000 255\n", &["100000x100000", "40000000", "smaller"]);
    let jpeg = file(&DynamicImage::ImageLuma8(picture()), ImageFormat::Jpeg);
    says(&jpeg[..200], &["JPEG is cut off after 200 bytes"]);
    let png = file(&DynamicImage::ImageLuma8(picture()), ImageFormat::Png);
    assert_eq!(
        Picture::from_bytes(&png, &Limits { pixels: 383, ..Limits::default() }),
        Err(PictureError::TooManyPixels { width: 24, height: 16, limit: 383 })
    );
    let little = Limits { memory: 100, ..Limits::default() };
    for format in KINDS {
        let error = Picture::from_bytes(&file(&colours(format), format), &little).unwrap_err();
        assert!(matches!(error, PictureError::TooMuchMemory { limit: 100, .. }), "{format:?}: {error}");
    }
}

/// A JPEG of 8x8 pixels with four inks, each everywhere alike: 255 is none of it, as Adobe's programs write it. Without any library: none
/// writes such files.
fn four_inks(levels: [i32; 4]) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0\xff\xdb\0\x43\0".to_vec();
    file.extend([1; 64]);
    file.extend(b"\xff\xc0\0\x14\x08\0\x08\0\x08\x04\x01\x11\0\x02\x11\0\x03\x11\0\x04\x11\0");
    // Steps of the mean are 0 or have ten bits; of the rest there is nothing.
    file.extend(b"\xff\xc4\0\x15\0\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0a");
    file.extend(b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    file.extend(b"\xff\xda\0\x0e\x04\x01\0\x02\0\x03\0\x04\0\0\x3f\0");
    let mut bits = String::new();
    for level in levels {
        let mean = 8 * (level - 128);
        let ten = if mean > 0 { mean } else { mean + 1023 };
        bits += &if mean == 0 { "00".to_string() } else { format!("10{ten:010b}0") };
    }
    bits += &"1".repeat(bits.len().next_multiple_of(8) - bits.len());
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0'));
        file.extend(if byte == 255 { vec![255, 0] } else { vec![byte] });
    }
    file.extend(b"\xff\xd9");
    file
}

#[test]
fn four_inks_become_grey_levels() {
    let grey = |levels| read(&four_inks(levels)).map(|picture| picture.grey.pixels[27]);
    let paper = grey([255; 4]).unwrap();
    assert!(paper > 250, "{paper}");
    let black = grey([255, 255, 255, 1]).unwrap();
    assert!(black < 10, "{black}");
    let (yellow, blue) = (grey([255, 255, 1, 255]).unwrap(), grey([1, 1, 255, 255]).unwrap());
    assert!(yellow > 200 && blue < 60, "{yellow}, {blue}");
}

#[test]
fn files_that_are_cut_off_are_told_so() {
    for format in KINDS {
        let bytes = file(&colours(format), format);
        for length in [bytes.len() / 2, bytes.len() * 3 / 4] {
            let error = read(&bytes[..length]).unwrap_err();
            let told = matches!(error, PictureError::Truncated { .. } | PictureError::Damaged { .. });
            assert!(told, "{format:?} of {length} bytes: {error}");
        }
    }
}

/// Bytes are a whole picture, or are refused with a reason.
fn read_or_refused(bytes: &[u8]) -> Result<(), TestCaseError> {
    match Picture::from_bytes(bytes, &Limits { pixels: 1 << 20, memory: 16 << 20 }) {
        Ok(Picture { grey, .. }) => prop_assert_eq!(grey.pixels.len(), grey.width * grey.height),
        Err(error) => prop_assert!(!error.to_string().is_empty()),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_panic(
        kind in 0usize..6, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(), whole in any::<bool>(),
    ) {
        let mut bytes = file(&colours(KINDS[kind]), KINDS[kind]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_or_refused(&bytes)?;
    }

    #[test]
    fn nor_do_bytes_that_were_never_a_picture(kind in 0usize..6, rest in proptest::collection::vec(any::<u8>(), 0..200)) {
        let head = file(&colours(KINDS[kind]), KINDS[kind]);
        read_or_refused(&[&head[..12], &rest].concat())?;
    }
}
