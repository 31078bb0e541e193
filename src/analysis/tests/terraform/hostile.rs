//! Hostile input ends, soon and with a word about it.

use std::fmt::Write;
use std::time::Instant;

use serde_json::json;

use super::{files, text};

fn timed(name: &str, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    eprintln!("{name}: {:.2} s", start.elapsed().as_secs_f64());
}

#[test]
fn ten_thousand_instances() {
    timed("10,000 instances", || {
        let made =
            text("resource \"a_b\" \"c\" {\n  count = 10000\n  n = \"x-${count.index}\"\n}\n");
        assert_eq!(made.evaluation.resources.len(), 10_000);
    });
    let made = text("resource \"a_b\" \"c\" { count = 100000000 }\n");
    assert_eq!(made.addresses(), ["a_b.c[*]"]);
    assert!(
        made.messages()[0].contains("instances"),
        "{:?}",
        made.messages()
    );
}

#[test]
fn a_chain_of_locals_and_one_of_modules() {
    timed("10,000 locals", || {
        let mut source = String::from("locals {\n  l0 = 1\n");
        for at in 1..10_000 {
            let _ = writeln!(source, "  l{at} = local.l{} + 1", at - 1);
        }
        source.push_str("}\nresource \"a_b\" \"c\" { v = local.l9999 }\n");
        let made = text(&source);
        assert_eq!(made.evaluation.resources.len(), 1);
    });
    timed("1,000 modules", || {
        let mut all = vec![("main.tf".to_owned(), "module \"m\" {\n  source = \"./m0\"\n  v = 1\n}\nresource \"a_b\" \"c\" { v = module.m.o }\n".to_owned())];
        for at in 0..1000 {
            let next = if at == 999 {
                "output \"o\" { value = var.v }\n".to_owned()
            } else {
                format!(
                    "module \"m\" {{\n  source = \"../m{}\"\n  v = var.v\n}}\noutput \"o\" {{ value = module.m.o }}\n",
                    at + 1
                )
            };
            all.push((
                format!("m{at}/main.tf"),
                format!("variable \"v\" {{}}\n{next}resource \"a_b\" \"x\" {{}}\n"),
            ));
        }
        let borrowed: Vec<(&str, &str)> =
            all.iter().map(|(path, text)| (&**path, &**text)).collect();
        let made = files(&borrowed);
        assert_eq!(made.evaluation.resources.len(), 1001);
    });
}

#[test]
fn quadratic_and_exponential_work_stops() {
    timed("nested loops", || {
        let made = text(
            "locals {\n  a = [for i in split(\"\", \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\") : i]\n  b = [for i in local.a : [for j in local.a : [for k in local.a : [for l in local.a : [for m in local.a : m]]]]]\n}\nresource \"a_b\" \"c\" { v = local.b }\n",
        );
        assert_eq!(made.evaluation.resources.len(), 1);
    });
    timed("doubling", || {
        let mut source = String::from("locals {\n  l0 = \"xxxxxxxxxx\"\n");
        for at in 1..60 {
            let _ = writeln!(
                source,
                "  l{at} = \"${{local.l{0}}}${{local.l{0}}}\"\n  t{at} = [local.l{0}, local.l{0}]",
                at - 1
            );
        }
        source.push_str("}\nresource \"a_b\" \"c\" { v = local.l59 }\n");
        text(&source);
    });
    timed("doubling lists", || {
        let mut source = String::from("locals {\n  l0 = [1]\n");
        for at in 1..60 {
            let _ = writeln!(source, "  l{at} = [local.l{0}, local.l{0}]", at - 1);
        }
        source.push_str("}\nresource \"a_b\" \"c\" { v = local.l59 }\n");
        text(&source);
    });
}

