//! The reference of the options in the README is the help text of the program.
//!
//! `CC_DOCTOR_UPDATE_README=1 cargo test --test readme` writes it anew.

use std::path::Path;

const START: &str = "<!-- options:start -->\n";
const END: &str = "<!-- options:end -->";

#[test]
fn the_readme_holds_the_present_help_text() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).expect("README.md");
    let (before, rest) = readme.split_once(START).expect("a start marker");
    let (present, after) = rest.split_once(END).expect("an end marker");
    let wanted = format!("```text\n{}\n```\n", cc_doctor::cli::reference());
    if present == wanted {
        return;
    }
    if std::env::var_os("CC_DOCTOR_UPDATE_README").is_some() {
        std::fs::write(&path, format!("{before}{START}{wanted}{END}{after}")).expect("README.md can be written");
        return;
    }
    panic!("the options in README.md are stale: run CC_DOCTOR_UPDATE_README=1 cargo test --test readme");
}
