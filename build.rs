//! Embeds the definitions: lists `checks/<area>/<id>.yaml` in order, so that a new file is all that a check needs.

#![expect(clippy::disallowed_methods, reason = "a build script reads the sources of this package")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?).join("checks");
    println!("cargo::rerun-if-changed=checks");
    let (mut table, mut knowledge) = (String::from("&[\n"), String::from("&[\n"));
    for area in entries(&root)?.into_iter().filter(|path| path.is_dir()) {
        for file in entries(&area)?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "yaml")) {
            let (area, id) = (stem(&area), stem(&file));
            // Not the path as it is now: a build directory that two checkouts share would embed the other's files.
            let path = format!("/checks/{area}/{id}.yaml");
            let text = format!(r#"include_str!(concat!(env!("CARGO_MANIFEST_DIR"), {path:?}))"#);
            let _ = match area.as_str() {
                "knowledge" => writeln!(knowledge, "    ({id:?}, {text}),"),
                _ => writeln!(table, "    ({area:?}, {id:?}, {text}),"),
            };
        }
    }
    table.push_str("]\n");
    knowledge.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("knowledge.rs"), knowledge)?;
    fs::write(out.join("definitions.rs"), table)
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
