//! Embedded migrations are part of the source: a new file compiles the crate again.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
