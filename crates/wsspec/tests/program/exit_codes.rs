use crate::{
    server::{Fault, start},
    wsspec::{BAD, GOOD, judge, wsspec},
};

#[test]
fn a_server_as_expected_is_0() {
    let ended = judge(&start(Fault::None), GOOD, &[]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("rfc6455 5.1         1 pass\n"), "{}", ended.out);
    assert!(ended.out.contains("1 case: 1 pass, 0 warn, 0 fail, 0 skip in "), "{}", ended.out);
}

#[test]
fn a_broken_rule_is_1_and_is_explained() {
    let ended = judge(&start(Fault::Lenient), BAD, &[]);
    assert_eq!(ended.code, 1);
    for part in [
        "FAIL  rfc6455/5.1/unmasked-text (must)\n",
        "  rule      RFC 6455 5.1 (6455-5.1-2)\n            ",
        "  expected  a Close frame with 1002\n",
        "  came      status 101\n",
        "            the text \"Hello\"\n",
        // The bytes, field by field.
        "    client frame at ",
    ] {
        assert!(ended.out.contains(part), "{part} is missing:\n{}", ended.out);
    }
}

#[test]
fn a_wrong_call_is_2() {
    for arguments in [
        &["server"][..],
        &["server", "http://127.0.0.1/"],
        &["server", "ws://127.0.0.1:1/", "--filter", "no such case"],
        &["server", "ws://127.0.0.1:1/", "--profile", "everything"],
        &["server", "ws://127.0.0.1:1/", "--baseline", "no/such/file"],
        &["explain", "rfc6455/0/nothing"],
        &["replay", "rfc6455/0/nothing", "ws://127.0.0.1:1/"],
    ] {
        let ended = wsspec(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}");
        assert!(ended.out.is_empty() && !ended.err.is_empty(), "{arguments:?}: {}", ended.out);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_2_and_the_rest_is_printed() {
    let ended = judge(&start(Fault::None), GOOD, &["--json", "no/such/folder/report.json"]);
    assert_eq!(ended.code, 2);
    assert!(ended.out.contains("1 pass") && ended.err.contains("no/such/folder"), "{}", ended.err);
}

#[test]
fn a_server_that_is_not_there_is_3() {
    // Nothing listens on port 1.
    let ended = judge("ws://127.0.0.1:1/", GOOD, &[]);
    assert_eq!((ended.code, &*ended.out), (3, ""));
    assert!(ended.err.contains("127.0.0.1:1"), "{}", ended.err);
}

#[test]
fn a_command_that_cannot_be_started_is_2() {
    let ended = wsspec(&["server", "ws://127.0.0.1:1/", "--", "no-such-program-anywhere"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("no-such-program-anywhere"), "{}", ended.err);
}

#[test]
fn a_warning_decides_if_it_is_strict() {
    // It ends the connection, but does not say why.
    let url = start(Fault::Silent);
    assert_eq!(judge(&url, BAD, &[]).code, 0);
    let strict = judge(&url, BAD, &["--strict"]);
    assert_eq!(strict.code, 1);
    assert!(strict.out.contains("WARN  rfc6455/5.1/unmasked-text"), "{}", strict.out);
}

#[test]
fn a_replay_prints_all_that_crossed_the_wire() {
    let (good, bad) = (start(Fault::None), start(Fault::Lenient));
    let passed = wsspec(&["replay", BAD, &good]);
    assert_eq!(passed.code, 0);
    assert!(passed.out.starts_with("PASS  rfc6455/5.1/unmasked-text"), "{}", passed.out);
    assert!(passed.out.contains("client request at 0") && passed.out.contains("server frame at "));
    assert_eq!(wsspec(&["replay", BAD, &bad]).code, 1);
}
