//! The architecture, kept by machine: what ARCHITECTURE.md says must stay absent is looked for in the sources.
//!
//! Sources are read as text, so each check states what it reads: code means everything but comments and the module
//! `tests` at a file's end.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines from which on a file is two files.
const LONGEST: usize = 450;
/// Files that may be longer, with the reason.
const LONGER: [(&str, &str); 1] =
    [("crates/lenet/src/paper.rs", "data: the paper's tables, bitmaps and curves")];
/// Lines of the book: what a student reads in one sitting.
const LONGEST_BOOK: usize = 400;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A source file: its path from the workspace's root, with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The text without comments and without the module `tests`, which stands last.
    fn code(&self) -> String {
        let end = self.text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let lines = self.text[..end].lines().map(|line| {
            // "//" after a colon is an address in a string.
            let comment = line.match_indices("//").find(|(at, _)| *at == 0 || !line[..*at].ends_with(':'));
            comment.map_or(line, |(at, _)| &line[..at])
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The text of the `//!` lines at the top.
    fn head(&self) -> String {
        let lines = self.text.lines().take_while(|line| line.starts_with("//!"));
        lines.map(|line| line.trim_start_matches("//!").trim()).collect::<Vec<_>>().join("\n")
    }

    /// The module's path below the crate: `src/train/run.rs` is train::run, `src/train/mod.rs` is train.
    fn module(&self) -> Vec<&str> {
        let (_, below) = self.path.split_once("/src/").expect("every source lies in some src/");
        let below = below.trim_end_matches(".rs").trim_end_matches("/mod");
        if below == "lib" { Vec::new() } else { below.split('/').collect() }
    }
}

/// The Rust files below a folder of the workspace, in order of their paths.
fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_string()];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(workspace().join(&folder)).unwrap_or_else(|error| panic!("{folder}: {error}"))
        {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.ends_with(".rs") {
                found
                    .push(Source { text: fs::read_to_string(entry.path()).unwrap().replace('\r', ""), path });
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no Rust files");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn library() -> Vec<Source> {
    sources("crates/lenet/src")
}

/// The names after `pub mod` in a file's code, in order.
fn public_modules(source: &Source) -> Vec<String> {
    let code = source.code();
    let names = code.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_string).collect()
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// What follows a path to the crate's root: one name, or the first names of a braced list.
fn names_after(text: &str) -> Vec<&str> {
    let Some(list) = text.strip_prefix('{') else { return vec![identifier(text)] };
    let (mut depth, mut names, mut item) = (0, Vec::new(), 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth == 0 => {
                names.push(identifier(list[item..at].trim()));
                item = at + 1;
            }
            '}' => {
                names.push(identifier(list[item..at].trim()));
                break;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The top-level modules that a file's code names, by `crate::` or by as many `super::` as lead to the root.
fn imports(source: &Source) -> Vec<String> {
    let code = source.code();
    let depth = source.module().len();
    let to_root = "super::".repeat(depth);
    let mut found = Vec::new();
    for root in ["crate::", &to_root] {
        for (at, _) in code.match_indices(root).filter(|_| !root.is_empty()) {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            if !before.is_alphanumeric() && !"_:$".contains(before) {
                found.extend(names_after(&code[at + root.len()..]).into_iter().map(str::to_string));
            }
        }
    }
    found
}

/// Fails with all offences at once.
fn none(rule: &str, offences: Vec<String>) {
    assert!(offences.is_empty(), "{rule}:\n  {}\n", offences.join("\n  "));
}

#[test]
fn modules_import_only_from_above() {
    let library = library();
    let root = library.iter().find(|source| source.module().is_empty()).expect("lib.rs is there");
    let order = public_modules(root);
    assert!(order.len() >= 8, "lib.rs lists the stages: {order:?}");
    let place = |name: &str| order.iter().position(|known| known == name);
    let mut offences = Vec::new();
    let mut edges = 0;
    for source in &library {
        let Some(stage) = source.module().first().copied() else { continue };
        let here = place(stage).unwrap_or_else(|| panic!("{}: lib.rs has no `pub mod {stage}`", source.path));
        for name in imports(source) {
            edges += 1;
            match place(&name) {
                Some(there) if there <= here => {}
                Some(_) => {
                    offences.push(format!("{} imports {name}, which comes after {stage}", source.path))
                }
                None => offences.push(format!("{} imports crate::{name}, which is no stage", source.path)),
            }
        }
    }
    assert!(edges >= 20, "only {edges} imports were found: does this test still understand the sources?");
    none("A module imports only from modules above it in lib.rs", offences);
}

#[test]
fn the_library_neither_prints_nor_asks_its_environment_nor_exits() {
    let absent =
        ["print!", "println!", "eprint!", "eprintln!", "dbg!", "std::env", "env::var", "process::exit"];
    let mut offences = Vec::new();
    for source in library() {
        for (n, line) in source.code().lines().enumerate() {
            let found = absent.iter().filter(|word| {
                line.match_indices(**word).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric()))
            });
            offences.extend(found.map(|word| format!("{}:{}: {word}", source.path, n + 1)));
        }
    }
    none("The library reports events and errors; only programs talk to people", offences);
}

#[test]
fn kernels_know_no_file_clock_thread_or_random_number() {
    let absent =
        ["std::fs", "std::io", "std::net", "std::time", "Instant", "std::thread", "rand::", "std::sync"];
    let mut offences = Vec::new();
    for source in sources("crates/lenet/src/kernels") {
        let code = source.code();
        let found = absent.iter().filter(|word| code.contains(**word));
        offences.extend(found.map(|word| format!("{}: {word}", source.path)));
    }
    none("Kernels are arithmetic", offences);
}

#[test]
fn grey_levels_become_inputs_in_one_place() {
    let place = "crates/lenet/src/data/normalise.rs";
    let programs = [library(), sources("crates/lenet-cli/src")];
    let users: Vec<String> = programs
        .iter()
        .flatten()
        .filter(|source| source.code().contains("1.175"))
        .map(|s| s.path.clone())
        .collect();
    assert_eq!(users, [place], "the scale of page 7 is defined in {place} and used from there");
}

#[test]
fn no_source_file_is_two_files() {
    let mut offences = Vec::new();
    for entry in fs::read_dir(workspace().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        for source in sources(&format!("crates/{name}/src")) {
            let lines = source.text.lines().count();
            let limit = if source.path == "crates/reference/src/lib.rs" { LONGEST_BOOK } else { LONGEST };
            if lines > limit && LONGER.iter().all(|(path, _)| *path != source.path) {
                offences.push(format!("{}: {lines} lines, at most {limit}", source.path));
            }
        }
    }
    none("Ask which two files this is, or list it in LONGER with the reason", offences);
    for (path, reason) in LONGER {
        assert!(workspace().join(path).exists(), "LONGER lists {path} ({reason}), which is gone");
    }
}

#[test]
fn every_public_module_says_what_it_is_and_shows_it() {
    let library = library();
    let file = |module: &[&str]| {
        library
            .iter()
            .find(|source| source.module() == module)
            .unwrap_or_else(|| panic!("no file for {module:?}"))
    };
    // An example is a code block that the compiler sees, in the head of the module, or of each public module inside
    // a module that only leads to them.
    fn shows<'a>(module: &[&str], file: &impl Fn(&[&str]) -> &'a Source) -> Result<(), String> {
        let source = file(module);
        let head = source.head();
        if head.is_empty() {
            return Err(format!("{}: no //! at the top", source.path));
        }
        let fences = head.lines().filter(|line| line.starts_with("```")).step_by(2);
        if fences.map(|fence| &fence[3..]).any(|kind| kind.is_empty() || kind == "no_run") {
            return Ok(());
        }
        let inside = public_modules(source);
        if inside.is_empty() {
            return Err(format!("{}: no example in its //! head", source.path));
        }
        inside.iter().try_for_each(|name| shows(&[module, &[name.as_str()]].concat(), file))
    }
    let mut offences = Vec::new();
    for source in &library {
        for name in public_modules(source) {
            offences.extend(shows(&[&source.module()[..], &[name.as_str()]].concat(), &file).err());
        }
    }
    offences.sort();
    offences.dedup();
    none("A public module's page begins with a sentence and an example", offences);
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let design = fs::read_to_string(workspace().join("docs/DESIGN.md")).unwrap();
    let (_, reasons) =
        design.split_once("\n## Dependencies\n").expect("DESIGN.md has a section on dependencies");
    let table = manifest.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1);
    let names: Vec<&str> = table
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#') && !line.contains("path = "))
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .collect();
    assert!(names.len() >= 20, "{names:?}");
    let missing = names.iter().filter(|name| !reasons.contains(&format!("`{name}`")));
    none("docs/DESIGN.md, Dependencies, lacks", missing.map(|name| name.to_string()).collect());
}
