//! The text of the post-receive hook of a repository on this machine. Pure.
//!
//! The hook hands each branch that moved to `midplane hook post-receive`, which gives the hint and prints the answer. It never
//! fails a push and never holds one up for longer than ten seconds: the binary has its own deadline, and when it is gone
//! or the server is down, one line says so and the poll finds the commit anyway.

/// A POSIX shell script. `binary` is the full path of `midplane`, `url` the control plane's, `token_file` holds the
/// local token, `source` is the source's name.
pub fn script(binary: &str, url: &str, token_file: &str, source: &str) -> String {
    format!(
        "#!/bin/sh\n\
         # Tells Midplane that a branch moved, and prints what became of it. Never fails a push.\n\
         midplane={binary}\n\
         if [ -x \"$midplane\" ]; then\n\
         \t\"$midplane\" hook post-receive --url {url} --token-file {token} --source {source} ||\n\
         \t\techo 'midplane: no answer; the commit is picked up within seconds of its return'\n\
         else\n\
         \tcat >/dev/null\n\
         \techo \"midplane: $midplane is gone; the commit is picked up by the next poll\"\n\
         fi\n\
         exit 0\n",
        binary = quoted(binary),
        url = quoted(url),
        token = quoted(token_file),
        source = quoted(source),
    )
}

/// For a POSIX shell: single quotes, and each one inside written as `'\''`.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_a_hook_never_fails_a_push_and_takes_any_path() {
        use std::io::Write as _;
        let script = script("/no such/it's midplane", "http://127.0.0.1:1", "/t", "demo");
        let mut child = std::process::Command::new("sh")
            .args(["-c", &script])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"0 1 refs/heads/main\n").unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("/no such/it's midplane is gone"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
