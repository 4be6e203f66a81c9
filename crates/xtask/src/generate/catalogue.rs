//! Makes the compact Camel catalogue that the `camel` crate embeds.
//!
//! Reads three published jars: `camel-catalog` (components, models, languages, data formats),
//! `camel-yaml-dsl` (the schema of what the YAML loader accepts) and `camel-kamelets` (the Kamelets
//! and their properties). Writes one text file: tab-separated lines in named sections, described in
//! `camel::catalogue`. Names, types and flags are facts; no prose is copied.
//!
//! Options shared by many components are written once and referred to by number, which makes the
//! file four times smaller. Output is sorted, so that a new Camel gives a readable difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use provision::lock::Jar;
use provision::{base_library, maven};
use serde_json::Value;

use crate::{cargo, machine};

/// The one jar that the base library does not hold.
const CATALOG: (&str, &str, u64) = (
    "org.apache.camel:camel-catalog:4.18.0",
    "4bdef4fb2eb026636661f4e1c24a3f34be3529114be42aa5d3d8c5c4b515f5fe",
    2_530_226,
);

const FOLDER: &str = "org/apache/camel/catalog";

/// Fetches the jars and writes the file that the `camel` crate embeds.
pub(crate) fn run() -> Result<()> {
    let base = &base_library::lock().jars;
    let of = |prefix: &str| {
        let jar = base.iter().find(|jar| jar.coordinates.starts_with(prefix));
        jar.cloned().with_context(|| format!("find `{prefix}` in the base library"))
    };
    let (coordinates, sha256, size) = CATALOG;
    let catalog = Jar { coordinates: coordinates.to_owned(), sha256: sha256.to_owned(), size };
    let jars = [
        catalog,
        of("org.apache.camel:camel-yaml-dsl:")?,
        of("org.apache.camel.kamelets:camel-kamelets:")?,
    ];
    let paths = maven::fetch_all(&jars, &machine::fetcher(), &|_| {})?;
    let [catalog, yaml_dsl, kamelets] = paths.as_slice() else {
        bail!("three jars were asked for")
    };
    let name = format!("crates/camel/data/camel-{}.catalogue", base_library::CAMEL);
    make(&Published { catalog, yaml_dsl, kamelets }, &cargo::root().join(name))
}

/// The published jars that the catalogue is made of.
struct Published<'a> {
    catalog: &'a Path,
    yaml_dsl: &'a Path,
    kamelets: &'a Path,
}

fn make(jars: &Published<'_>, out: &Path) -> Result<()> {
    let mut catalog = Archive::open(jars.catalog)?;
    let version = version(&mut catalog)?;
    let mut text = format!("format\t1\ncamel\t{version}\n");
    components(&mut catalog, &mut text)?;
    artifacts(&mut catalog, "languages", "language", &mut text)?;
    artifacts(&mut catalog, "dataformats", "dataformat", &mut text)?;
    artifacts(&mut catalog, "others", "other", &mut text)?;
    kamelets(&mut Archive::open(jars.kamelets)?, &mut text)?;
    let models = models(&mut catalog)?;
    yaml(&mut Archive::open(jars.yaml_dsl)?, &models, &mut text)?;
    xml(&models, &mut text)?;
    std::fs::write(out, text).with_context(|| format!("write {}", out.display()))
}

struct Archive {
    archive: zip::ZipArchive<File>,
}

impl Archive {
    fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
        let archive =
            zip::ZipArchive::new(file).with_context(|| format!("read {}", path.display()))?;
        Ok(Self { archive })
    }

    /// Paths of the files directly in `folder` that end in `ending`, sorted.
    fn list(&self, folder: &str, ending: &str) -> Vec<String> {
        let mut names: Vec<_> = self
            .archive
            .file_names()
            .filter(|name| {
                name.strip_prefix(folder)
                    .and_then(|rest| rest.strip_prefix('/'))
                    .is_some_and(|rest| !rest.contains('/') && rest.ends_with(ending))
            })
            .map(ToOwned::to_owned)
            .collect();
        names.sort_unstable();
        names
    }

    fn text(&mut self, name: &str) -> Result<String> {
        let mut text = String::new();
        let mut entry = self.archive.by_name(name).with_context(|| format!("find {name}"))?;
        entry.read_to_string(&mut text).with_context(|| format!("read {name}"))?;
        Ok(text)
    }

    fn json(&mut self, name: &str) -> Result<Value> {
        let text = self.text(name)?;
        serde_json::from_str(&text).with_context(|| format!("parse {name}"))
    }
}

