//! `lenet read`: digits from pictures of any kind.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use anyhow::{Context, bail};
use lenet::files::write_atomically;
use lenet::kernels::level::Level;
use lenet::models;
use lenet::read::{Limits, Page, Picture, Reader, overlay};
use lenet::report::picture;
use lenet::runs::SHIPPED;
use serde_json::json;

use crate::args::Read;
use crate::exit::{Exit, Usage};
use crate::given;
use crate::network::Trained;
use crate::term::{self, Talk};

/// What the names of pictures in folders end in.
const ENDINGS: [&str; 12] =
    ["png", "jpg", "jpeg", "bmp", "webp", "gif", "pnm", "pbm", "pgm", "ppm", "pam", "jfif"];

pub(crate) fn run(args: &Read, talk: &Talk) -> anyhow::Result<Exit> {
    let files = files(&args.files, talk)?;
    if let Some(out) = &args.overlay {
        fits(out, &files)?;
    }
    let reader = reader(&args.weights)?.rejecting(args.reject).deslanting(args.deslant);
    let limits = Limits { pixels: u64::from(args.max_pixels) * 1_000_000, ..Limits::default() };
    let workers = args.threads.workers()?;
    let bar = talk.progress(files.len() as u64, "pictures");
    let (mut exit, mut told) = (Exit::Success, Ok(()));
    // Files are read in parallel and told in their order: an answer waits for those before it.
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        let (files, reader, limits) = (&files, &reader, &limits);
        scope.spawn(move || {
            workers.each(files.len(), |k| {
                // The receiver is gone once nobody wants to know any more.
                let _ = sender.send((k, read(&files[k], reader, limits)));
            });
        });
        let mut waiting: Vec<Option<anyhow::Result<Seen>>> = files.iter().map(|_| None).collect();
        let mut next = 0;
        for (k, seen) in receiver {
            waiting[k] = Some(seen);
            while let Some(seen) = waiting.get_mut(next).and_then(Option::take) {
                let answer = tell(&files[next], seen, files.len() > 1, args, talk);
                next += 1;
                bar.set(next as u64, "reading");
                match answer {
                    Ok(Exit::Success) => {}
                    Ok(other) => exit = other,
                    Err(error) => {
                        told = Err(error);
                        return;
                    }
                }
            }
        }
    });
    told.map(|()| exit)
}

/// That what was seen can be drawn into this file: a PNG, of one picture, and not that picture itself.
fn fits(out: &Path, files: &[PathBuf]) -> Result<(), Usage> {
    given::is_png("--overlay", out)?;
    let name = out.display();
    if files.len() > 1 {
        return Err(Usage(format!(
            "--overlay {name}: that is for one picture, and there are {}",
            files.len()
        )));
    }
    // A file that is not there yet has no path of its own, and can be no picture that is read.
    let same = |file: &PathBuf| out.canonicalize().is_ok_and(|out| file.canonicalize().ok() == Some(out));
    if files.iter().any(same) {
        return Err(Usage(format!(
            "--overlay {name}: that is the picture to be read, which would be lost; give the name of another file"
        )));
    }
    Ok(())
}

/// The reader with the shipped networks, or with others. Of the shipped ones those are meant that were trained for it.
pub(crate) fn reader(weights: &[PathBuf]) -> anyhow::Result<Reader> {
    let mut networks = Vec::new();
    for given in weights {
        if given == Path::new(SHIPPED) && !given.exists() {
            networks.extend(models::reading_committee());
        } else {
            networks.push(Trained::load(given)?.lenet_5()?);
        }
    }
    let mut networks = networks.into_iter();
    Ok(networks.next().map_or_else(Reader::shipped, |first| Reader::new(first, Level::new()).with(networks)))
}

/// The pictures that are meant: files as they are, of folders those whose names say so, in order.
fn files(given: &[PathBuf], talk: &Talk) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in given {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        files.extend(pictures(path, talk)?);
    }
    if files.is_empty() {
        bail!("there is no picture to read");
    }
    Ok(files)
}

