//! Prints the reference of all facts: `cargo run --example facts > checks/FACTS.md`.

fn main() {
    print!("{}", cc_doctor::fact::catalogue::reference());
}
