//! A file's bytes become grey levels, or an error that says what is wrong with them.
//!
//! ```
//! use lenet::read::{Limits, Picture, PictureError};
//!
//! let picture = Picture::from_bytes(b"P2 2 1 255 0 255", &Limits::default())?;
//! assert_eq!((picture.grey.width, picture.grey.pixels), (2, vec![0, 255]));
//! # Ok::<(), PictureError>(())
//! ```

use std::fmt;
use std::io::{Cursor, ErrorKind};

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{
    AnimationDecoder, DynamicImage, GrayAlphaImage, GrayImage, ImageDecoder, ImageError, ImageFormat,
    ImageReader,
};
use serde::Serialize;

/// Grey levels of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` levels in row-major order, 0 black, 255 white.
    pub pixels: Vec<u8>,
}

/// What a picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most pixels, width times height. It is looked at before anything is decoded.
    pub pixels: u64,
    /// The most bytes that the decoder may take.
    pub memory: u64,
}

impl Default for Limits {
    /// 40 million pixels and 512 MB: any camera's picture, no decompression bomb.
    fn default() -> Self {
        Limits { pixels: 40_000_000, memory: 512 << 20 }
    }
}

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its grey levels, upright.
    pub grey: Grey,
    /// What was done that the reader of the result may not expect.
    pub notes: Vec<Note>,
}

/// What was done to a picture that its owner may not expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Only the first frame was taken.
    FirstFrame,
    /// All pixels have one colour and differ in their opacity: that is the ink.
    InkFromAlpha,
    /// The file says that the camera was turned, so the picture was turned back.
    Turned,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Note::FirstFrame => "the picture moves, only its first frame is read",
            Note::InkFromAlpha => "the picture has one colour only, its opacity is read as ink",
            Note::Turned => "turned upright, as the file says",
        })
    }
}

/// Why bytes are not a picture that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// There is no byte at all.
    #[error("the file is empty, expected a picture: save it anew")]
    Empty,
    /// The first bytes are those of no picture.
    #[error(
        "this is not a picture: it starts with {}, expected the first bytes of a PNG, JPEG, BMP, WebP, PNM or GIF file; \
         convert it to PNG",
        hexadecimal(.0)
    )]
    NotAPicture(Vec<u8>),
    /// A document, whose pages are no pictures before they are drawn.
    #[error(
        "this is a PDF, expected PNG, JPEG, BMP, WebP, PNM or GIF: export its page as PNG, for example \
         `pdftoppm -r 150 -png FILE.pdf page`"
    )]
    Pdf,
    /// A picture of a kind that is not read.
    #[error(
        "this is a picture of the kind {0}, expected PNG, JPEG, BMP, WebP, PNM or GIF: convert it to PNG"
    )]
    OtherFormat(String),
    /// A variant of a known kind that the decoder does not know.
    #[error("this {kind} is of a variant that can't be read ({reason}): convert it to PNG")]
    Unsupported {
        /// The kind of file.
        kind: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// No rows or no columns.
    #[error("the picture is {width}x{height} pixels, expected at least 1x1: save it anew")]
    NoPixels {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// More pixels than allowed.
    #[error(
        "the picture is {width}x{height} pixels, the limit is {limit} in all: make it smaller, or raise the limit"
    )]
    TooManyPixels {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// [`Limits::pixels`].
        limit: u64,
    },
    /// Decoding would take more memory than allowed.
    #[error(
        "decoding this {kind} takes more than the {limit} bytes allowed: save it with 8 bits a colour, or smaller"
    )]
    TooMuchMemory {
        /// The kind of file.
        kind: &'static str,
        /// [`Limits::memory`].
        limit: u64,
    },
    /// The file ends in the middle.
    #[error("the {kind} is cut off after {bytes} bytes: get it anew")]
    Truncated {
        /// The kind of file.
        kind: &'static str,
        /// Bytes that are there.
        bytes: usize,
    },
    /// The file contradicts itself.
    #[error("the {kind} is damaged ({reason}): get it anew, or save it anew")]
    Damaged {
        /// The kind of file.
        kind: &'static str,
        /// What the decoder says.
        reason: String,
    },
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The kinds of files that are read.
const KINDS: [(ImageFormat, &str); 6] = [
    (ImageFormat::Png, "PNG"),
    (ImageFormat::Jpeg, "JPEG"),
    (ImageFormat::Bmp, "BMP"),
    (ImageFormat::WebP, "WebP"),
    (ImageFormat::Pnm, "PNM"),
    (ImageFormat::Gif, "GIF"),
];

/// A file of a known kind.
struct File<'a> {
    bytes: &'a [u8],
    format: ImageFormat,
    kind: &'static str,
    limits: &'a Limits,
}

impl Picture {
    /// Decodes a PNG, JPEG, BMP, WebP, PNM or GIF file of any depth: turned upright as its metadata says, transparent parts on
    /// white paper, and in grey (luminance of Rec. 709).
    ///
    /// # Errors
    /// A [`PictureError`] when the bytes are no such file, or damaged, or cost more than `limits`.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, PictureError> {
        let file = File::recognised(bytes, limits)?;
        let (picture, orientation) = file.decoded()?;
        let mut notes = Vec::new();
        if file.moves() {
            notes.push(Note::FirstFrame);
        }
        let mut grey = if picture.color().has_alpha() {
            let (grey, from_alpha) = on_paper(&picture.into_luma_alpha8());
            notes.extend(from_alpha.then_some(Note::InkFromAlpha));
            grey
        } else {
            picture.into_luma8()
        };
        if orientation != Orientation::NoTransforms {
            notes.push(Note::Turned);
            let mut turned = DynamicImage::ImageLuma8(grey);
            turned.apply_orientation(orientation);
            grey = turned.into_luma8();
        }
        let (width, height) = (grey.width() as usize, grey.height() as usize);
        Ok(Picture { grey: Grey { width, height, pixels: grey.into_raw() }, notes })
    }
}

