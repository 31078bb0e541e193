//! Paths read back what they print, and look-ups tell unset from unknown.

use palisade_model::{Lookup, Map, Path, Reason, Segment, Value};
use proptest::prelude::*;

fn segment() -> impl Strategy<Value = Segment> {
    prop_oneof![
        any::<String>().prop_map(|name| Segment::Key(name.into())),
        (0..1000_usize).prop_map(Segment::Index),
        Just(Segment::Each),
    ]
}

proptest! {
    #[test]
    fn parsing_what_is_printed_gives_the_path_back(segments in prop::collection::vec(segment(), 0..5)) {
        let path = Path::new(segments);
        prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
    }

    #[test]
    fn any_text_is_a_path_or_an_error(text in ".{0,40}") {
        let _ = text.parse::<Path>();
    }
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::bare(
        entries
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect::<Map>(),
    )
}

#[test]
fn a_look_up_tells_the_three_states_apart() {
    let unknown = Value::bare(Reason::NoValue("var.x".into()));
    let value = map(vec![
        (
            "A",
            map(vec![
                ("B", Value::bare(vec![Value::bare("x")])),
                ("N", Value::null()),
            ]),
        ),
        ("U", unknown),
    ]);
    let look = |path: &str| value.lookup(&path.parse().expect("the test writes paths that parse"));
    assert!(matches!(look("A.B[0]"), Lookup::Known(found) if found.as_str() == Some("x")));
    assert!(matches!(look("A.B[1]"), Lookup::Unset(nearest) if nearest.as_list().is_some()));
    assert!(matches!(look("A.N"), Lookup::Unset(nearest) if nearest.get("N").is_some()));
    assert!(
        matches!(look("U.anything.below"), Lookup::Unknown(_, unknown) if unknown.reason.to_string() == "var.x has no value")
    );
    assert!(matches!(look("missing"), Lookup::Unset(_)));
}