fn version(catalog: &mut Archive) -> Result<String> {
    let json = catalog.json(&format!("{FOLDER}/components/direct.json"))?;
    Ok(string(&json["component"], "version").to_owned())
}

fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn flag(value: &Value, key: &str) -> bool {
    value[key].as_bool().unwrap_or(false)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// `camel-` is implied; another group would need a column of its own.
fn artifact(value: &Value) -> Result<String> {
    if string(value, "groupId") != "org.apache.camel" {
        bail!("unexpected group {} of {}", string(value, "groupId"), string(value, "artifactId"));
    }
    Ok(string(value, "artifactId").to_owned())
}

fn components(catalog: &mut Archive, text: &mut String) -> Result<()> {
    let mut options: BTreeMap<String, usize> = BTreeMap::new();
    let mut read = Vec::new();
    for name in catalog.list(&format!("{FOLDER}/components"), ".json") {
        let json = catalog.json(&name)?;
        let lines: Vec<_> =
            members(&json["properties"]).map(|(name, json)| option(name, json)).collect();
        for line in &lines {
            options.entry(line.clone()).or_default();
        }
        read.push((json, lines));
    }
    for (number, (_, slot)) in options.iter_mut().enumerate() {
        *slot = number;
    }
    text.push_str("[options]\n");
    for line in options.keys() {
        writeln!(text, "{line}")?;
    }
    text.push_str("[components]\n");
    for (json, lines) in &read {
        let component = &json["component"];
        let flags: String = [
            ('c', flag(component, "consumerOnly")),
            ('p', flag(component, "producerOnly")),
            ('l', flag(component, "lenientProperties")),
            ('r', flag(component, "remote")),
            ('a', flag(component, "api")),
        ]
        .into_iter()
        .filter_map(|(letter, set)| set.then_some(letter))
        .collect();
        let numbers: Vec<_> = lines.iter().map(|line| base36(options[line])).collect();
        writeln!(
            text,
            "{}\t{}\t{flags}\t{}\t{}\t{}",
            string(component, "scheme"),
            artifact(component)?,
            string(component, "syntax"),
            string(component, "alternativeSchemes"),
            numbers.join(" "),
        )?;
    }
    Ok(())
}

/// `name kind+type+flags prefix optional-prefix enum`
fn option(name: &str, json: &Value) -> String {
    let kind = if string(json, "kind") == "path" { 'p' } else { 'q' };
    let mut flags = String::new();
    for (letter, set) in [
        ('!', flag(json, "required")),
        ('s', flag(json, "secret")),
        ('m', flag(json, "multiValue")),
    ] {
        if set {
            flags.push(letter);
        }
    }
    let line = format!(
        "{name}\t{kind}{}{flags}\t{}\t{}\t{}",
        type_letter(json),
        string(json, "prefix"),
        string(json, "optionalPrefix"),
        enumeration(json),
    );
    line.trim_end_matches('\t').to_owned()
}

/// An enumeration over a Java string only documents usual values; Camel checks those of an enum.
fn type_letter(json: &Value) -> char {
    match string(json, "type") {
        "boolean" => 'b',
        "integer" => 'i',
        "number" => 'n',
        "duration" => 'd',
        "enum" if string(json, "javaType").starts_with("java.lang.") => 's',
        "enum" => 'e',
        "array" => 'a',
        "object" => 'o',
        _ => 's',
    }
}

fn enumeration(json: &Value) -> String {
    if type_letter(json) != 'e' {
        return String::new();
    }
    let values = json["enum"].as_array().into_iter().flatten();
    values.filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}

fn base36(mut number: usize) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.reverse();
    String::from_utf8_lossy(&digits).into_owned()
}

fn artifacts(catalog: &mut Archive, folder: &str, kind: &str, text: &mut String) -> Result<()> {
    writeln!(text, "[{folder}]")?;
    for name in catalog.list(&format!("{FOLDER}/{folder}"), ".json") {
        let json = catalog.json(&name)?;
        let item = &json[kind];
        writeln!(text, "{}\t{}", string(item, "name"), artifact(item)?)?;
    }
    Ok(())
}

