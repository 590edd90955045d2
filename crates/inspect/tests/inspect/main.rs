//! What the program prints, and its exit codes.

use std::process::Command;

fn inspect() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sansocket-inspect"))
}

#[test]
fn the_exit_code_tells_whether_a_rule_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, code) in
        [(&b"\x81\x80\x01\x02\x03\x04\x88\x80\x01\x02\x03\x04"[..], 0), (b"\x81\x00", 1)]
    {
        let file = folder.path().join("bytes");
        std::fs::write(&file, bytes).unwrap();
        let output = inspect().arg("explain").arg(&file).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let missing = inspect().args(["explain", "/nowhere"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
}
