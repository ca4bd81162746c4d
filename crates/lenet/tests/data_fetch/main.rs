//! Fetching against a server on this machine that misbehaves in every way that was met in the wild.
#![cfg(feature = "fetch")]

mod server;

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use lenet::data::fetch::{FetchError, Mirror, Options, Reason, Source, fetch};
use lenet::data::known::{Hash, Known, Published, Role};
use lenet::data::{Dataset, Foreign, IdxError, SIDE};
use server::{Manner, Server};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three training and two test images that are not their own transposes, with plain labels.
fn contents() -> [Vec<u8>; 4] {
    let images = |n: u8| {
        let mut file = vec![0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 28, 0, 0, 0, 28];
        file.extend((0..usize::from(n) * SIDE * SIDE).map(|k| (k * 7 / 3) as u8));
        file
    };
    let labels = |n: u8| [vec![0, 0, 8, 1, 0, 0, 0, n], (0..n).map(|k| k + 3).collect()].concat();
    [images(3), labels(3), images(2), labels(2)]
}

fn packed() -> [Vec<u8>; 4] {
    contents().map(|content| gzip(&content))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn by_path(files: &[Vec<u8>; 4]) -> HashMap<String, Vec<u8>> {
    Role::ALL
        .iter()
        .zip(files)
        .map(|(role, file)| (format!("{}.gz", role.file_name()), file.clone()))
        .collect()
}

/// A set of these files, to be had from each of the servers.
fn source(files: &[Vec<u8>; 4], servers: &[&Server]) -> Source {
    let published = |file: &Vec<u8>| Published { gz_sha256: sha256(file).into(), content: None };
    let known = Known { name: "ours".into(), files: files.each_ref().map(published), transposed: false };
    let mirrors = Role::ALL.map(|role| {
        let url = |server: &&Server| format!("{}{}.gz", server.base, role.file_name());
        servers.iter().map(|server| Mirror::File { url: url(server) }).collect()
    });
    Source { known, mirrors }
}

fn hasty() -> Options {
    Options { connect: Duration::from_secs(2), idle: Duration::from_millis(300), proxy: None }
}

fn get(source: &Source, cache: &TempDir) -> Result<PathBuf, FetchError> {
    fetch(source, cache.path(), &hasty(), &mut |_| {})
}

fn cache() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const ALL_FOUR: [&str; 5] = [
    ".lock",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
];

/// Fetches from servers of these manners and checks that all came right; returns the servers.
fn succeeds(manners: &[Manner]) -> Vec<Server> {
    let files = packed();
    let servers: Vec<_> =
        manners.iter().map(|manner| Server::start(by_path(&files), manner.clone())).collect();
    let source = source(&files, &servers.iter().collect::<Vec<_>>());
    let cache = cache();
    let dir = get(&source, &cache).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(dir, cache.path().join("ours"));
    assert_eq!(names(&dir), ALL_FOUR);
    for (role, file) in Role::ALL.iter().zip(&files) {
        assert!(fs::read(dir.join(format!("{}.gz", role.file_name()))).unwrap() == *file);
    }
    assert_eq!(Dataset::from_dir_among(&dir, &[source.known]).unwrap().name, "ours");
    servers
}

/// Fetches from one server of this manner; returns why its first file failed.
fn fails(manner: Manner) -> Reason {
    let files = packed();
    let server = Server::start(by_path(&files), manner);
    let cache = cache();
    let error = get(&source(&files, &[&server]), &cache).unwrap_err();
    let finals = names(&cache.path().join("ours"));
    assert!(finals.iter().all(|name| !name.ends_with(".gz")), "{finals:?}");
    let FetchError::AllMirrors { mut failures, .. } = error else { panic!("{error}") };
    assert_eq!(failures.len(), 1);
    failures.remove(0).1
}

#[test]
fn a_good_server_gives_the_four_files_and_the_progress_of_each() {
    let files = packed();
    let server = Server::start(by_path(&files), Manner::Good);
    let mut ends = HashMap::new();
    let cache = cache();
    fetch(&source(&files, &[&server]), cache.path(), &hasty(), &mut |progress| {
        ends.insert(progress.file.to_string(), (progress.received, progress.total));
    })
    .unwrap();
    for (role, file) in Role::ALL.iter().zip(&files) {
        let size = file.len() as u64;
        assert_eq!(ends[&format!("{}.gz", role.file_name())], (size, Some(size)));
    }
    assert_eq!(server.requests(), 4);
}

#[test]
fn files_that_are_there_and_right_are_not_asked_for_again() {
    let files = packed();
    let server = Server::start(by_path(&files), Manner::Good);
    let (source, cache) = (source(&files, &[&server]), cache());
    let dir = get(&source, &cache).unwrap();
    get(&source, &cache).unwrap();
    assert_eq!(server.requests(), 4);
    // A file that was spoiled since then is.
    fs::write(dir.join("t10k-labels-idx1-ubyte.gz"), &files[3][..9]).unwrap();
    get(&source, &cache).unwrap();
    assert_eq!(server.requests(), 5);
}

#[test]
fn a_connection_cut_in_the_middle_is_resumed_where_it_ended() {
    let servers = succeeds(&[Manner::CutsAfter(1000)]);
    let ranges = servers[0].ranges("train-images-idx3-ubyte.gz");
    assert_eq!(ranges, [None, Some(1000), Some(2000)]);
}

#[test]
fn an_interrupted_call_is_resumed_by_the_next() {
    let files = packed();
    let server = Server::start(by_path(&files), Manner::Good);
    let cache = cache();
    let dir = cache.path().join("ours");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("train-images-idx3-ubyte.gz.part"), &files[0][..777]).unwrap();
    get(&source(&files, &[&server]), &cache).unwrap();
    assert_eq!(server.ranges("train-images-idx3-ubyte.gz"), [Some(777)]);
    assert_eq!(names(&dir), ALL_FOUR);
}

