use super::*;
use crate::offline::manifest::{Source, read};

const FILES: &str = "\
apiVersion: integration.rock8s.com/v1beta1
kind: Socket
metadata: {name: postgres, namespace: infra}
spec:
  validation: {namespaceWhitelist: ['^orders$']}
  interface:
    config:
      plug: {database: {required: true}, schema: {default: public}}
      socket: {host: {}, password: {}}
    result:
      socket: {url: {}}
  configSecretName: admin
  configTemplate: {host: 'db.{% .socket.metadata.namespace %}'}
  resultTemplate: {url: 'postgres://{% .socketConfig.host %}/{% .plugConfig.database %}'}
  resources:
  - template:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: 'grant-{% .plugConfig.database %}'}
      data: {schema: '{% .plugConfig.schema %}'}
---
apiVersion: v1
kind: Secret
metadata: {name: admin, namespace: infra}
stringData: {password: hunter2}
---
apiVersion: integration.rock8s.com/v1beta1
kind: Plug
metadata: {name: orders, namespace: orders}
spec:
  socket: {name: postgres, namespace: infra}
  config: {database: overridden, debug: 'yes'}
  configTemplate: {database: '{% .plug.metadata.name %}'}
  publishSecret: {}
";

fn rendered(text: &str, show: bool) -> Rendering {
    let set = read(&[Source { file: "all.yaml".to_owned(), text: text.to_owned() }]);
    assert!(set.findings.is_empty(), "{:?}", set.findings);
    render(&set, Timestamp::UNIX_EPOCH, show)
}

#[test]
fn everything_is_shown_with_where_it_came_from() {
    let rendering = rendered(FILES, false);
    assert!(rendering.is_whole(), "{}", rendering.plugs[0].message);
    let text = rendering.text().unwrap();
    for line in [
        "#   plug config.database = orders  from spec.configTemplate (all.yaml:33), over spec.config",
        "#   plug config.schema = public  from default of the interface",
        "#   socket config.host = db.infra  from spec.configTemplate (all.yaml:13)",
        "#   socket config.password = (hidden)  from spec.configSecretName (Secret infra/admin) (all.yaml:12)",
        "# from plug orders/orders spec.publishSecret (all.yaml:34), as service account orders/default",
        "#   dropped plug config.debug: not declared by the interface",
        "# from socket infra/postgres spec.resources[0].template (all.yaml:17), as service account infra/default",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
    }
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
    assert!(rendered(FILES, true).text().unwrap().contains("hunter2"));
    let made: Vec<_> =
        rendering.objects.iter().map(|object| object.made.reference.to_string()).collect();
    assert!(made.contains(&"ConfigMap infra/grant-orders".to_owned()), "{made:?}");
    assert!(made.contains(&"Secret orders/orders-postgres".to_owned()), "{made:?}");
}

#[test]
fn the_stream_is_yaml_that_could_be_applied() {
    let text = rendered(FILES, false).text().unwrap();
    let documents = template::render_documents(&text).unwrap();
    assert_eq!(documents.len(), rendered(FILES, false).objects.len());
}

#[test]
fn what_is_missing_is_said_as_the_operator_says_it() {
    let without = FILES
        .replace("database: overridden, ", "")
        .replace("  configTemplate: {database: '{% .plug.metadata.name %}'}\n", "");
    let rendering = rendered(&without, false);
    assert!(!rendering.is_whole());
    let message = &rendering.plugs[0].message;
    assert!(message.contains("requires config `database`"), "{message}");
    assert_eq!(rendering.json()["plugs"][0]["coupled"], false);
}

#[test]
fn another_namespace_needs_consent() {
    let rendering = rendered(&FILES.replace("'^orders$'", "'^shop$'"), false);
    let message = &rendering.plugs[0].message;
    assert!(message.contains("does not admit namespace orders"), "{message}");
    assert!(rendering.objects.is_empty());
}
