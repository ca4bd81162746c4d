//! The `lenet` command.
fn main() {}