#[test]
fn remains_of_another_file_are_thrown_away_and_the_mirror_gets_a_clean_try() {
    let files = packed();
    for remains in [vec![7; 500], vec![7; files[0].len()], vec![7; 100_000]] {
        let server = Server::start(by_path(&files), Manner::Good);
        let cache = cache();
        let dir = cache.path().join("ours");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("train-images-idx3-ubyte.gz.part"), remains).unwrap();
        get(&source(&files, &[&server]), &cache).unwrap();
        assert_eq!(server.ranges("train-images-idx3-ubyte.gz").last(), Some(&None));
        assert_eq!(names(&dir), ALL_FOUR);
    }
}

#[test]
fn a_server_that_ignores_ranges_starts_the_file_anew() {
    let files = packed();
    let server = Server::start(by_path(&files), Manner::IgnoresRange);
    let cache = cache();
    let dir = cache.path().join("ours");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("train-images-idx3-ubyte.gz.part"), &files[0][..777]).unwrap();
    get(&source(&files, &[&server]), &cache).unwrap();
    assert!(fs::read(dir.join("train-images-idx3-ubyte.gz")).unwrap() == files[0]);
}

#[test]
fn a_server_that_always_cuts_and_never_resumes_is_given_up() {
    let reason = fails(Manner::CutsAfterAndIgnoresRange(1000));
    assert!(matches!(reason, Reason::Cut { received: 1000, total: Some(_), .. }), "{reason}");
    // What it gave is of use to the next mirror.
    let servers = succeeds(&[Manner::CutsAfterAndIgnoresRange(1000), Manner::Good]);
    assert_eq!(servers[1].ranges("train-images-idx3-ubyte.gz"), [Some(1000)]);
}

#[test]
fn a_server_that_answers_with_another_part_is_not_believed() {
    let files = packed();
    let server = Server::start(by_path(&files), Manner::WrongRange);
    let cache = cache();
    fs::create_dir(cache.path().join("ours")).unwrap();
    fs::write(cache.path().join("ours/train-images-idx3-ubyte.gz.part"), &files[0][..777]).unwrap();
    let error = get(&source(&files, &[&server]), &cache).unwrap_err();
    let FetchError::AllMirrors { failures, .. } = &error else { panic!("{error}") };
    assert!(matches!(failures[0].1, Reason::Range { asked: 777, .. }), "{error}");
}

