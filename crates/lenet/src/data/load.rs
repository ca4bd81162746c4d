//! A whole data set, from the program itself or from the four files in a directory.
//!
//! ```
//! use lenet::data::Dataset;
//!
//! let mnist = Dataset::bundled();
//! assert_eq!((mnist.train.len(), mnist.test.len()), (60_000, 10_000));
//! assert_eq!(mnist.train.labels[..5], [5, 0, 4, 1, 9]);
//! ```

use std::path::{Path, PathBuf};

use super::known::{self, KNOWN, Known, Role};
use super::{DataError, Dataset, Image, SIDE, Split, idx};

impl Dataset {
    /// MNIST, as it comes with the program: 60,000 + 10,000 digits, named "mnist".
    ///
    /// Decodes 55 MB on every call, half a second of work on two threads: keep the result.
    #[cfg(feature = "bundled")]
    pub fn bundled() -> Dataset {
        use lenet_mnist::File;
        let split = |images: File, labels: File| Split {
            images: idx::images(&images.decode()).expect("the bundled images are tested in full"),
            labels: idx::labels(&labels.decode()).expect("the bundled labels are tested in full"),
        };
        Dataset {
            name: "mnist".into(),
            train: split(File::TrainImages, File::TrainLabels),
            test: split(File::TestImages, File::TestLabels),
        }
    }

    /// The data set in the directory `dir`, named by the hashes of its files if it is one of [`KNOWN`].
    ///
    /// The files have the standard names, with `-idx` or `.idx`, raw or with `.gz`: `train-images-idx3-ubyte`,
    /// `train-labels-idx1-ubyte.gz`, `t10k-images.idx3-ubyte`, ... Of several, the first in the order
    /// `-idx`, `.idx`, `-idx` with `.gz`, `.idx` with `.gz` is read.
    ///
    /// Images are as stored, except that those of a known set that is stored on its side
    /// ([`Known::transposed`], EMNIST) come upright. For that its files must still be the published `.gz`:
    /// unpacked, they have no hash that is known.
    ///
    /// # Errors
    ///
    /// See [`DataError`]: the directory or a file is missing, unreadable, not IDX or damaged; images and labels
    /// differ in number; a known file stands under another's name or beside the files of another set.
    pub fn from_dir(dir: impl AsRef<Path>) -> Result<Dataset, DataError> {
        Dataset::from_dir_among(dir, &KNOWN)
    }

    /// [`Dataset::from_dir`] with sets of your own to be recognised.
    pub fn from_dir_among(dir: impl AsRef<Path>, sets: &[Known]) -> Result<Dataset, DataError> {
        let dir = dir.as_ref();
        if !dir.is_dir() {
            return Err(DataError::NoDirectory { dir: dir.into() });
        }
        let (train, is_train) = split(dir, sets, Role::TrainImages, Role::TrainLabels)?;
        let (test, is_test) = split(dir, sets, Role::TestImages, Role::TestLabels)?;
        let recognised: Vec<_> = is_train.into_iter().chain(is_test).collect();
        let name = match *recognised {
            [] => "unknown",
            [(_, _, set), ..] if recognised.iter().any(|&(place, role, of)| place != role || of != set) => {
                let found = recognised.iter().map(|(place, role, set)| {
                    format!("{} is the {} of {}", place.file_name(), role.file_name(), set.name)
                });
                return Err(DataError::Mixed { dir: dir.into(), found: found.collect() });
            }
            [(_, _, set), _, _, _] => &set.name,
            // Some files are known and others not: perhaps labels changed for an experiment.
            _ => "unknown",
        };
        Ok(Dataset { name: name.into(), train, test })
    }
}

/// The place where a known file was found, and what it is.
type Recognised<'a> = (Role, Role, &'a Known);

fn split<'a>(
    dir: &Path,
    sets: &'a [Known],
    images: Role,
    labels: Role,
) -> Result<(Split, Vec<Recognised<'a>>), DataError> {
    let image_file = find(dir, images)?;
    let label_file = find(dir, labels)?;
    let (mut digits, is_images) = read(&image_file, sets, images, idx::images)?;
    let (classes, is_labels) = read(&label_file, sets, labels, idx::labels)?;
    if digits.len() != classes.len() {
        return Err(DataError::Counts {
            image_file,
            label_file,
            images: digits.len(),
            labels: classes.len(),
        });
    }
    if is_images.is_some_and(|(_, _, set)| set.transposed) {
        digits.iter_mut().for_each(transpose);
    }
    Ok((Split { images: digits, labels: classes }, is_images.into_iter().chain(is_labels).collect()))
}

fn read<'a, T>(
    file: &Path,
    sets: &'a [Known],
    place: Role,
    parse: fn(&[u8]) -> Result<Vec<T>, super::IdxError>,
) -> Result<(Vec<T>, Option<Recognised<'a>>), DataError> {
    let malformed = |problem| DataError::Malformed { file: file.into(), problem };
    let stored = idx::read(file)?;
    let content = idx::content(&stored, place.kind()).map_err(malformed)?;
    let recognised = known::identify(sets, &stored, &content).map(|(set, role)| (place, role, set));
    Ok((parse(&content).map_err(malformed)?, recognised))
}

/// The first of the accepted names that exists in `dir`.
fn find(dir: &Path, role: Role) -> Result<PathBuf, DataError> {
    let hyphen = role.file_name();
    let dot = hyphen.replacen("-idx", ".idx", 1);
    let tried = vec![hyphen.to_string(), dot.clone(), format!("{hyphen}.gz"), format!("{dot}.gz")];
    match tried.iter().map(|name| dir.join(name)).find(|path| path.exists()) {
        Some(path) => Ok(path),
        None => Err(DataError::Missing { dir: dir.into(), tried }),
    }
}

fn transpose(image: &mut Image) {
    for y in 0..SIDE {
        for x in 0..y {
            image.swap(y * SIDE + x, x * SIDE + y);
        }
    }
}