impl<'a> File<'a> {
    fn recognised(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, PictureError> {
        if bytes.is_empty() {
            return Err(PictureError::Empty);
        }
        if bytes.starts_with(b"%PDF-") {
            return Err(PictureError::Pdf);
        }
        let not = || PictureError::NotAPicture(bytes[..bytes.len().min(8)].to_vec());
        let format = image::guess_format(bytes).map_err(|_| not())?;
        let known = KINDS.iter().find(|(known, _)| *known == format);
        let (_, kind) = known.ok_or_else(|| PictureError::OtherFormat(format!("{format:?}")))?;
        Ok(File { bytes, format, kind, limits })
    }

    /// The picture as stored, and how it is to be turned. The size is looked at first: that costs nothing.
    fn decoded(&self) -> Result<(DynamicImage, Orientation), PictureError> {
        let mut reader = ImageReader::with_format(Cursor::new(self.bytes), self.format);
        let mut limits = image::Limits::default();
        limits.max_alloc = Some(self.limits.memory);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(|error| self.error(error))?;
        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 {
            return Err(PictureError::NoPixels { width, height });
        }
        if u64::from(width) * u64::from(height) > self.limits.pixels {
            return Err(PictureError::TooManyPixels { width, height, limit: self.limits.pixels });
        }
        if decoder.total_bytes() > self.limits.memory {
            return Err(PictureError::TooMuchMemory { kind: self.kind, limit: self.limits.memory });
        }
        if self.format == ImageFormat::Jpeg && !self.jpeg_ends() {
            return Err(PictureError::Truncated { kind: self.kind, bytes: self.bytes.len() });
        }
        // Metadata that can't be read is no reason to refuse the pixels.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let picture = DynamicImage::from_decoder(decoder).map_err(|error| self.error(error))?;
        Ok((picture, orientation))
    }

    /// Whether an end of image (ff d9) follows the last scan (ff da): the decoder fills up what is missing with grey.
    fn jpeg_ends(&self) -> bool {
        let scan = self.bytes.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap_or(0);
        self.bytes[scan..].windows(2).any(|pair| pair == [0xff, 0xd9])
    }

    /// Whether there is more than one frame.
    fn moves(&self) -> bool {
        let bytes = || Cursor::new(self.bytes);
        match self.format {
            ImageFormat::Png => PngDecoder::new(bytes()).is_ok_and(|png| png.is_apng().unwrap_or(false)),
            ImageFormat::WebP => WebPDecoder::new(bytes()).is_ok_and(|webp| webp.has_animation()),
            ImageFormat::Gif => GifDecoder::new(bytes())
                .is_ok_and(|gif| gif.into_frames().nth(1).is_some_and(|frame| frame.is_ok())),
            _ => false,
        }
    }

    fn error(&self, error: ImageError) -> PictureError {
        let kind = self.kind;
        let truncated = PictureError::Truncated { kind, bytes: self.bytes.len() };
        match error {
            ImageError::Limits(_) => PictureError::TooMuchMemory { kind, limit: self.limits.memory },
            ImageError::Unsupported(error) => PictureError::Unsupported { kind, reason: error.to_string() },
            ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => truncated,
            other => {
                let reason = other.to_string().trim_end().to_string();
                // Some decoders wrap the end of the file in their own words.
                let ends =
                    ["unexpected end", "UnexpectedEof", "failed to fill whole buffer", "Not enough bytes"];
                if ends.iter().any(|words| reason.contains(words)) {
                    truncated
                } else {
                    PictureError::Damaged { kind, reason }
                }
            }
        }
    }
}

/// Lays a picture on white paper. If its colours say nothing, as with white strokes on nothing, the opacity is the ink: then also
/// true.
fn on_paper(picture: &GrayAlphaImage) -> (GrayImage, bool) {
    let (mut darkest, mut lightest, mut thinnest, mut densest) = (255, 0, 255, 0);
    for &[level, alpha] in picture.pixels().map(|pixel| &pixel.0) {
        (thinnest, densest) = (alpha.min(thinnest), alpha.max(densest));
        // The colour of what can't be seen is left over from something else.
        if alpha >= 32 {
            (darkest, lightest) = (level.min(darkest), level.max(lightest));
        }
    }
    let from_alpha = densest > thinnest && lightest.saturating_sub(darkest) < 32;
    let level = |&[level, alpha]: &[u8; 2]| {
        if from_alpha {
            return 255 - alpha;
        }
        let (level, alpha) = (u32::from(level), u32::from(alpha));
        ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let pixels = picture.pixels().map(|pixel| level(&pixel.0)).collect();
    let grey = GrayImage::from_raw(picture.width(), picture.height(), pixels);
    (grey.expect("one level for each pixel"), from_alpha)
}