#[test]
fn a_server_without_the_file_gives_way_to_the_next() {
    assert!(matches!(fails(Manner::Status(404)), Reason::Status(404)));
    assert!(matches!(fails(Manner::Status(403)), Reason::Status(403)));
    succeeds(&[Manner::Status(503), Manner::Good]);
}

#[test]
fn a_web_page_in_place_of_the_file_is_recognised_and_never_kept() {
    let page = Manner::Sends(b"<!DOCTYPE html><p>This file has moved".to_vec());
    let reason = fails(page.clone());
    assert!(matches!(reason, Reason::NotData(IdxError::NotIdx(Foreign::WebPage))), "{reason}");
    succeeds(&[page, Manner::Good]);
}

#[test]
fn other_data_of_the_right_form_is_found_out_by_its_hash_and_never_kept() {
    let mut other = contents()[0].clone();
    other[16] ^= 1;
    let other = Manner::Sends(gzip(&other));
    let reason = fails(other.clone());
    assert!(matches!(reason, Reason::Hash { .. }), "{reason}");
    succeeds(&[other, Manner::Good]);
}

#[test]
fn a_silent_or_stalling_server_is_left_after_the_time_allowed() {
    assert!(matches!(fails(Manner::Silent), Reason::Silent(_)));
    let reason = fails(Manner::Stalls(0));
    assert!(matches!(reason, Reason::Cut { received: 0, .. }), "{reason}");
    succeeds(&[Manner::Silent, Manner::Good]);
}

#[test]
fn an_unreachable_server_gives_way_to_the_next() {
    let gone = Server::gone();
    let files = packed();
    let good = Server::start(by_path(&files), Manner::Good);
    get(&source(&files, &[&gone, &good]), &cache()).unwrap();
}

#[test]
fn when_all_mirrors_fail_the_error_tells_what_each_of_them_did() {
    let files = packed();
    let missing = Server::start(HashMap::new(), Manner::Good);
    let page = Server::start(by_path(&files), Manner::Sends(b"<html>".to_vec()));
    let error = get(&source(&files, &[&missing, &page]), &cache()).unwrap_err().to_string();
    for text in [
        "no mirror gave train-images-idx3-ubyte.gz of ours",
        &format!("{}train-images-idx3-ubyte.gz: the server answered with status 404", missing.base),
        &format!(
            "{}train-images-idx3-ubyte.gz: what came is of no use: not an IDX file: a web page",
            page.base
        ),
        "by hand",
    ] {
        assert!(error.contains(text), "{text:?} is not in:\n{error}");
    }
}

#[test]
fn a_file_packed_anew_passes_if_the_hash_of_its_content_is_known() {
    let files = packed();
    let server = Server::start(by_path(&files), Manner::Good);
    let mut source = source(&files, &[&server]);
    for (published, content) in source.known.files.iter_mut().zip(contents()) {
        published.gz_sha256 = "0".repeat(64).into();
        published.content = Some(Hash::Sha256(sha256(&content).into()));
    }
    get(&source, &cache()).unwrap();
}