/// `name  property!=…  dependency…`: `!` required, `=` has a default. The few lines needed of each Kamelet are
/// found by indentation, because they are all made by one formatter; a Kamelet that differs fails.
fn kamelets(jar: &mut Archive, text: &mut String) -> Result<()> {
    text.push_str("[kamelets]\n");
    for name in jar.list("kamelets", ".kamelet.yaml") {
        let content = jar.text(&name)?;
        let kamelet = name.trim_start_matches("kamelets/").trim_end_matches(".kamelet.yaml");
        let (mut properties, mut required) = (Vec::<(String, bool)>::new(), BTreeSet::new());
        let mut dependencies = Vec::new();
        let (mut path, mut lines) = (Vec::<(usize, String)>::new(), content.lines().peekable());
        while let Some(line) = lines.next() {
            let body = line.trim_start();
            if body.is_empty() || body.starts_with('#') {
                continue;
            }
            let depth = line.len() - body.len();
            path.retain(|(other, _)| *other < depth);
            let keys: Vec<_> = path.iter().map(|(_, key)| key.as_str()).collect();
            if body.starts_with("- ") {
                continue;
            }
            let Some((key, _)) = body.split_once(':') else { continue };
            if keys == ["spec", "definition", "properties"] {
                properties.push((key.to_owned(), false));
            }
            let inside = keys.len() == 4 && keys[..3] == ["spec", "definition", "properties"];
            if let (true, "default", Some(last)) = (inside, key, properties.last_mut()) {
                last.1 = true;
            }
            // A list may stand at the indentation of its own key.
            let listed = match (keys.as_slice(), key) {
                (["spec", "definition"], "required") => true,
                (["spec"], "dependencies") => false,
                _ => {
                    path.push((depth, key.to_owned()));
                    continue;
                }
            };
            while let Some(item) = lines.next_if(|next| next.trim_start().starts_with("- ")) {
                let item = item.trim_start().trim_start_matches("- ").trim();
                let item = item.trim_matches(['"', '\'']).to_owned();
                if listed {
                    required.insert(item);
                } else {
                    dependencies.push(item);
                }
            }
        }
        let known: BTreeSet<_> = properties.iter().map(|(name, _)| name.clone()).collect();
        if let Some(unknown) = required.difference(&known).next() {
            bail!("{name}: requires `{unknown}`, which is not one of its properties");
        }
        let columns = properties.iter().map(|(name, default)| {
            let required = if required.contains(name) { "!" } else { "" };
            format!("{name}{required}{}", if *default { "=" } else { "" })
        });
        if dependencies.is_empty() {
            bail!("{name}: no dependencies found");
        }
        let columns = columns.collect::<Vec<_>>().join(" ");
        writeln!(text, "{kamelet}\t{columns}\t{}", dependencies.join(" "))?;
    }
    Ok(())
}

fn models(catalog: &mut Archive) -> Result<Vec<Value>> {
    let mut out = Vec::new();
    for folder in ["models", "models-app"] {
        for name in catalog.list(&format!("{FOLDER}/{folder}"), ".json") {
            out.push(catalog.json(&name)?);
        }
    }
    Ok(out)
}