#[test]
fn what_is_too_large_is_told() {
    let told = |source: &str, expected: &str| {
        let made = text(source);
        let messages = made.messages().join("\n");
        assert!(messages.contains(expected), "{expected}: {messages}");
    };
    timed("range", || {
        told(
            "resource \"a_b\" \"c\" { v = range(1000000000) }\n",
            "more than 1024 values",
        );
    });
    timed("product", || {
        let source = "locals { r = range(1000) }\nresource \"a_b\" \"c\" { v = setproduct(local.r, local.r, local.r) }\n";
        told(source, "setproduct: more than 100000 combinations");
    });
    timed("loops in loops", || {
        told(
            "locals { r = range(1024) }\nresource \"a_b\" \"c\" { v = [for a in local.r : [for b in local.r : [for c in local.r : a + b + c]]] }\n",
            "evaluation stops after",
        );
    });
    timed("comparisons", || {
        let made = text(
            "locals { p = setproduct(range(200), range(200)) }\nresource \"a_b\" \"c\" { v = [length(distinct(local.p)), length(setsubtract(local.p, local.p)), length(matchkeys(local.p, local.p, local.p))] }\n",
        );
        assert_eq!(made.json("a_b.c", "v"), json!([40_000, 0, 40_000]));
    });
    timed("a large template", || {
        let line =
            "%{ for x in range(1024) }%{ for y in range(1024) }0123456789%{ endfor }%{ endfor }";
        told(
            &format!("resource \"a_b\" \"c\" {{ v = \"{line}\" }}\n"),
            "longer than 8 MiB",
        );
    });
    timed("deep nesting", || {
        let (open, close) = ("[".repeat(5000), "]".repeat(5000));
        let made = text(&format!(
            "resource \"a_b\" \"c\" {{ v = {open}1{close} }}\n"
        ));
        assert!(!made.messages().is_empty());
        assert_eq!(made.addresses(), ["a_b.c"]);
    });
    timed("deep blocks", || {
        let (open, close) = ("b {\n".repeat(70), "}\n".repeat(70));
        let source = format!("resource \"a_b\" \"c\" {{\n{open}{close}}}\n");
        told(&source, "blocks nested more than 60 deep");
    });
}

#[test]
fn a_text_that_gets_too_long_is_not_known_and_told() {
    let texts =
        "locals {\n  a = format(\"%09000d\", 1)\n  l = [for i in range(200) : local.a]\n}\n";
    for expression in [
        "replace(local.a, \"0\", local.a)",
        "replace(local.a, \"/(0)/\", \"$1${local.a}\")",
        "join(local.a, [for i in range(1024) : i])",
        "jsonencode([for i in range(1024) : local.l])",
        "format(join(\"\", [for i in range(1024) : \"%09999d\"]), [for i in range(1024) : i]...)",
        "formatlist(local.a, range(1024))",
        "indent(1000000, replace(local.a, \"0\", \"\\n\"))",
        "indent(1000000000, \"a\\nb\")",
    ] {
        let message = format!(
            "{}: a text longer than 8 MiB",
            expression.split('(').next().unwrap_or_default()
        );
        // It is not wrong, so that nothing else is taken in its place.
        for used in [
            expression.to_owned(),
            format!("try({expression}, \"\")"),
            format!("{{ v = {expression} }}.v"),
        ] {
            let made = text(&format!("{texts}resource \"a_b\" \"c\" {{ v = {used} }}\n"));
            assert_eq!(
                made.json("a_b.c", "v"),
                json!({"$unknown": format!("{message}: limit reached")}),
                "{used}"
            );
            assert!(
                made.messages().contains(&message),
                "{used}: {:?}",
                made.messages()
            );
        }
    }
    let made = text(&format!(
        "{texts}resource \"a_b\" \"c\" {{ v = length(join(\"\", local.l)) }}\n"
    ));
    assert_eq!(made.json("a_b.c", "v"), json!(1_800_000));
    assert_eq!(made.messages(), Vec::<String>::new());
}

#[test]
fn cycles_are_told() {
    let made = files(&[
        (
            "main.tf",
            "module \"a\" { source = \"./a\" }\nresource \"a_b\" \"x\" { v = a_b.y.v }\nresource \"a_b\" \"y\" { v = a_b.x.v }\n",
        ),
        ("a/main.tf", "module \"b\" { source = \"../b\" }\n"),
        ("b/main.tf", "module \"a\" { source = \"../a\" }\n"),
    ]);
    let messages = made.messages().join("\n");
    assert!(messages.contains("calls itself"), "{messages}");
    assert!(messages.contains("depends on itself"), "{messages}");
}

#[test]
fn nothing_outside_the_roots_is_read() {
    let made = files(&[("main.tf", "module \"m\" { source = \"../../../etc\" }\n")]);
    assert!(made.evaluation.resources.is_empty());
}
