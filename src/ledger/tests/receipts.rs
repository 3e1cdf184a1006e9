//! What a receipt finds, and what is given to others.

use std::fs;

use super::{
    super::{
        Standing, Trust, read,
        testing::{draft, grant, open_seeded, start, view},
    },
    signed::{bodies, changed, connect, rewrite, signed},
};
use crate::domain::{access::FacilityId, event::Event};

#[tokio::test]
async fn a_receipt_of_another_facility_looks_like_none_and_a_changed_entry_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open_seeded(folder.path(), 0);
    let grant = grant(&ledger, "15");
    let appended = ledger.append(start(&grant)).await.unwrap();
    let receipt = appended.receipt.unwrap();
    signed(&ledger, 1).await;
    let proof = ledger.proof(&grant.facility, &receipt).await.unwrap();
    let proof = proof.unwrap();
    assert_eq!(proof.entry.seq, 1);
    assert!(matches!(proof.standing, Standing::Proven { .. }));
    let other = FacilityId("h2".to_owned());
    assert_eq!(ledger.proof(&other, &receipt).await.unwrap(), None);
    let none = ledger.proof(&grant.facility, "0000-0000-0019").await;
    assert_eq!(none.unwrap(), None);
    let viewed = ledger.append(view(&grant.id, "[]")).await.unwrap();
    let later = viewed.receipt.unwrap();
    let proof = ledger.proof(&grant.facility, &later).await.unwrap();
    assert_eq!(proof.unwrap().standing, Standing::NotYet);
    ledger.close();
    let connection = connect(folder.path());
    let mut bodies = bodies(&connection);
    bodies[0] = changed(&bodies[0]);
    rewrite(folder.path(), &bodies);
    let proof = ledger.proof(&grant.facility, &receipt).await.unwrap();
    assert!(matches!(proof.unwrap().standing, Standing::Broken(_)));
}

#[tokio::test]
async fn a_damaged_tree_gives_no_wrong_proof() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..3 {
        let ledger = open_seeded(folder.path(), n);
        for _ in 0..30 {
            ledger.append(draft(Event::SignedIn)).await.unwrap();
        }
    }
    let ledger = open_seeded(folder.path(), 4);
    let reader = read(folder.path(), None).unwrap();
    let right = |from| reader.grown(from, &Trust::default()).unwrap().unwrap();
    let tree = folder.path().join("tree");
    let hashes = std::fs::read(&tree).unwrap();
    let damaged: Vec<u8> = hashes.iter().map(|byte| byte ^ 1).collect();
    std::fs::write(&tree, damaged).unwrap();
    for from in [1, 30, 60, 64, 89] {
        let proof = ledger.consistency(from, 90).await.unwrap();
        assert_eq!(proof, Some(right(from).proof), "from {from}");
    }
    assert_eq!(ledger.consistency(0, 90).await.unwrap(), Some(vec![]));
    assert_eq!(ledger.consistency(91, 90).await.unwrap(), None);
}

#[tokio::test]
async fn a_checkpoint_is_published_where_others_read_it() {
    let (folder, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ledger = open_seeded(folder.path(), 0);
    ledger.publish_to(place.path().to_owned());
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    ledger.close();
    let published = fs::read_to_string(place.path().join("n1.checkpoint")).unwrap();
    assert_eq!(published, ledger.proofs().signed.unwrap().note.to_string());
}