/// One line per definition of the YAML schema: `Name  flags  property:type …`.
///
/// Flags: `s` one value is enough, `e` an expression may stand among the properties. Types:
/// `b i s`, `e(A,B)` checked enumeration, `o` free map, `Name` a definition, `[Name` a list of it,
/// `[` a list of anything; `!` required.
fn yaml(jar: &mut Archive, models: &[Value], text: &mut String) -> Result<()> {
    let schema = jar.json("schema/camelYamlDsl.json")?;
    let items = &schema["items"];
    text.push_str("[yaml]\n");
    writeln!(text, "*\t\t{}", properties(items, items, None).join(" "))?;
    for (full, definition) in members(&items["definitions"]) {
        let variants = definition["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
        let scalar = variants.iter().any(|variant| variant["type"] == "string");
        let object =
            variants.iter().find(|variant| variant["type"] == "object").unwrap_or(definition);
        let choices = object["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
        let expression = choices.iter().any(|choice| {
            let variants = choice["oneOf"].as_array().into_iter().flatten();
            variants
                .map(|variant| string(variant, "$ref"))
                .any(|name| name.ends_with(".ExpressionDefinition"))
        });
        let model = models.iter().find(|model| string(&model["model"], "javaType") == full);
        let mut columns = properties(object, definition, model);
        if definition["type"] == "array" {
            columns.push(format!("[]:{}", type_of(definition, None)));
        }
        let mut flags = String::new();
        if scalar {
            flags.push('s');
        }
        if expression {
            flags.push('e');
        }
        writeln!(text, "{}\t{flags}\t{}", short(full), columns.join(" "))?;
    }
    Ok(())
}

fn properties(object: &Value, definition: &Value, model: Option<&Value>) -> Vec<String> {
    let required: BTreeSet<_> = required_of(object).chain(required_of(definition)).collect();
    let mut seen: BTreeMap<&String, &Value> = members(&object["properties"]).collect();
    // Alternatives (`anyOf`/`oneOf`) repeat their properties; the plain list holds them empty.
    let alternatives = object["anyOf"].as_array().into_iter().flatten();
    for variant in alternatives.flat_map(|choice| choice["oneOf"].as_array().into_iter().flatten())
    {
        for (name, json) in members(&variant["properties"]) {
            seen.insert(name, json);
        }
    }
    seen.into_iter()
        // Still empty: one of the languages, which the flag `e` stands for.
        .filter(|(_, json)| json.as_object().is_none_or(|json| !json.is_empty()))
        .map(|(name, json)| {
            let mark = if required.contains(name.as_str()) { "!" } else { "" };
            let model = model.map(|model| &model["properties"][name]);
            format!("{name}{mark}:{}", type_of(json, model))
        })
        .collect()
}

fn required_of(object: &Value) -> impl Iterator<Item = &str> {
    object["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn type_of(json: &Value, model: Option<&Value>) -> String {
    if let Some(name) = json["$ref"].as_str() {
        return short(name.trim_start_matches("#/items/definitions/")).to_owned();
    }
    match string(json, "type") {
        "array" => match json["items"]["$ref"].as_str() {
            Some(name) => format!("[{}", short(name.trim_start_matches("#/items/definitions/"))),
            None => "[".to_owned(),
        },
        "object" => "o".to_owned(),
        "boolean" => "b".to_owned(),
        "number" | "integer" => "i".to_owned(),
        _ => match model.map(enumeration).filter(|values| !values.is_empty()) {
            Some(values) => format!("e({values})"),
            None => "s".to_owned(),
        },
    }
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// One line per model: `name  flags  attributes  elements`, as the XML loaders read it.
///
/// Flags: `v` has text, `o` takes steps after it when it has none of its own. Elements are
/// `name=choice,choice` or `name` alone; `[` in front when they repeat.
fn xml(models: &[Value], text: &mut String) -> Result<()> {
    text.push_str("[xml]\n");
    for json in models {
        let model = &json["model"];
        let (mut attributes, mut elements, mut value) = (Vec::new(), Vec::new(), false);
        for (name, property) in members(&json["properties"]) {
            let mark = if flag(property, "required") { "!" } else { "" };
            match string(property, "kind") {
                "attribute" => {
                    let kind = match enumeration(property) {
                        values if !values.is_empty() => format!("e({values})"),
                        _ => type_letter(property).to_string(),
                    };
                    attributes.push(format!("{name}{mark}:{kind}"));
                }
                "value" => value = true,
                _ => {
                    let many = if string(property, "type") == "array" { "[" } else { "" };
                    // A sub-element keeps its own name and holds the expression.
                    let named =
                        string(property, "javaType").ends_with(".ExpressionSubElementDefinition");
                    let choices =
                        property["oneOf"].as_array().filter(|_| !named).into_iter().flatten();
                    let choices = choices.filter_map(Value::as_str).collect::<Vec<_>>().join(",");
                    let equals = if choices.is_empty() { "" } else { "=" };
                    elements.push(format!("{many}{name}{mark}{equals}{choices}"));
                }
            }
        }
        let mut flags = String::new();
        if value {
            flags.push('v');
        }
        if flag(model, "output") {
            flags.push('o');
        }
        writeln!(
            text,
            "{}\t{flags}\t{}\t{}\t{}",
            string(model, "name"),
            short(string(model, "javaType")),
            attributes.join(" "),
            elements.join(" "),
        )?;
    }
    Ok(())
}
