//! Filters that auditors keep.

use super::{account, facility, on_each};
use crate::{
    domain::access::AccountId,
    registry::{Error, MOST_VIEWS},
};

fn id(text: &str) -> AccountId {
    AccountId(text.to_owned())
}

#[test]
fn views_are_each_accounts_own_and_a_name_is_there_once() {
    on_each(|store| {
        store.add_facility(&facility("h1")).unwrap();
        for name in ["a", "b"] {
            store.add_account(&account(name, "h1")).unwrap();
        }
        assert!(store.keep_view(&id("a"), "夜間", "list=open").unwrap());
        assert!(store.keep_view(&id("a"), "夜間", "list=all").unwrap());
        assert!(store.keep_view(&id("b"), "夜間", "list=closed").unwrap());
        let own = store.views(&id("a")).unwrap();
        let said: Vec<_> = own.iter().map(|view| (&*view.name, &*view.query)).collect();
        assert_eq!(said, [("夜間", "list=all")]);
        let number = own.first().unwrap().id;
        assert!(!store.remove_view(&id("b"), number).unwrap(), "another's");
        assert!(store.remove_view(&id("a"), number).unwrap());
        assert!(!store.remove_view(&id("a"), number).unwrap());
        assert_eq!(store.views(&id("b")).unwrap().len(), 1);
        let nobody = store.keep_view(&id("nobody"), "x", "list=all");
        assert!(matches!(nobody, Err(Error::Unknown)), "{nobody:?}");
    });
}

#[test]
fn an_account_keeps_so_many_views_and_no_more() {
    on_each(|store| {
        store.add_facility(&facility("h1")).unwrap();
        store.add_account(&account("a", "h1")).unwrap();
        for number in 0..MOST_VIEWS {
            assert!(
                store
                    .keep_view(&id("a"), &number.to_string(), "list=all")
                    .unwrap()
            );
        }
        assert!(!store.keep_view(&id("a"), "one more", "list=all").unwrap());
        assert!(store.keep_view(&id("a"), "0", "list=open").unwrap());
        assert_eq!(store.views(&id("a")).unwrap().len(), MOST_VIEWS);
    });
}
