//! Addresses read back what they print.

use palisade_model::{Address, Key, Mode, ModuleStep};
use proptest::prelude::*;

fn key() -> impl Strategy<Value = Option<Key>> {
    prop_oneof![
        Just(None),
        Just(Some(Key::Any)),
        any::<u64>().prop_map(|index| Some(Key::Index(index))),
        any::<String>().prop_map(|name| Some(Key::Name(name.into()))),
    ]
}

fn address() -> impl Strategy<Value = Address> {
    let step = ("[a-z][a-z0-9_-]{0,8}", key()).prop_map(|(name, key)| ModuleStep {
        name: name.into(),
        key,
    });
    let kind = prop_oneof![
        "[a-z]{2,8}_[a-z]{2,8}",
        "Microsoft\\.[A-Z][a-z]{2,6}/[a-z]{2,6}(/[a-z]{2,6})?"
    ];
    let mode = prop_oneof![Just(Mode::Managed), Just(Mode::Data)];
    (
        prop::collection::vec(step, 0..3),
        mode,
        kind,
        "[a-z][a-z0-9_-]{0,8}",
        key(),
    )
        .prop_map(|(module, mode, resource_type, name, key)| Address {
            module: module.into(),
            mode,
            resource_type: resource_type.into(),
            name: name.into(),
            key,
        })
}

proptest! {
    #[test]
    fn instances_of_a_block_are_equal_but_for_keys(one in address(), other in address(), given in key()) {
        prop_assert_eq!(one.is_of_block(&other), one.block() == other.block());
        let instance = Address { key: given, ..one.clone() };
        prop_assert!(one.is_of_block(&instance));
    }


    #[test]
    fn parsing_what_is_printed_gives_the_address_back(address in address()) {
        prop_assert_eq!(Address::parse(&address.to_string()), Ok(address));
    }

    #[test]
    fn any_text_is_an_address_or_an_error(text in ".{0,40}") {
        let _ = Address::parse(&text);
    }
}

#[test]
fn logical_ids_and_child_names_are_addresses() {
    assert_eq!(Address::parse("Logs"), Ok(Address::logical_id("Logs")));
    let child = Address::parse("Microsoft.Storage/storageAccounts/blobServices.acct/default")
        .expect("an address");
    assert_eq!(
        (&*child.resource_type, &*child.name),
        (
            "Microsoft.Storage/storageAccounts/blobServices",
            "acct/default"
        )
    );
    let dotted =
        Address::parse("Microsoft.Network/privateDnsZones.privatelink.blob").expect("an address");
    assert_eq!(&*dotted.name, "privatelink.blob");
    assert!(
        Address::parse("module.").is_err()
            && Address::parse("").is_err()
            && Address::parse("a.").is_err()
    );
}
