//! The order of files, blocks and modules decides nothing.

use serde_json::json;

use super::{Evaluated, files};

const BLOCKS: [&str; 12] = [
    "variable \"names\" {\n  default = [\"x\", \"y\"]\n}",
    "locals {\n  first = local.second\n}",
    "locals {\n  second = { for name in var.names : name => upper(name) }\n}",
    "module \"a\" {\n  source   = \"./part\"\n  for_each = local.first\n  value    = each.value\n}",
    "module \"b\" {\n  source = \"./part\"\n  value  = join(\",\", [for it in module.a : it.value])\n}",
    "module \"gone\" {\n  source  = \"example/gone/aws\"\n  version = \"1.2.3\"\n}",
    "resource \"a_b\" \"one\" {\n  value = module.b.value\n  id    = a_b.two.id\n}",
    "resource \"a_b\" \"two\" {\n  count = 2\n  value = module.gone.value\n}",
    "resource \"a_b\" \"three\" {\n  value = data.a_b.here.value\n  wrong = local.missing\n}",
    "data \"a_b\" \"here\" {\n  value = a_b.one.value\n}",
    "provider \"a\" {\n  region = \"r\"\n}",
    "output \"all\" {\n  value = a_b.one\n}",
];

const PART: [&str; 3] = [
    "variable \"value\" {}",
    "output \"value\" {\n  value = \"<${a_b.part.value}>\"\n}",
    "resource \"a_b\" \"part\" {\n  value = var.value\n}",
];

/// A small generator of pseudo-random numbers (Numerical Recipes, chapter 7.1): the same orders in every run.
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit
    }

    fn shuffled<'t>(&mut self, blocks: &[&'t str]) -> Vec<&'t str> {
        let mut blocks = blocks.to_vec();
        for at in (1..blocks.len()).rev() {
            blocks.swap(at, self.below(at + 1));
        }
        blocks
    }
}

/// Deals blocks out to files.
fn dealt(numbers: &mut Numbers, folder: &str, blocks: &[&str]) -> Vec<(String, String)> {
    let mut dealt = vec![String::new(); 1 + numbers.below(4)];
    for block in numbers.shuffled(blocks) {
        let file = numbers.below(dealt.len());
        dealt[file] = format!("{}{block}\n", dealt[file]);
    }
    let files = dealt.into_iter().enumerate();
    files
        .map(|(at, text)| (format!("{folder}{at}.tf"), text))
        .collect()
}

/// All that is said, without places: those move with the blocks.
fn said(made: &Evaluated) -> String {
    let resources = made.evaluation.resources.iter();
    let resources: Vec<_> = resources
        .map(|it| {
            let header = made.source(it.header);
            json!([
                it.address.to_string(),
                super::to_json(&it.properties),
                header
            ])
        })
        .collect();
    let mut messages = made.messages();
    messages.sort();
    json!([resources, messages]).to_string()
}

#[test]
fn shuffled_files_and_blocks_give_the_same_resources() {
    let mut numbers = Numbers(1);
    let mut first = None;
    for round in 0..200 {
        let mut texts = dealt(&mut numbers, "", &BLOCKS);
        texts.extend(dealt(&mut numbers, "part/", &PART));
        let named: Vec<(&str, &str)> = texts.iter().map(|(a, b)| (&**a, &**b)).collect();
        let made = said(&files(&named));
        let first = first.get_or_insert_with(|| made.clone());
        assert_eq!(&made, first, "round {round}: {texts:#?}");
    }
    let first = first.expect("a round");
    assert!(first.contains("module `example/gone/aws 1.2.3` is not here"));
    assert!(first.contains("<<X>,<Y>>"), "{first}");
}

#[test]
fn fetched_modules_are_found_where_the_manifest_says() {
    let manifest = r#"{"Modules": [
        {"Key": "", "Source": "", "Dir": "."},
        {"Key": "net", "Source": "registry.terraform.io/example/net/aws", "Version": "1.2.3", "Dir": ".terraform/modules/net"},
        {"Key": "net.inner", "Source": "./inner", "Dir": ".terraform/modules/net/inner"},
        {"Key": "kept", "Source": "git::https://example.com/kept.git", "Dir": "vendor/kept"}
    ]}"#;
    let made = files(&[
        (
            "main.tf",
            "module \"net\" {\n  source = \"example/net/aws\"\n  version = \"1.2.3\"\n  name = \"n\"\n}\nmodule \"kept\" {\n  source = \"git::https://example.com/kept.git\"\n}\nmodule \"gone\" {\n  source = \"git::https://example.com/gone.git?ref=v1\"\n}\n",
        ),
        (".terraform/modules/modules.json", manifest),
        (
            ".terraform/modules/net/main.tf",
            "variable \"name\" {}\nmodule \"inner\" {\n  source = \"./inner\"\n  name = var.name\n}\n",
        ),
        (
            ".terraform/modules/net/inner/main.tf",
            "variable \"name\" {}\nresource \"a_b\" \"inner\" {\n  name = var.name\n}\n",
        ),
        ("vendor/kept/main.tf", "resource \"a_b\" \"kept\" {}\n"),
    ]);
    assert_eq!(
        made.addresses(),
        ["module.kept.a_b.kept", "module.net.module.inner.a_b.inner"]
    );
    assert_eq!(
        made.json("module.net.module.inner.a_b.inner", "name"),
        json!("n")
    );
    assert_eq!(
        made.messages(),
        ["module `git::https://example.com/gone.git?ref=v1` is not here"]
    );
}
