//! Prints the GraphQL schema, each field with its permission; `cargo xtask generate schema` keeps it in the docs.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() -> Result<(), control::graphql::permission::Unreadable> {
    print!("{}", control::graphql::Api::new()?.sdl());
    Ok(())
}
