use super::*;
use crate::offline::manifest::{Source, read};

const SOCKET: &str = "\
apiVersion: integration.rock8s.com/v1beta1
kind: Socket
metadata: {name: pg, namespace: infra}
spec:
  interface:
    config:
      plug: {database: {required: true}}
      socket: {host: {}, port: {}}
  config: {host: db, port: 5432}
  resources:
  - template:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: 'a-{% .plugConfig.database %}'}
      data: {host: '{% .socketConfig.host %}'}
";

const PLUGS: &str = "\
---
apiVersion: integration.rock8s.com/v1beta1
kind: Plug
metadata: {name: one, namespace: infra}
spec: {socket: {name: pg}, config: {database: one}}
---
apiVersion: integration.rock8s.com/v1beta1
kind: Plug
metadata: {name: two, namespace: infra}
spec: {socket: {name: pg}}
";

fn set(text: &str) -> Set {
    let set = read(&[Source { file: "f".to_owned(), text: text.to_owned() }]);
    assert!(set.findings.is_empty(), "{:?}", set.findings);
    set
}

fn changed(new: &str) -> Difference {
    diff(&set(&format!("{SOCKET}{PLUGS}")), &set(new), Timestamp::UNIX_EPOCH)
}

#[test]
fn the_same_socket_changes_nothing() {
    let same = changed(SOCKET);
    assert!(same.is_empty(), "{}", same.text());
    assert_eq!(same.text(), "0 of 2 plugs change, 2 do not\n");
}

#[test]
fn a_key_that_goes_is_named() {
    let new = SOCKET
        .replace("socket: {host: {}, port: {}}", "socket: {host: {}}")
        .replace("{host: db, port: 5432}", "{host: other}");
    let difference = changed(&new);
    let change = &difference.changes[0];
    assert_eq!((change.plug.name.as_str(), change.verdict), ("one", Verdict::Updated));
    assert_eq!(change.lost, ["socket config.port"]);
    assert_eq!(change.changed, ["socket config.host"]);
    let object = ObjectRef::config_map("infra", "a-one");
    assert_eq!(difference.objects, [(object, Fate::Changed)]);
}

#[test]
fn a_plug_that_starts_to_couple_is_named() {
    let difference = changed(&SOCKET.replace("{required: true}", "{default: any}"));
    let two = difference.changes.iter().find(|change| change.plug.name == "two").unwrap();
    assert_eq!(two.verdict, Verdict::Couples);
    assert!(difference.objects.contains(&(ObjectRef::config_map("infra", "a-any"), Fate::Made)));
}

#[test]
fn a_renamed_template_removes_what_it_made() {
    let difference = changed(&SOCKET.replace("'a-{%", "'b-{%"));
    assert_eq!(difference.changes.len(), 1);
    let fates: Vec<_> =
        difference.objects.iter().map(|(object, fate)| (object.name.as_str(), *fate)).collect();
    assert_eq!(fates, [("a-one", Fate::Removed), ("b-one", Fate::Made)]);
}