/// A zip archive with these members, stored or deflated.
fn zip_of(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn from_archive(source: &mut Source, archive: &str) {
    source.mirrors = Role::ALL.map(|role| {
        vec![Mirror::Member { archive: archive.into(), member: format!("{}.gz", role.file_name()) }]
    });
}

#[test]
fn emnist_comes_out_of_one_archive_and_upright() {
    let files = packed();
    let members: Vec<_> =
        by_path(&files).into_iter().map(|(name, file)| (format!("gzip/{name}"), file)).collect();
    let archive = HashMap::from([("gzip.zip".to_string(), zip_of(&members))]);
    let server = Server::start(archive, Manner::CutsAfter(3000));
    let mut source = source(&files, &[]);
    source.known.transposed = true;
    from_archive(&mut source, &format!("{}gzip.zip", server.base));
    let cache = cache();
    let dir = get(&source, &cache).unwrap();
    assert_eq!(names(&dir), ALL_FOUR, "the archive is gone");
    let ranges = server.ranges("gzip.zip");
    assert_eq!(ranges.iter().filter(|range| range.is_none()).count(), 1, "downloaded once: {ranges:?}");

    let digits = Dataset::from_dir_among(&dir, &[source.known]).unwrap();
    let stored = &contents()[0][16..];
    for y in 0..SIDE {
        for x in 0..SIDE {
            assert_eq!(digits.train.images[0][y * SIDE + x], stored[x * SIDE + y]);
        }
    }
}

#[test]
fn an_archive_that_is_damaged_or_lacks_the_file_fails_by_name() {
    let files = packed();
    for body in [zip_of(&[("readme.txt".into(), b"no".to_vec())]), b"<html>no archive".to_vec()] {
        let server = Server::start(HashMap::from([("gzip.zip".to_string(), body)]), Manner::Good);
        let mut source = source(&files, &[]);
        from_archive(&mut source, &format!("{}gzip.zip", server.base));
        let cache = cache();
        let error = get(&source, &cache).unwrap_err();
        let FetchError::AllMirrors { failures, .. } = &error else { panic!("{error}") };
        assert!(matches!(failures[0].1, Reason::Archive { .. }), "{error}");
        assert_eq!(names(&cache.path().join("ours")), [".lock"]);
    }
}

#[test]
fn the_extended_labels_of_qmnist_become_classes() {
    let mut contents = contents();
    for labels in [1, 3] {
        let classes = contents[labels][8..].to_vec();
        let mut extended = vec![0, 0, 0x0c, 2, 0, 0, 0, classes.len() as u8, 0, 0, 0, 8];
        for class in classes {
            [i32::from(class), 4, 2600, 11, 0x37, 1, 0, 0]
                .iter()
                .for_each(|value| extended.extend(value.to_be_bytes()));
        }
        contents[labels] = extended;
    }
    let files = contents.map(|content| gzip(&content));
    let server = Server::start(by_path(&files), Manner::Good);
    let cache = cache();
    let dir = get(&source(&files, &[&server]), &cache).unwrap();
    let digits = Dataset::from_dir(dir).unwrap();
    assert_eq!((digits.train.labels, digits.test.labels), (vec![3, 4, 5], vec![3, 4]));
}

#[test]
fn calls_at_the_same_time_share_one_download() {
    let files = packed();
    let server = Server::start(by_path(&files), Manner::CutsAfter(500));
    let (source, cache) = (source(&files, &[&server]), cache());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| get(&source, &cache).unwrap());
        }
    });
    let starts = server.ranges("train-images-idx3-ubyte.gz").iter().filter(|range| range.is_none()).count();
    assert_eq!(starts, 1);
}

#[test]
fn a_cache_that_cannot_be_written_and_a_proxy_that_is_none_are_named() {
    let source = Source::named("mnist").unwrap();
    let cache = cache();
    let file = cache.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = fetch(&source, &file, &hasty(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Disk { .. }) && error.to_string().contains("a file"), "{error}");
    let options = Options { proxy: Some("http://".into()), ..hasty() };
    let error = fetch(&source, cache.path(), &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Proxy { .. }), "{error}");
}

#[test]
fn a_proxy_is_used_when_it_is_given() {
    let files = packed();
    // The proxy is asked for the whole address, and the server in it does not exist.
    let proxy = Server::start(HashMap::new(), Manner::Good);
    let far = Server::at("http://far.invalid/");
    let options = Options { proxy: Some(proxy.base.trim_end_matches('/').into()), ..hasty() };
    fetch(&source(&files, &[&far]), cache().path(), &options, &mut |_| {}).unwrap_err();
    assert!(proxy.requests() > 0);
}