/// The pictures of a folder, in order. Folders in it are not looked into, and that is said.
fn pictures(folder: &Path, talk: &Talk) -> anyhow::Result<Vec<PathBuf>> {
    let name = folder.display();
    let listed = || format!("{name} can't be listed");
    let entries: io::Result<Vec<_>> = fs::read_dir(folder).with_context(listed)?.collect();
    let inside: Vec<PathBuf> = entries.with_context(listed)?.iter().map(DirEntry::path).collect();
    let folders = inside.iter().filter(|path| path.is_dir()).count();
    let mut pictures: Vec<PathBuf> = inside.into_iter().filter(|path| is_picture(path)).collect();
    pictures.sort();
    if pictures.is_empty() {
        talk.note(format_args!("{name}: no picture in this folder; {} are", ENDINGS.join(", ")));
    }
    if folders > 0 {
        let (them, all) = if folders == 1 { ("folder", "is") } else { ("folders", "are") };
        let inside = folder.join("*").join("");
        talk.note(format_args!(
            "{name}: {folders} {them} in it {all} not looked into; to read them too: lenet read {name} {}",
            inside.display()
        ));
    }
    Ok(pictures)
}

/// Whether something in a folder is meant to be read: a picture by its name. A link that leads nowhere is, too, so that it is missed.
fn is_picture(path: &Path) -> bool {
    let is_file = fs::metadata(path).map_or(true, |metadata| metadata.is_file());
    is_file && named_as_picture(path)
}

/// Whether a name ends as those of pictures do.
pub(crate) fn named_as_picture(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str()).map(str::to_lowercase);
    end.is_some_and(|end| ENDINGS.contains(&end.as_str()))
}

/// A picture and what was read.
struct Seen {
    picture: Picture,
    page: Page,
}

fn read(file: &Path, reader: &Reader, limits: &Limits) -> anyhow::Result<Seen> {
    let bytes = given::bytes(file, limits.memory)?;
    let picture = Picture::from_bytes(&bytes, limits)?;
    let page = reader.read(&picture.grey);
    Ok(Seen { picture, page })
}

/// Says what was read.
fn tell(
    file: &Path,
    seen: anyhow::Result<Seen>,
    many: bool,
    args: &Read,
    talk: &Talk,
) -> anyhow::Result<Exit> {
    let name = file.display().to_string();
    let Seen { picture, page } = match seen.with_context(|| name.clone()) {
        Ok(seen) => seen,
        Err(error) => {
            talk.error(&error);
            if args.json {
                term::put_json(&json!({ "file": name, "error": term::chain(&error) }), false)?;
            }
            return Ok(Exit::Failure);
        }
    };
    for note in &picture.notes {
        talk.note(format_args!("{name}: {note}"));
    }
    if let Some(why) = page.blank {
        talk.note(format_args!("{name}: no digits: {why}"));
    }
    if let Some(out) = &args.overlay {
        let drawn = picture::png(&overlay(&picture.grey, &page));
        write_atomically(out, &drawn)
            .with_context(|| format!("--overlay {} can't be written; choose another place", out.display()))?;
    }
    if args.json {
        let size = [picture.grey.width, picture.grey.height];
        let line = json!({
            "file": name, "size": size, "text": page.text(), "lines": page.lines, "others": page.others, "polarity": page.polarity,
            "blank": page.blank, "notes": picture.notes,
        });
        term::put_json(&line, false)?;
    } else {
        // The name as it was given, UTF-8 or not, so that whoever reads this finds the file.
        let begin = if many { [file.as_os_str().as_encoded_bytes(), b"\t"].concat() } else { Vec::new() };
        let lines = page.lines.iter().map(|line| [&begin, line.text.as_bytes(), b"\n"].concat());
        term::put_bytes(&lines.collect::<Vec<_>>().concat())?;
    }
    Ok(Exit::Success)
}
