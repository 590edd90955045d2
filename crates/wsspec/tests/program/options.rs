use std::path::Path;

use serde_json::Value;

use crate::{
    server::{Fault, start},
    wsspec::{BAD, GOOD, judge, report, verdicts, wsspec},
};

/// Judges a good server with options, and returns the ids in the order in which they ran.
fn ids(folder: &Path, options: &[&str]) -> Vec<String> {
    let json = folder.join("report.json");
    let url = start(Fault::None);
    let all = [&["server", &url, "--json", json.to_str().unwrap()], options].concat();
    let ended = wsspec(&all);
    assert!(ended.code < 2, "{}{}", ended.out, ended.err);
    let report = report(&json);
    verdicts(&report).into_iter().map(|(id, _)| id.to_owned()).collect()
}

#[test]
fn a_filter_takes_words_of_ids_and_titles() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(ids(folder.path(), &["--filter", BAD]), [BAD]);
    let found = ids(folder.path(), &["--filter", "UNMASKED 5.1"]);
    assert!(found.iter().any(|id| id == BAD) && !found.iter().any(|id| id == GOOD), "{found:?}");
}

#[test]
fn a_profile_chooses_cases() {
    let folder = tempfile::tempdir().unwrap();
    let found = ids(folder.path(), &["--profile", "chapter-5", "--filter", "mask"]);
    assert!(found.iter().any(|id| id == BAD));
    assert!(found.iter().all(|id| id.starts_with("rfc6455/5.")), "{found:?}");
    let ended = judge(&start(Fault::None), BAD, &["--profile", "deflate"]);
    assert_eq!(ended.code, 2, "the case has nothing to do with compression");
}

#[test]
fn a_seed_decides_the_order() {
    let folder = tempfile::tempdir().unwrap();
    let shuffled = |seed| ids(folder.path(), &["--filter", "rfc6455/5.1/", "--shuffle", seed]);
    let orders: Vec<_> = ["1", "2", "3", "4", "5", "6"].map(shuffled).to_vec();
    assert_eq!(shuffled("1"), orders[0]);
    assert!(orders.iter().any(|order| order != &orders[0]), "{orders:?}");
    let sorted = orders.into_iter().map(|mut order| {
        order.sort_unstable();
        order
    });
    let sorted: Vec<_> = sorted.collect();
    assert!(sorted.windows(2).all(|pair| pair[0] == pair[1]), "all cases run, in any order");
}

#[test]
fn longer_messages_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let found = ids(folder.path(), &["--filter", "rfc6455/5.1/", "--max-message", "5"]);
    assert!(found.iter().any(|id| id == BAD), "its message has five bytes");
    let ended = judge(&start(Fault::None), BAD, &["--max-message", "4"]);
    assert_eq!(ended.code, 2, "{}", ended.out);
}

#[test]
fn what_is_sent_is_cut() {
    let url = start(Fault::None);
    for cut in ["whole", "one-byte", "every-byte"] {
        assert_eq!(judge(&url, GOOD, &["--cut", cut]).code, 0, "{cut}");
    }
}

#[test]
fn a_header_is_sent() {
    let url = start(Fault::None);
    let ended = wsspec(&["replay", GOOD, &url, "--header", "X-Tenant: 7"]);
    assert_eq!(ended.code, 0);
    assert!(ended.out.contains("X-Tenant"), "{}", ended.out);
}

#[test]
fn cases_are_listed() {
    let text = wsspec(&["list", "unmasked", "text"]);
    assert!(text.code == 0 && text.out.contains(BAD), "{}", text.out);
    assert_eq!(wsspec(&["list", "no", "such", "case"]).code, 1);
    let json = wsspec(&["list", "--json", BAD]);
    let listed: Value = serde_json::from_str(&json.out).unwrap();
    let case = &listed[0];
    assert_eq!(
        (&case["id"], &case["roles"], &case["level"]),
        (&BAD.into(), &"server".into(), &"must".into())
    );
    assert!(case["rules"][0] == "6455-5.1-2" && case["section"] == "5.1" && case["set"] == 1);
    assert!(wsspec(&["explain", BAD]).out.contains("send a text \"Hello\""));
}

#[test]
fn cases_of_autobahn_are_listed_with_both_ids() {
    let listed = wsspec(&["list", "--autobahn"]);
    let (found, rest) = listed.out.split_once("\n\n").unwrap();
    let both = |line: &str| line.split_whitespace().count() > 1;
    assert!(found.lines().all(both) && found.lines().any(|line| line.ends_with(" 6.4.3")));
    assert!(!found.contains(BAD), "Autobahn has no such case");
    assert!(rest.contains("counterpart"), "{rest}");
    let few = wsspec(&["list", "--autobahn", "6.4.3"]);
    assert_eq!(few.out.lines().count(), 1, "{}", few.out);
}

#[test]
fn what_measures_prints_numbers() {
    let options = ["--profile", "perf", "--filter", "perf/text-of-65536"];
    let ended = wsspec(&[&["server", &start(Fault::None)], &options[..]].concat());
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    let line = ended.out.lines().find(|line| line.contains("perf/text-of-65536")).unwrap();
    assert!(line.contains(" ms ") && line.ends_with(" MB/s"), "{line}");
}

#[test]
fn options_for_servers_are_refused_for_clients() {
    for options in [["--cut", "every-byte"], ["--header", "X-Tenant: 7"]] {
        let ended = wsspec(&[&["client", "--filter", GOOD], &options[..]].concat());
        assert_eq!((ended.code, &*ended.out), (2, ""), "{}", ended.err);
        assert!(ended.err.contains(&format!("{} ", options[0])), "{}", ended.err);
        assert!(ended.err.contains("is not for clients"), "{}", ended.err);
    }
}

#[test]
fn a_replay_is_cut_on_request() {
    let ended = wsspec(&["replay", GOOD, &start(Fault::None), "--cut-after", "3"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("the first of 3 bytes"), "{}", ended.out);
}
