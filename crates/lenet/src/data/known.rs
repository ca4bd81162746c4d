//! The data sets that are recognised, by the hashes of their files: so that a model trained on clothes by mistake
//! says so, and images that a set stores on their side are turned up.
//!
//! | set | what | recognised by |
//! |---|---|---|
//! | mnist | digits, 60,000 + 10,000 | content; published `.gz` |
//! | fashion-mnist | ten kinds of clothes, 60,000 + 10,000 | content; published `.gz` |
//! | kmnist | ten Japanese syllables, 60,000 + 10,000 | published `.gz` |
//! | qmnist | digits, 60,000 + 60,000, the whole NIST test set | published `.gz` |
//! | emnist-digits | digits, 240,000 + 40,000, stored on their side | published `.gz` |
//!
//! Sources of the hashes: mnist was computed from the files (its `.gz` alone would not do, because there are copies
//! with other gzip headers). The SHA-256 of the other `.gz` are those in the source of torchvision's prototype data
//! sets (fashion-mnist, kmnist, qmnist) and of one public script (emnist-digits, not confirmed by a second source);
//! the MD5 of fashion-mnist's content is the same in half a dozen public downloaders. MD5 serves to give a name to
//! data and is no protection. A file without a known hash is read like any other and makes the set "unknown".
//!
//! ```
//! use lenet::data::known::{KNOWN, Role};
//!
//! assert_eq!(KNOWN[0].name, "mnist");
//! assert_eq!(Role::TestLabels.file_name(), "t10k-labels-idx1-ubyte");
//! ```

use std::borrow::Cow;

use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::idx::Kind;

/// The part of a data set that a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Images to learn from.
    TrainImages,
    /// Their labels.
    TrainLabels,
    /// Images that only measure.
    TestImages,
    /// Their labels.
    TestLabels,
}

impl Role {
    /// All four, in the order of [`Known::files`].
    pub const ALL: [Role; 4] = [Role::TrainImages, Role::TrainLabels, Role::TestImages, Role::TestLabels];

    /// The standard name of the file, as published for MNIST, without `.gz`.
    pub const fn file_name(self) -> &'static str {
        match self {
            Role::TrainImages => "train-images-idx3-ubyte",
            Role::TrainLabels => "train-labels-idx1-ubyte",
            Role::TestImages => "t10k-images-idx3-ubyte",
            Role::TestLabels => "t10k-labels-idx1-ubyte",
        }
    }

    /// Whether the file holds images or labels.
    pub const fn kind(self) -> Kind {
        match self {
            Role::TrainImages | Role::TestImages => Kind::Images,
            Role::TrainLabels | Role::TestLabels => Kind::Labels,
        }
    }
}

/// A hash in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hash {
    /// 64 characters.
    Sha256(Cow<'static, str>),
    /// 32 characters.
    Md5(Cow<'static, str>),
}

impl Hash {
    /// True if it is the hash of `bytes`.
    pub fn fits(&self, bytes: &[u8]) -> bool {
        match self {
            Hash::Sha256(hash) => *hash == sha256(bytes),
            Hash::Md5(hash) => *hash == md5(bytes),
        }
    }
}

/// One file as its authors published it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// SHA-256 of the published gzip file, in lower-case hexadecimal.
    pub gz_sha256: Cow<'static, str>,
    /// Hash of the unpacked file, where it is known.
    pub content: Option<Hash>,
}

impl Published {
    /// True if these bytes are the published file: `stored` as found on disk, `content` the same unpacked.
    pub fn fits(&self, stored: &[u8], content: &[u8]) -> bool {
        self.gz_sha256 == sha256(stored) || self.content.as_ref().is_some_and(|hash| hash.fits(content))
    }
}

/// A data set that is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name in lower case, which is also the name of its directory in a cache.
    pub name: Cow<'static, str>,
    /// Its files in the order of [`Role::ALL`].
    pub files: [Published; 4],
    /// True where the images are stored column by column and must be transposed to be upright, as in EMNIST.
    pub transposed: bool,
}

/// The sets of the table above.
pub static KNOWN: [Known; 5] = [
    known(
        "mnist",
        [
            with_sha256(
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            with_sha256(
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            with_sha256(
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            with_sha256(
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ],
        false,
    ),
    known(
        "fashion-mnist",
        [
            with_md5(
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            ),
            with_md5(
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "9018921c3c673c538a1fc5bad174d6f9",
            ),
            with_md5(
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "8181f5470baa50b63fa0f6fddb340f0a",
            ),
            with_md5(
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                "15d484375f8d13e6eb1aabb0c3f46965",
            ),
        ],
        false,
    ),
    known(
        "kmnist",
        [
            gz_only("51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
            gz_only("e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
            gz_only("edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
            gz_only("20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
        ],
        false,
    ),
    known(
        "qmnist",
        [
            gz_only("9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d"),
            gz_only("2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f"),
            gz_only("43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375"),
            gz_only("9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06"),
        ],
        false,
    ),
    known(
        "emnist-digits",
        [
            gz_only("0fd17ca7bc21f8a10f68356f3c60e9c36ef287895394791ecd051c7a15ea4acd"),
            gz_only("86013a4b932e35477a90ecff239cf492643795cf3c68dd6b7fae3264fb24316b"),
            gz_only("3075fed46264a655192bd2ac1dafba8ce0c5184802d74acd0a123e25daa15c50"),
            gz_only("a456cc5cfc928851403b513f94937b9d7570f424ea6d56dce3b28f6c0723608a"),
        ],
        true,
    ),
];

const fn known(name: &'static str, files: [Published; 4], transposed: bool) -> Known {
    Known { name: Cow::Borrowed(name), files, transposed }
}

const fn with_sha256(gz: &'static str, content: &'static str) -> Published {
    Published { gz_sha256: Cow::Borrowed(gz), content: Some(Hash::Sha256(Cow::Borrowed(content))) }
}

const fn with_md5(gz: &'static str, content: &'static str) -> Published {
    Published { gz_sha256: Cow::Borrowed(gz), content: Some(Hash::Md5(Cow::Borrowed(content))) }
}

const fn gz_only(gz: &'static str) -> Published {
    Published { gz_sha256: Cow::Borrowed(gz), content: None }
}

/// The set and the part of it that a file is, if it is one of `sets`: `stored` as found on disk, `content` the same
/// unpacked.
pub fn identify<'a>(sets: &'a [Known], stored: &[u8], content: &[u8]) -> Option<(&'a Known, Role)> {
    let find = |fits: &dyn Fn(&Published) -> bool| {
        sets.iter().find_map(|set| Some((set, Role::ALL[set.files.iter().position(fits)?])))
    };
    // One hash at a time: the files are large and most are recognised by the first or second.
    let gz = sha256(stored);
    find(&|file| file.gz_sha256 == gz)
        .or_else(|| {
            let hash = Some(Hash::Sha256(sha256(content).into()));
            find(&|file| file.content == hash)
        })
        .or_else(|| {
            let hash = Some(Hash::Md5(md5(content).into()));
            find(&|file| file.content == hash)
        })
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
